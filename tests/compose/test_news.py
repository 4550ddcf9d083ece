"""A topic waits until there is enough to say on it, and then nothing of it is lost and nothing comes twice."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.compose import digest_key, select
from digest.types import Article, Content, DigestKey, Topic

HOURS = timedelta(hours=1)
BOTH = ("china", "asia")


@pytest.fixture
def thin(content: Content, article: Callable[..., Article]) -> Content:
    """Asia wants two articles and has one of this week (1) and two of last week (200, 201); 201 is on China too."""
    topics = (Topic("china", "China"), Topic("asia", "Asia", minimum=2))
    articles = (article(1, "asia"), article(2, "china"), article(200, "asia"), article(201, "asia", "china"))
    return replace(content, topics=topics, articles=articles, events=())


@pytest.fixture
def last_week(thin: Content) -> datetime:
    """Where her window starts: at her letter of last week."""
    return thin.planned_at - 168 * HOURS


def items(content: Content, key: DigestKey) -> list[int]:
    return [item.article.id for item in select(content, key).items]


def test_too_little_is_held_back_and_not_shown(thin: Content, last_week: datetime) -> None:
    key = digest_key(thin, BOTH, last_week)
    assert (key.topics, key.held) == (("china",), (1,))
    assert items(thin, key) == [2]


def test_with_what_was_held_back_before_there_is_enough(thin: Content, last_week: datetime) -> None:
    key = digest_key(thin, BOTH, last_week, held=(200,))
    assert (key.topics, key.before, key.held) == (BOTH, (200,), ())
    assert items(thin, key) == [1, 2, 200]


def test_what_waits_goes_on_waiting(thin: Content, last_week: datetime) -> None:
    wants_three = replace(thin, topics=(Topic("china", "China"), Topic("asia", "Asia", minimum=3)))
    key = digest_key(wants_three, BOTH, last_week, held=(200,))
    assert (key.topics, key.before, key.held) == (("china",), (), (1, 200))


def test_an_article_also_on_a_topic_with_enough_does_not_wait(thin: Content, last_week: datetime) -> None:
    one_on_both = replace(thin, articles=(thin.articles[1], thin.articles[3]))
    key = digest_key(one_on_both, BOTH, last_week - 40 * HOURS)
    assert (key.topics, key.held, items(one_on_both, key)) == (("china",), (), [2, 201])


def test_a_topic_that_she_left_brings_nothing(thin: Content, last_week: datetime) -> None:
    key = digest_key(thin, ("china",), last_week, held=(200,))
    assert (key.topics, key.before, key.held) == (("china",), (), ())


def test_another_telling_of_a_story_she_gets_does_not_wait(thin: Content, last_week: datetime) -> None:
    retold = replace(thin, articles=(replace(thin.articles[0], same_as=2), *thin.articles[1:]))
    assert digest_key(retold, BOTH, last_week).held == ()


def test_a_new_event_does_not_wait(thin: Content, content: Content, last_week: datetime) -> None:
    announced = replace(content.events[0], first_seen_at=thin.planned_at)
    assert digest_key(replace(thin, events=(announced,)), ("asia",), last_week).topics == ("asia",)


def test_who_gets_no_letter_gets_a_key_without_topics(thin: Content, last_week: datetime) -> None:
    assert digest_key(thin, ("asia",), last_week) == DigestKey((), last_week, held=(1,))
    assert digest_key(thin, ("asia",), thin.planned_at) == DigestKey((), thin.planned_at)


WEEK = timedelta(weeks=1)
TOPICS = ("china", "taiwan", "asia")
A_WEEK = st.lists(st.sets(st.sampled_from(TOPICS)).map(sorted), max_size=4)
"""The topics of each article that is new in it."""


@given(
    st.lists(A_WEEK, min_size=1, max_size=6),
    st.sets(st.sampled_from(TOPICS), min_size=1),
    st.tuples(*[st.integers(1, 4)] * 3),
)
def test_over_any_weeks_each_article_comes_once_or_still_waits(
    content: Content, weeks: list[list[list[str]]], follows: set[str], minimums: tuple[int, ...]
) -> None:
    topics = tuple(Topic(slug, slug, minimum=minimum) for slug, minimum in zip(TOPICS, minimums, strict=True))
    since, articles = content.planned_at, list[Article]()
    had, held, waiting = list[int](), tuple[int, ...](), tuple[int, ...]()
    for number, week in enumerate(weeks, start=1):
        until = content.planned_at + number * WEEK
        for at, on in enumerate(week):
            articles.append(
                Article(10 * number + at, "A title", f"https://x/{number}/{at}", until, until, topics=tuple(on))
            )
        edition = replace(content, topics=topics, articles=tuple(articles), events=(), lead=None)
        key = digest_key(edition, follows, since, held)
        waiting = key.held
        if key.topics:
            had += items(edition, key)
            since, held = until, key.held
        elif not key.held:
            since = until
    assert sorted([*had, *waiting]) == [a.id for a in articles if not follows.isdisjoint(a.topics)]
