"""Which topics an article belongs to, and by which rule."""

from collections.abc import Callable

import pytest

from digest.config import Settings
from digest.errors import ConfigError
from digest.types import Traits

Loaded = Callable[..., Settings]


@pytest.mark.parametrize(
    ("labels", "slugs"),
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
def test_labels_stand_for_topics(loaded: Loaded, labels: list[str], slugs: tuple[str]) -> None:
    rules = loaded().rules
    assert rules.topics_of(Traits(categories=tuple(labels))) == slugs
    assert rules.topics_of(Traits(tags=tuple(labels))) == slugs


def test_one_category_may_stand_for_several_topics(loaded: Loaded) -> None:
    assert loaded(("[Alliances]", "[Asia]")).rules.topics_of(Traits(categories=("asia",))) == ("asia", "nato")


@pytest.mark.parametrize(
    ("rule", "fits", "does_not"),
    [
        ("category: Treaties", Traits(categories=("treaties",)), Traits(tags=("treaties",))),
        ("tag: Treaties", Traits(tags=("treaties",)), Traits(categories=("treaties",))),
        ("url: /nato/", Traits(url="https://e.org/NATO/a"), Traits(url="https://e.org/nato-a")),
        ("title: North Korea", Traits(title="Why north  Korea?"), Traits(title="North Korean aims")),
        ("author: Ann Lee", Traits(people=("ann lee",)), Traits(people=("Ann Leeds",))),
    ],
)
def test_a_rule_looks_at_one_thing(loaded: Loaded, rule: str, fits: Traits, does_not: Traits) -> None:
    rules = loaded(("[Alliances]", f"[{{{rule}}}]")).rules
    assert {slug: list(map(str, why)) for slug, why in rules.reasons(fits).items()} == {"nato": [rule]}
    assert rules.reasons(does_not) == {}


@pytest.mark.parametrize("rule", ["{words: x}", "{title: x, url: y}", "{title: [x]}", "{title: ''}", "[x]", "7"])
def test_a_rule_that_is_none_is_named_with_what_is_allowed(loaded: Loaded, rule: str) -> None:
    with pytest.raises(ConfigError, match=r"topics\[1\].match\[0\].*wants") as raised:
        loaded(("[Alliances]", f"[{rule}]"))
    assert "Traceback" not in str(raised.value)
