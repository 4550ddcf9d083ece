"""Whatever a feed says, the letter reads without a defect, says it exactly, and keeps readers' addresses to itself."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from html import unescape

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from digest.compose import Composer, clean
from digest.errors import ComposeError
from digest.types import Article, Content, DigestKey

Compose = Callable[[Content], tuple[EmailMessage, str, str]]
DATE = datetime(2026, 1, 7, 14, tzinfo=UTC)


@given(st.text(min_size=1).filter(clean.line))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example("<b>Bold</b> & \"quoted\" 'single' </mj-text></mjml>")
@example("{{ 7 * 7 }} {% raw %} {# hm #}")
@example("😀 مرحبا \u202e שלום")
@example("bell \x07 null \x00 surrogate \ud800 \ufffe")
@example("injected\r\nBcc: victim@example.net\r\n\r\nbody")
@example(".")
@example("=?utf-8?q?spoofed?=")
@example("&lt;&#60;&amp;lt;")
def test_a_title_reads_exactly_as_it_was_meant(compose: Compose, content: Content, title: str) -> None:
    hostile = replace(content.articles[0], title=title, excerpt=title, outlet=title)
    message, plain, html = compose(replace(content, articles=(hostile,)))
    assert message["Subject"] == clean.line(title)
    assert (
        unescape(found[1]) == clean.line(title) if (found := re.search(r"<h2[^>]*><a[^>]*>(.*?)</a>", html)) else False
    )
    assert clean.line(title).split(" ")[0] in plain


@pytest.mark.parametrize(
    "guess",
    [
        '[["to", "text", 12]]\n',
        "slotunsubscribe slot0123456789abcdefpreferences",
        "{{ unsubscribe_url }} {{ to }}",
        "https://letters.example.org/unsubscribe/",
    ],
)
def test_no_article_can_ask_for_a_readers_token(
    nonce: str, content: Content, every_topic: DigestKey, guess: str
) -> None:
    thief = replace(content.articles[0], title=guess, excerpt=guess, outlet=guess)
    honest, stolen = (
        Composer(replace(content, articles=(first, *content.articles[1:])), nonce=nonce, date=DATE).compose(every_topic)
        for first in (content.articles[0], thief)
    )
    assert stolen.slots == honest.slots


def test_content_that_holds_the_nonce_is_refused(nonce: str, content: Content) -> None:
    thief = replace(content.articles[0], excerpt=f"slot{nonce}unsubscribe")
    with pytest.raises(ComposeError, match="fresh"):
        Composer(replace(content, articles=(thief,)), nonce=nonce, date=DATE)


def test_removing_a_control_character_joins_nothing(nonce: str) -> None:
    assert nonce not in clean.text(f"{nonce[:9]}\x00{nonce[9:]}")


def test_a_long_excerpt_is_cut_between_words(
    compose: Compose, content: Content, article: Callable[..., Article]
) -> None:
    _, plain, _ = compose(replace(content, articles=(article(1, "asia", excerpt="alpha beta, " * 100),)))
    assert re.search(r"(alpha|beta)…$", plain, re.MULTILINE)
    assert plain.count("alpha") < 40
