"""What labels and names say about an article."""

import pytest

from digest.sources._rules import people, sort_labels
from digest.types import Kind, Person


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("op-ed", Kind.OP_ED),
        ("Op‑Eds", Kind.OP_ED),
        ("In the Media", Kind.IN_THE_MEDIA),
        ("Press Releases", Kind.PRESS_RELEASE),
        ("Research", Kind.RESEARCH),
        ("explainer", Kind.EXPLAINER),
        ("Q&A", Kind.Q_AND_A),
    ],
)
def test_a_label_that_names_a_kind_stays_a_category(label: str, kind: Kind) -> None:
    assert sort_labels(["Asia", label]) == (kind, ("Asia", label))


def test_categories_come_once() -> None:
    assert sort_labels(["Asia", "asia", ""]) == (Kind.ARTICLE, ("Asia",))


def test_people_are_named_once_without_house_accounts_or_addresses() -> None:
    names = ["By Ann Lee", "Ann Lee", "admin", "desk@example.org", ""]
    assert people(names, Kind.OP_ED) == (Person("Ann Lee", "by"),)
