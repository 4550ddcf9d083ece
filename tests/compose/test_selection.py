"""What a digest holds: new, on her topics, each article once, each under the first topic it has."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from digest.compose import Selection, select, topics_with_news
from digest.types import Article, Content, DigestKey


def shape(selection: Selection) -> tuple[int | None, dict[str, list[int]]]:
    lead = selection.lead.article.id if selection.lead else None
    return lead, {s.topic.slug: [item.article.id for item in s.items] for s in selection.sections}


def test_sections_follow_the_order_of_topics_and_hold_each_article_once(
    content: Content, every_topic: DigestKey
) -> None:
    assert shape(select(content, every_topic)) == (1, {"china": [2, 3], "asia": [4]})


def test_an_article_stands_under_the_first_topic_the_reader_follows(content: Content) -> None:
    assert shape(select(content, DigestKey(("taiwan", "asia"), None))) == (1, {"taiwan": [3], "asia": [4]})


def test_the_reason_names_every_topic_of_hers(content: Content, every_topic: DigestKey) -> None:
    reasons = {item.article.id: [topic.name for topic in item.reason] for item in select(content, every_topic).items}
    assert reasons == {1: ["Taiwan", "Asia"], 2: ["China"], 3: ["China", "Taiwan"], 4: ["Asia"]}


def test_a_topic_she_does_not_follow_gives_no_reason(content: Content) -> None:
    assert [topic.slug for item in select(content, DigestKey(("asia",), None)).items for topic in item.reason] == [
        "asia",
        "asia",
    ]


def test_staff_choose_the_lead(content: Content, every_topic: DigestKey) -> None:
    assert shape(select(replace(content, lead=4), every_topic)) == (4, {"china": [2, 3], "taiwan": [1]})


def test_a_lead_she_does_not_follow_gives_way_to_the_first_article(content: Content) -> None:
    assert shape(select(replace(content, lead=4), DigestKey(("china",), None)))[0] == 2


def test_what_was_seen_when_her_window_opened_or_before_is_not_new(
    content: Content, article: Callable[..., Article]
) -> None:
    since = article(2).first_seen_at
    assert shape(select(content, DigestKey(("china", "taiwan", "asia"), since))) == (1, {})


def test_an_old_article_first_seen_this_week_is_new(content: Content, article: Callable[..., Article]) -> None:
    seen = article(0).first_seen_at
    late = article(5, "china", first_seen_at=seen, published_at=seen - timedelta(days=900))
    key = DigestKey(("china",), seen - timedelta(days=7))
    assert 5 in [item.article.id for item in select(replace(content, articles=(late,)), key).items]


def test_an_article_listed_twice_appears_once(content: Content, every_topic: DigestKey) -> None:
    twice = replace(content, articles=content.articles * 2)
    assert shape(select(twice, every_topic)) == shape(select(content, every_topic))


def test_events_to_come_on_her_topics_are_announced(content: Content, every_topic: DigestKey) -> None:
    assert [event.id for event in select(content, every_topic).events] == [9]
    assert select(content, DigestKey(("china",), None)).events == ()


def test_events_that_have_begun_are_not(content: Content, every_topic: DigestKey) -> None:
    later = replace(content, planned_at=content.events[0].starts_at + timedelta(seconds=1))
    assert select(later, every_topic).events == ()


def test_topics_with_news_come_in_config_order(content: Content) -> None:
    assert topics_with_news(content, {"asia", "china"}, None) == ("china", "asia")


def test_a_topic_without_an_article_in_the_window_has_no_news(
    content: Content, article: Callable[..., Article]
) -> None:
    assert topics_with_news(content, ["china", "taiwan"], article(2).first_seen_at) == ("taiwan",)


def test_an_event_announced_before_her_window_is_no_news(content: Content) -> None:
    event = content.events[0]
    only = replace(content, articles=())
    assert topics_with_news(only, ["asia"], event.first_seen_at - timedelta(1)) == ("asia",)
    assert topics_with_news(only, ["asia"], event.first_seen_at) == ()
