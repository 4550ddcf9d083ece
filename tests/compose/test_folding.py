"""No letter is so long that Gmail hides its end: the tails of long sections fold into a link, in both parts alike."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from digest.blueprint import Blueprint
from digest.compose import Composer
from digest.compose.mjml import compile_mjml
from digest.errors import ComposeError
from digest.types import Article, Content, DigestKey, Topic

Compose = Callable[[Content], tuple[EmailMessage, str, str]]
DATE = datetime(2026, 1, 7, 14, tzinfo=UTC)
LONG = {
    "title": "A title that runs on & on " * 4,
    "excerpt": "Words & more, “quoted”. " * 1000,
    "outlet": "The “Times”",
}


def html_size(message: EmailMessage, html: str) -> int:
    return max(len(html.encode()), len(list(message.iter_parts())[-1].as_bytes()))


@pytest.fixture
def crowded(content: Content, article: Callable[..., Article]) -> Content:
    """200 long articles: 150 on China, 50 on Asia."""
    articles = tuple(article(n, "asia" if n % 4 == 0 else "china", **LONG) for n in range(1, 201))
    topics = (Topic("china", "China", url="https://www.example.org/topics/china"), Topic("asia", "Asia"))
    return replace(content, articles=articles, topics=topics, events=())


def test_two_hundred_long_articles_fit(compose: Compose, crowded: Content) -> None:
    message, _, html = compose(crowded)
    assert 85_000 < html_size(message, html) < 100_000


def test_what_has_no_room_is_counted_and_linked_in_both_parts(compose: Compose, crowded: Content) -> None:
    _, plain, html = compose(crowded)
    shown = len(re.findall(r"<h[23][^>]* dir=\"auto\"[^>]*><a", html))
    counts = [int(count) for count in re.findall(r"^and (\d+) more on ", plain, re.MULTILINE)]
    assert shown + sum(counts) == 200
    assert '"https://www.example.org/topics/china" style' in html
    assert f">and {counts[0]} more on China</a>" in html
    assert f"and {counts[0]} more on China\nhttps://www.example.org/topics/china\n" in plain


def test_a_topic_without_a_page_of_its_own_leads_to_the_site(compose: Compose, crowded: Content) -> None:
    _, plain, _ = compose(crowded)
    assert re.search(r"and \d+ more on Asia\nhttps://www\.example\.org\n", plain)


def test_the_longer_section_gives_first(compose: Compose, content: Content, article: Callable[..., Article]) -> None:
    long = [article(n, "china", **LONG) for n in range(1, 100)]
    short = [article(n, "asia", title=f"Short {n}") for n in range(100, 104)]
    _, plain, _ = compose(replace(content, articles=(*long, *short), events=()))
    assert "more on China" in plain
    assert "more on Asia" not in plain


def test_many_events_fold_too(compose: Compose, content: Content) -> None:
    many = tuple(replace(content.events[0], id=n, excerpt="Words & more. " * 1000) for n in range(200))
    message, plain, html = compose(replace(content, events=many))
    assert html_size(message, html) < 100_000
    assert re.search(r"and \d+ more in our calendar\nhttps://www\.example\.org\n", plain)


def test_a_letter_that_fits_is_not_folded(compose: Compose, content: Content) -> None:
    _, plain, _ = compose(content)
    assert " more on " not in plain


def test_making_room_takes_few_compilations(
    monkeypatch: pytest.MonkeyPatch, crowded: Content, nonce: str, every_topic: DigestKey
) -> None:
    compiled = []

    def count(source: str, template: str) -> str:
        compiled.append(template)
        return compile_mjml(source, template)

    monkeypatch.setattr("digest.compose.composer.compile_mjml", count)
    Composer(crowded, nonce=nonce, date=DATE).compose(every_topic)
    assert len(compiled) <= 4


def test_folding_gives_the_same_bytes_every_time(crowded: Content, nonce: str, every_topic: DigestKey) -> None:
    def composed() -> Blueprint:
        return Composer(crowded, nonce=nonce, date=DATE).compose(every_topic)

    assert composed() == composed()


def test_an_intro_longer_than_any_letter_is_refused(compose: Compose, content: Content) -> None:
    with pytest.raises(ComposeError, match="shorten the intro"):
        compose(replace(content, intro="word " * 30_000))


def test_one_endless_headline_does_not_cost_the_letter(compose: Compose, content: Content) -> None:
    endless = replace(content.articles[0], title="牛" * 100_000)
    message, _, html = compose(replace(content, articles=(endless,)))
    assert html_size(message, html) < 30_000
