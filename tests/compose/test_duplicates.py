"""One story at several outlets stands once; nobody who would have got it gets nothing for that."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from digest.compose import mark_duplicates, select, topics_with_news
from digest.types import Article, Content, DigestKey

TITLE = "Asia’s giants find warmer ties may cool conflict"


@pytest.fixture
def told_twice(content: Content, article: Callable[..., Article]) -> Content:
    """A story on China, and the same one, on Asia, at another outlet a day before."""
    ours = article(1, "china", title=TITLE)
    theirs = article(
        25, "asia", title="Warmer ties may cool conflict, Asia's giants find", url="https://times.example/a"
    )
    return mark_duplicates(replace(content, articles=(ours, theirs), events=()))


def marked(content: Content, article: Callable[..., Article], **changes: object) -> int | None:
    other = article(2, "china", **{"title": TITLE, "url": "https://times.example/a", **changes})
    both = replace(content, articles=(article(1, "china", title=TITLE), other))
    return mark_duplicates(both).articles[1].same_as


@pytest.mark.parametrize(
    "changes",
    [
        {"title": TITLE.upper()},
        {"title": "Asia's giants find: warmer ties may cool conflicts"},
        {"title": "Warmer ties may cool conflict, Asia's giants find"},
    ],
)
def test_nearly_the_same_title_elsewhere_is_the_same_story(
    content: Content, article: Callable[..., Article], changes: dict[str, object]
) -> None:
    assert marked(content, article, **changes) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "https://www.example.org/another"},
        {"url": "https://example.org/another"},
        {"title": "Europe’s giants find colder ties may heat conflict"},
        {"title": TITLE + " 2"},
        {"published_at": datetime(2026, 1, 2, tzinfo=UTC)},
    ],
)
def test_another_story_is_not(content: Content, article: Callable[..., Article], changes: dict[str, object]) -> None:
    assert marked(content, article, **changes) is None


def test_short_titles_tell_nothing(content: Content, article: Callable[..., Article]) -> None:
    ours, theirs = article(1, title="Week in review"), article(2, title="Week in review", url="https://times.example/w")
    assert [a.same_as for a in mark_duplicates(replace(content, articles=(ours, theirs))).articles] == [None, None]


def test_a_story_stands_once_and_says_where_else(told_twice: Content, every_topic: DigestKey) -> None:
    (item,) = select(told_twice, every_topic).items
    assert (item.article.id, [other.id for other in item.also]) == (1, [25])
    assert [topic.name for topic in item.reason] == ["China", "Asia"]


def test_who_follows_only_the_other_topic_gets_the_other_article(told_twice: Content) -> None:
    (item,) = select(told_twice, DigestKey(("asia",), None)).items
    assert (item.article.id, item.also) == (25, ())
    assert topics_with_news(told_twice, ("asia",), None) == ("asia",)


def test_the_telling_that_staff_chose_stands(told_twice: Content, every_topic: DigestKey) -> None:
    (item,) = select(replace(told_twice, lead=25), every_topic).items
    assert (item.article.id, [other.id for other in item.also]) == (25, [1])


def test_both_parts_name_the_other_outlet(
    compose: Callable[[Content], tuple[EmailMessage, str, str]], told_twice: Content
) -> None:
    _, plain, html = compose(told_twice)
    assert "Also at times.example: https://times.example/a" in plain
    assert ">times.example</a>" in html
