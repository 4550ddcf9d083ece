"""Names, out of one string or several."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.sources._people import is_byline, people, split
from digest.types import Kind, Person


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ann Lee", ["Ann Lee"]),
        ("Ann Lee and Bo Chen", ["Ann Lee", "Bo Chen"]),
        ("Ann Lee, Bo Chen, and Cy M. Day, Jr.", ["Ann Lee", "Bo Chen", "Cy M. Day, Jr"]),
        ("Ann Lee; Bo Chen", ["Ann Lee", "Bo Chen"]),
        ("Ann Lee & Bo Chen", ["Ann Lee", "Bo Chen"]),
        ("Goldstein, Lyle", ["Lyle Goldstein"]),
        ("Center for War and Peace", ["Center for War and Peace"]),
        ("Johnson & Johnson", ["Johnson & Johnson"]),
        ("The Editors, Example Institute", ["The Editors, Example Institute"]),
        ("李小龍", ["李小龍"]),
        (" , ", []),
    ],
)
def test_one_string_becomes_names(text: str, names: list[str]) -> None:
    assert split(text) == names


def test_people_are_named_once_without_house_accounts_or_addresses() -> None:
    names = ["By Ann Lee", "ann lee", "admin", "desk@example.org", ""]
    assert people(names, Kind.OP_ED) == (Person("Ann Lee", "by"),)


def test_who_is_in_the_media_is_featured() -> None:
    assert people(["Ann Lee and Bo Chen"], Kind.IN_THE_MEDIA) == (
        Person("Ann Lee", "featuring"),
        Person("Bo Chen", "featuring"),
    )


@pytest.mark.parametrize("text", ["By Ann Lee featuring Bo Chen", "Ann Lee, featuring Bo Chen"])
def test_by_and_featuring_in_one_line(text: str) -> None:
    assert people([text], Kind.ARTICLE) == (Person("Ann Lee", "by"), Person("Bo Chen", "featuring"))


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        ("By Daniel DePetris", True),
        ("Featuring Lyle Goldstein", True),
        ("By Ann Lee and Bo Chen", True),
        ("By the time it ended, nothing was left", False),
        ("By 2030 China will", False),
        ("Daniel DePetris", False),
    ],
)
def test_a_byline_is_nothing_but_names(line: str, is_one: bool) -> None:
    assert is_byline(line) is is_one


@given(st.lists(st.text(max_size=40) | st.sampled_from(["By ", "featuring ", ", ", " and ", "Ann Lee"]), max_size=8))
def test_any_names_are_people_with_names(parts: list[str]) -> None:
    assert all(person.name.strip() for person in people(["".join(parts), *parts], Kind.ARTICLE))
