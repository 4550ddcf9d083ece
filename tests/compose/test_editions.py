"""Forty editions of 0 to 200 articles, hostile, right-to-left, Chinese, endless: each is mail as the RFCs want it."""

import quopri
import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from email import policy
from email.header import decode_header
from email.headerregistry import AddressHeader, DateHeader
from email.message import EmailMessage
from email.parser import BytesParser
from html import unescape

import dkim as dkimpy  # type: ignore[import-untyped]
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.blueprint import Blueprint
from digest.compose import Composer, mark_duplicates
from digest.dkim import Signer, SigningKey, new_ed25519, record
from digest.types import Article, Content, DigestKey, Kind, Person
from tests.compose.conftest import PLANNED, SLOTS

Read = Callable[[Blueprint], tuple[EmailMessage, str, str]]
EVERY_TOPIC = ("china", "taiwan", "asia")
WORDS = (
    "Taiwan", "deterrence", "<script>", "</mj-text>", "{{ to }}", "{% raw %}", "=?utf-8?q?x?=", ".", "=", "%(topics)s",
    "\r\nBcc: x@y.z", "\x00", "\ud800", "\u202e", "\u2028", "&amp;", '"', "'", "é", "😀🇹🇼", "مرحبا", "שלום",
    "中国与美国", "x" * 90, "牛" * 120, "https://evil.example/", "slotunsubscribe",
)  # fmt: skip
ONCE = (
    "Date", "From", "To", "Subject", "Message-ID", "MIME-Version", "Content-Type", "List-Id", "List-Help", "List-Post",
    "List-Unsubscribe", "List-Unsubscribe-Post", "Feedback-ID", "Precedence", "Auto-Submitted",
)  # fmt: skip


def generated(content: Content, seed: int) -> tuple[Content, DigestKey]:
    """An edition made of `WORDS`, the same for a seed on every run, and a digest of it."""
    rng = random.Random(seed)

    def text(longest: int) -> str:
        return " ".join(rng.choices(WORDS, k=rng.randint(1, longest)))

    def article(number: int) -> Article:
        return Article(
            number,
            f"No. {number} {text(12)}",
            f"https://www.example.org/{number}?a=1&b=2",
            published_at=PLANNED - timedelta(hours=number),
            first_seen_at=PLANNED - timedelta(hours=number),
            kind=rng.choice(list(Kind)),
            outlet=rng.choice(["", text(4)]),
            outlet_url=rng.choice(["", f"https://times.example/{number}"]),
            people=tuple(Person(text(3), rng.choice(["by", "featuring"])) for _ in range(rng.randint(0, 12))),
            excerpt=rng.choice(["", text(80)]),
            topics=tuple(topic for topic in EVERY_TOPIC if rng.random() < 0.5) or ("asia",),
        )

    brand = replace(content.brand, name=text(4), sign_off=text(8))
    articles = tuple(article(number) for number in range(1, 1 + rng.choice([0, 1, 2, 7, 30, 90, 200])))
    edition = replace(content, articles=articles, brand=brand, intro=rng.choice(["", text(40)]))
    edition = replace(edition, newsletter_name=text(6), theme=rng.choice(["", "gazette"]))
    return mark_duplicates(edition), DigestKey(EVERY_TOPIC, None, rng.choice(["en", "de", "ar"]))


@pytest.fixture(params=range(40))
def blueprint(request: pytest.FixtureRequest, content: Content, nonce: str) -> Blueprint:
    edition, key = generated(content, request.param)
    return Composer(edition, nonce=nonce, date=PLANNED).compose(key)


def test_every_edition_is_a_letter_in_good_form(blueprint: Blueprint, read: Read, nonce: str) -> None:
    raw = blueprint.fill(SLOTS)
    message, plain, html = read(blueprint)
    _check_lines(raw)
    _check_header(message)
    _check_list_fields(message)
    _check_encoded_words(raw.partition(b"\r\n\r\n")[0])
    _check_parts(message)
    _check_twins(plain, html)
    assert nonce.encode() not in raw
    assert quopri.decodestring(raw).count(SLOTS["to"].encode()) == 1  # in To, and nowhere that an article led it


def test_every_edition_is_signed_whole(blueprint: Blueprint) -> None:
    """RFC 8058, section 4, and RFC 6376, section 5.4: what a provider acts upon is covered, the rest cannot grow."""
    key = SigningKey("example.org", "s1", new_ed25519())
    signed = Signer((key,)).prepare(blueprint).sign(SLOTS, 1_767_794_400) + blueprint.fill(SLOTS)
    message = BytesParser(EmailMessage, policy=policy.SMTP).parsebytes(signed)
    tags = dict(tag.strip().split("=", 1) for tag in str(message["DKIM-Signature"]).split(";"))
    names = Counter(name.strip().lower() for name in tags["h"].split(":"))
    assert names.keys() >= {name.lower() for name in ONCE}
    assert all(names[name] == 2 for name in ("from", "to", "subject", "date"))
    assert (tags["c"], "l" in tags) == ("relaxed/relaxed", False)
    published = record(key).value.encode()
    assert dkimpy.verify(signed, dnsfunc=lambda name, timeout: published)


