"""A digest is a whole letter: the same items and links in both parts, and everything a mail program expects."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from html import unescape

import pytest

from digest.blueprint import Place, Slot
from digest.compose import Composer
from digest.errors import ComposeError
from digest.types import Article, Content, DigestKey

Compose = Callable[[Content], tuple[EmailMessage, str, str]]
UNSUBSCRIBE = "https://letters.example.org/unsubscribe/UN.T-1"
PREFERENCES = "https://letters.example.org/preferences/PREFS.T-2"
DATE = datetime(2026, 1, 7, 14, tzinfo=UTC)


def links(html: str) -> set[str]:
    return {unescape(link) for link in re.findall(r'href="([^"]*)"', html)}


def test_the_header_names_sender_reader_and_list(compose: Compose, content: Content) -> None:
    message, _, _ = compose(content)
    assert dict(message.items()) == {
        "From": "Defense Priorities <news@example.org>",
        "To": "ada@example.net",
        "Subject": "Title 1",
        "Date": "Wed, 07 Jan 2026 14:00:00 +0000",
        "Message-ID": "<7@example.org>",
        "List-Id": '"Receive expert foreign policy analysis" <weekly.example.org>',
        "List-Help": "<https://letters.example.org/>",
        "List-Post": "NO",
        "List-Unsubscribe": f"<{UNSUBSCRIBE}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Precedence": "bulk",
        "Feedback-ID": message["Feedback-ID"],
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
        "Content-Type": message["Content-Type"],
    }


def test_the_feedback_id_names_edition_list_and_sender_but_no_reader(compose: Compose, content: Content) -> None:
    first, _, _ = compose(content)
    other, _, _ = compose(replace(content, sender="Desk <desk@EXAMPLE.org>", newsletter="monthly"))
    edition, newsletter, kind, sender = first["Feedback-ID"].split(":")
    assert (edition, newsletter, kind) == ("2026-01-07", "weekly", "digest")
    assert 5 <= len(sender) <= 15
    assert other["Feedback-ID"] == f"2026-01-07:monthly:digest:{sender}"


def test_answers_go_where_the_newsletter_says(compose: Compose, content: Content) -> None:
    message, _, _ = compose(replace(content, reply_to="Büro <desk@example.org>"))
    assert message["Reply-To"] == "Büro <desk@example.org>"
    with pytest.raises(ComposeError, match="reply_to: 'Nobody'"):
        compose(replace(content, reply_to="Nobody"))


def test_an_event_can_be_put_into_a_calendar(compose: Compose, content: Content) -> None:
    _, plain, html = compose(content)
    assert "Add to your calendar: https://letters.example.org/events/9.ics" in plain
    assert 'href="https://letters.example.org/events/9.ics"' in html


def test_an_event_is_told_in_its_own_zone_with_mode_and_place(compose: Compose, content: Content) -> None:
    event = replace(
        content.events[0], zone="Asia/Tokyo", mode="in person", place="Tokyo", ends_at=content.events[0].starts_at
    )
    _, plain, _ = compose(replace(content, events=(event,)))
    assert "Event · In person\nTuesday, January 13, 2026, 11:00 p.m. JST\nTokyo\n" in plain


def test_plain_text_comes_first_and_html_last(compose: Compose, content: Content) -> None:
    message, _, _ = compose(content)
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


def test_both_parts_hold_the_same_titles(compose: Compose, content: Content) -> None:
    _, plain, html = compose(content)
    for title in ("Title 1", "Title 2", "Title 3", "Title 4", "East Asia after the summit"):
        assert plain.count(title) == 1
        assert len(re.findall(f">{title}</a>", html)) == 1


def test_both_parts_hold_the_same_links(compose: Compose, content: Content) -> None:
    _, plain, html = compose(content)
    assert links(html) - {content.brand.url} == set(re.findall(r"https://\S+", plain))
    assert {UNSUBSCRIBE, PREFERENCES, "https://www.example.org/1?a=1&b=2", "https://times.example/3"} <= links(html)


@pytest.mark.parametrize(
    "said",
    [
        "Op-ed · Lowy Institute",
        "By Lyle Goldstein · January 7, 2026",
        "In the media · Featuring Ann Lee",
        "Calm.",
        "Read at The Times",
        "Because you follow Taiwan, Asia",
        "Event · Virtual",
        "Tuesday, January 13, 2026, 9:00 a.m. EST",
        "follow China, Taiwan, Asia.",
        "1 Example Avenue",
    ],
)
def test_both_parts_say_what_each_item_is_and_why_it_is_there(compose: Compose, content: Content, said: str) -> None:
    _, plain, html = compose(content)
    assert said in " ".join(plain.split())
    assert said in html


def test_a_reason_that_only_repeats_the_heading_is_not_given(compose: Compose, content: Content) -> None:
    _, plain, _ = compose(content)
    assert plain.count("Because you follow") == 2


def test_the_plain_text_is_wrapped_at_72_columns(
    compose: Compose, content: Content, article: Callable[..., Article]
) -> None:
    _, plain, _ = compose(replace(content, intro="word " * 99, articles=(article(1, "asia", title="long " * 40),)))
    assert max(len(line) for line in plain.splitlines() if "https://" not in line) <= 72


def test_items_stand_apart_by_two_blank_lines(compose: Compose, content: Content) -> None:
    _, plain, _ = compose(content)
    assert "\n\n\nTitle 3\n" in plain
    assert "\n\n\n\n" not in plain


def test_the_intro_keeps_its_paragraphs(compose: Compose, content: Content) -> None:
    _, plain, html = compose(replace(content, intro="One\nand more.\r\n\r\nTwo & three."))
    assert "One and more.\n\nTwo & three.\n" in plain
    assert re.search(r">One and more.</p>\s*<p [^>]+>Two &amp; three.</p>", html)


def test_the_subject_staff_set_stands(nonce: str, content: Content, every_topic: DigestKey) -> None:
    composer = Composer(replace(content, subject="Taiwan,\nagain"), nonce=nonce, date=DATE)
    assert composer.subject(every_topic) == "Taiwan, again"


def test_an_event_alone_makes_a_letter(compose: Compose, content: Content) -> None:
    message, plain, _ = compose(replace(content, articles=()))
    assert message["Subject"] == "East Asia after the summit"
    assert "UPCOMING EVENTS" in plain


def test_a_digest_without_news_is_refused(nonce: str, content: Content) -> None:
    with pytest.raises(ComposeError, match="nothing is new on china"):
        Composer(content, nonce=nonce, date=DATE).compose(DigestKey(("china",), DATE))


def test_the_slots_are_those_of_one_reader(nonce: str, content: Content, every_topic: DigestKey) -> None:
    slots = Composer(content, nonce=nonce, date=DATE).compose(every_topic).slots
    header = [Slot(name, Place.HEADER) for name in ("to", "message_id", "unsubscribe")]
    text = [Slot(name, Place.TEXT) for name in ("preferences", "unsubscribe")]
    assert list(slots) == [*header, *text, Slot("preferences", Place.HTML), Slot("unsubscribe", Place.HTML)]


def test_the_nonce_stays_secret(nonce: str, content: Content, every_topic: DigestKey) -> None:
    blueprint = Composer(content, nonce=nonce, date=DATE).compose(every_topic)
    assert nonce.encode() not in b"".join(blueprint.pieces)


def test_the_same_content_gives_the_same_bytes(nonce: str, content: Content, every_topic: DigestKey) -> None:
    first, second = (Composer(content, nonce=nonce, date=DATE).compose(every_topic).to_bytes() for _ in range(2))
    assert first == second


def test_the_html_tells_its_language_and_both_colour_schemes(compose: Compose, content: Content) -> None:
    _, _, html = compose(content)
    assert '<html lang="en"' in html
    assert '<meta name="color-scheme" content="light dark"' in html
    assert "prefers-color-scheme: dark" in html


def test_the_html_loads_nothing_from_anywhere(compose: Compose, content: Content) -> None:
    _, _, html = compose(content)
    assert not re.search(r"<img|<link|<script|@import|url\(", html)


def test_the_preheader_gives_the_second_and_third_title(compose: Compose, content: Content) -> None:
    _, _, html = compose(content)
    assert "Title 2 · Title 3" in html


@pytest.mark.parametrize("nonce", ["", "short", "0123456789abcde=", "0123456789abcdé0"])
def test_a_nonce_that_could_be_guessed_or_changed_is_refused(content: Content, nonce: str) -> None:
    with pytest.raises(ValueError, match="nonce"):
        Composer(content, nonce=nonce, date=DATE)


def test_a_date_without_a_zone_is_refused(nonce: str, content: Content, every_topic: DigestKey) -> None:
    with pytest.raises(ValueError, match="zone"):
        Composer(content, nonce=nonce, date=datetime(2026, 1, 7)).compose(every_topic)
