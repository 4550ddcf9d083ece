"""Which topics a source's categories stand for."""

from collections.abc import Callable

import pytest

from digest.config import Settings


@pytest.mark.parametrize(
    ("categories", "slugs"),
    [
        ([], ()),
        (["asia program"], ("asia",)),
        (["ASIA"], ("asia",)),  # a topic's own name always matches
        (["China-Taiwan"], ("asia",)),
        (["china\u2011taiwan"], ("asia",)),
        (["  Asia \u00a0 Program "], ("asia",)),
        (["Alliances", "Asia"], ("asia", "nato")),  # in the order of the file
        (["Cuba"], ()),  # retired
        (["Weather"], ()),
    ],
)
def test_categories_stand_for_topics(loaded: Callable[..., Settings], categories: list[str], slugs: tuple[str]) -> None:
    assert loaded().topics_of(categories) == slugs


def test_one_category_may_stand_for_several_topics(loaded: Callable[..., Settings]) -> None:
    assert loaded(("[Alliances]", "[Asia]")).topics_of(["asia"]) == ("asia", "nato")
