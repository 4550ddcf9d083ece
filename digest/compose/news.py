"""What is news to a reader: what was first seen in her window, and what was held back until there is enough of it.

A topic that wants several articles (`Topic.minimum`) and has fewer rolls over to the next edition. A reader who gets a
letter on other topics keeps the ids of what was held back, for her window moves on; one who gets none keeps her window.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from digest.compose.language import nearest
from digest.types import Article, Content, DigestKey, Event


def digest_key(
    content: Content,
    topics: Collection[str],
    since: datetime | None,
    held: Collection[int] = (),
    language: str = "",
) -> DigestKey:
    """What tells a reader's digest from others: she follows `topics` (slugs), and `held` was held back from her.

    Its language is hers (a tag like `de`) where there are words in it, else the newsletter's.

    Without topics it stands for no letter: there is nothing new, or too little of it, which is then in its `held`.
    """
    news = topics_with_news(content, topics, since, held)
    mine, enough = set(topics), set(news)
    new = [article for article in content.articles if is_new(article, since, held)]
    said = [article for article in new if not enough.isdisjoint(article.topics)]
    told = {story(article) for article in said}
    rest = [article for article in new if story(article) not in told and not mine.isdisjoint(article.topics)]
    before = tuple(sorted(article.id for article in said if article.id in held))
    spoken = nearest(language, content.language)
    return DigestKey(news, since, spoken, before, tuple(sorted(article.id for article in rest)))


def topics_with_news(
    content: Content, topics: Collection[str], since: datetime | None, held: Collection[int] = ()
) -> tuple[str, ...]:
    """Those of `topics`, in config order, on which there is enough to say.

    A topic wants as many new articles as its minimum, or one newly announced event still to come.
    """
    stories = _new_stories(content, since, held)
    announced = {slug for event in to_come(content) if is_new(event, since) for slug in event.topics}
    return tuple(
        topic.slug
        for topic in content.topics
        if topic.slug in topics
        and (topic.slug in announced or len(stories.get(topic.slug, ())) >= max(topic.minimum, 1))
    )


def is_new(found: Article | Event, since: datetime | None, held: Collection[int] = ()) -> bool:
    """Whether a reader whose window opened at `since` has not had it: it is younger, or an article held back then."""
    return since is None or found.first_seen_at > since or (isinstance(found, Article) and found.id in held)


def story(article: Article) -> int:
    """What articles that tell the same story share."""
    return article.id if article.same_as is None else article.same_as


def to_come(content: Content) -> Iterator[Event]:
    """The events that have not begun when the letter is planned to go out."""
    return (event for event in content.events if event.starts_at >= content.planned_at)


def _new_stories(content: Content, since: datetime | None, held: Collection[int]) -> Mapping[str, Collection[int]]:
    found: dict[str, set[int]] = {}
    for article in content.articles:
        if is_new(article, since, held):
            for slug in article.topics:
                found.setdefault(slug, set()).add(story(article))
    return found
