"""A letter speaks its reader's language: every fixed word has its translation, dates and direction follow."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from digest.blueprint import Blueprint
from digest.compose import Composer
from digest.compose.dates import moment, span
from digest.compose.language import direction, language
from digest.files import languages
from digest.types import Content, DigestKey

ROOT = Path(__file__).parents[2]
CATALOGUES = ROOT / "digest" / "translations"
DATE = datetime(2026, 1, 13, 14, tzinfo=UTC)
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def fixed_words() -> set[str]:
    """All that templates and views say through `_` or `say`."""
    templates = "".join(path.read_text() for path in (ROOT / "templates" / "email").rglob("*.*"))
    views = (ROOT / "digest" / "compose" / "views.py").read_text()
    in_tables = re.findall(r': "([A-Z][^"]*)",', views) + re.findall(r': "([A-Z][\w -]*)"', views)
    return {
        *re.findall(r'\b_\("([^"]*)"', templates),
        *re.findall(r'(?:say|_people)\("([^"]*)"', views),
        *in_tables,
    }


def catalogue(code: str) -> dict[str, str]:
    with (CATALOGUES / code / "LC_MESSAGES" / "letters.po").open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file, locale=code) if m.id}


@pytest.mark.parametrize("code", languages())
def test_a_catalogue_has_every_fixed_word_and_no_other(code: str) -> None:
    assert set(catalogue(code)) == fixed_words()


def test_german_is_complete_and_keeps_what_is_filled_in() -> None:
    for words, said in catalogue("de").items():
        assert said
        assert sorted(PLACEHOLDER.findall(said)) == sorted(PLACEHOLDER.findall(words))


@pytest.mark.parametrize("asked", ["de", "de-AT", "de_CH", "DE"])
def test_the_nearest_language_is_spoken(asked: str) -> None:
    assert language(asked).say("Unsubscribe") == "Abbestellen"


@pytest.mark.parametrize("asked", ["", "fr", "x-klingon"])
def test_where_there_is_none_it_is_english(asked: str) -> None:
    assert (language(asked).code, language(asked).say("Unsubscribe")) == ("en", "Unsubscribe")


def test_a_letter_in_german(
    content: Content, nonce: str, read: Callable[[Blueprint], tuple[EmailMessage, str, str]]
) -> None:
    key = DigestKey(("china", "taiwan", "asia"), None, "de")
    _, plain, html = read(Composer(content, nonce=nonce, date=DATE).compose(key))
    for said in ("Gastbeitrag · Lowy Institute", "Von Lyle Goldstein · 7. Januar 2026", "Weil Sie Taiwan, Asia folgen"):
        assert said in plain
        assert said in html
    assert '<html lang="de" dir="ltr"' in html
    # Mail programs drop <html>; what stands in for it says the same.
    assert re.search(r'<div [^>]*role="article" lang="de" dir="ltr"', html)
    assert "follow" not in plain


def test_languages_have_their_direction() -> None:
    assert (direction("de"), direction("ar"), direction("he")) == ("ltr", "rtl", "rtl")


def test_a_zone_is_named_as_readers_of_the_language_know_it() -> None:
    assert moment(DATE, "Europe/Berlin", "de") == "Dienstag, 13. Januar 2026, 15:00 MEZ"
    assert moment(DATE, "Europe/Berlin", "en") == "Tuesday, January 13, 2026, 3:00 p.m. CET"
    assert moment(DATE, "Asia/Dubai", "en").endswith("6:00 p.m. UTC+0400")


def test_a_span_ends_on_its_own_day() -> None:
    assert span(DATE, DATE.replace(hour=16), "UTC") == "Tuesday, January 13, 2026, 2:00 p.m.–4:00 p.m. UTC"
    assert span(DATE, DATE.replace(day=15), "UTC") == span(DATE, None, "UTC") == moment(DATE, "UTC")


def test_a_template_cannot_reach_into_a_value_through_its_words() -> None:
    with pytest.raises(KeyError):
        language("en").say("%(name.__class__)s", name="x")