@given(st.text(max_size=300) | st.text("=.-\r\n {}é😀\"'<&", max_size=300))
@example("{{ to }}\r\n.\r\n" + "=😀" * 100)
def test_slots_give_back_whatever_they_were_filled_with(letter: Blueprint, value: str) -> None:
    filled = letter.fill({**SLOTS, "unsubscribe": value})
    message = BytesParser(EmailMessage, policy=policy.SMTP).parsebytes(filled)
    assert set(message.keys()) == set(ONCE)
    assert max(map(len, filled.partition(b"\r\n\r\n")[2].split(b"\r\n"))) <= 76
    plain, html = (part.get_payload(decode=True) for part in message.iter_parts())
    assert isinstance(plain, bytes)
    assert isinstance(html, bytes)
    assert f"https://letters.example.org/unsubscribe/{value}\r\n" in plain.decode()
    assert f'href="https://letters.example.org/unsubscribe/{value}"' in unescape(html.decode())


@pytest.fixture(scope="module")
def letter(content: Content, nonce: str) -> Blueprint:
    """The digest of all topics."""
    return Composer(content, nonce=nonce, date=PLANNED).compose(DigestKey(EVERY_TOPIC, None))


def _check_header(message: EmailMessage) -> None:
    """RFC 5322, section 3.6: each field once, and what each must say."""
    assert Counter(message.keys()) == dict.fromkeys(ONCE, 1)
    date, sender = message["Date"], message["From"]
    assert isinstance(date, DateHeader)
    assert isinstance(sender, AddressHeader)
    assert (date.datetime, str(date)) == (PLANNED, "Wed, 07 Jan 2026 14:00:00 +0000")
    assert [(one.username, one.domain) for one in sender.addresses] == [("news", "example.org")]
    assert message["To"] == SLOTS["to"]
    assert message["Message-ID"] == "<7@example.org>"
    assert message["Auto-Submitted"] == "auto-generated"  # RFC 3834, section 5.2


def _check_list_fields(message: EmailMessage) -> None:
    """RFC 8058, section 3.1; RFC 2369, sections 2 and 3; RFC 2919, sections 2 and 3; Gmail's Feedback-ID."""
    assert message["List-Unsubscribe"] == f"<https://letters.example.org/unsubscribe/{SLOTS['unsubscribe']}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (message["List-Post"], message["List-Help"]) == ("NO", "<https://letters.example.org/>")
    assert str(message["List-Id"]).endswith("<weekly.example.org>")
    assert len("<weekly.example.org>") <= 255
    assert re.fullmatch(r"2026-01-07:weekly:digest:[0-9a-f]{5,15}", message["Feedback-ID"])


def _check_encoded_words(head: bytes) -> None:
    """RFC 2047, sections 2 and 5: at most 75 columns in a line of at most 76, whole characters, never in an address."""
    for line in head.split(b"\r\n"):
        words = re.findall(rb"=\?[^?]+\?[bBqQ]\?[^?]*\?=", line)
        assert all(len(word) <= 75 for word in words)
        assert not words or len(line) <= 76
        for word in words:
            ((content, charset),) = decode_header(word.decode())
            assert isinstance(content, bytes)
            assert charset
            content.decode(charset)
        assert not any(b"=?" in address for address in re.findall(rb"<[^>]*>", line))


def _check_parts(message: EmailMessage) -> None:
    """RFC 2046, section 5.1.4: the plainest first. Gmail hides what follows 102 kB of HTML."""
    assert message.get_content_type() == "multipart/alternative"
    plain, page = message.iter_parts()
    assert (plain.get_content_type(), page.get_content_type()) == ("text/plain", "text/html")
    assert {part.get_content_charset() for part in (plain, page)} == {"utf-8"}
    assert {part["Content-Transfer-Encoding"] for part in (plain, page)} == {"quoted-printable"}
    assert len(page.get_payload(decode=True)) < 100_000
    assert len(page.as_bytes()) < 100_000


def _check_lines(raw: bytes) -> None:
    """RFC 5322, sections 2.1.1 and 2.3: CRLF alone ends a line of at most 78, or 76 where it is encoded."""
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", raw)
    head, _, body = raw.partition(b"\r\n\r\n")
    assert max(len(line) for line in head.split(b"\r\n") if not line.startswith(b"List-Unsubscribe:")) <= 78
    assert max(map(len, body.split(b"\r\n"))) <= 76


def _check_twins(plain: str, html: str) -> None:
    """Both parts hold the same links, those of the reader with them, and as many articles."""
    links = {unescape(link) for link in re.findall(r'href="([^"]*)"', html)}
    missing = {link for link in links if link not in plain and link != "https://www.example.org"}
    assert missing == set()
    assert {f"https://letters.example.org/{name}/{SLOTS[name]}" for name in ("unsubscribe", "preferences")} <= links
    in_text, in_html = re.findall(r"^No\. \d+\b", plain, re.MULTILINE), re.findall(r"><a[^>]*>No\. \d+\b", html)
    assert len(in_text) == len(in_html)
