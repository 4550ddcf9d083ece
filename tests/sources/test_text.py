"""Foreign text made plain."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.sources._text import cut, excerpt, html_title, html_to_text, plain


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One</p><p>Two</p>", "One Two"),
        ("one<br>two", "one two"),
        ("b<b>ol</b>d", "bold"),
        ("<script>evil()</script>ok<style>p{}</style>", "ok"),
        ("R&amp;D &#8220;x&#8221; &hellip;", "R&D “x” …"),
        ("5 < 6 & 7", "5 < 6 & 7"),
        ("<?xml version='1.0' encoding='latin-1'?>é", "é"),
        ("a<!-- b -->c", "ac"),
        ("\ud800x\x00y", "xy"),
        ("", ""),
    ],
)
def test_html_becomes_text(markup: str, text: str) -> None:
    assert html_to_text(markup) == text


def test_depth_bomb_costs_nothing() -> None:
    assert html_to_text("<b>" * 100_000 + "x") in ("", "x")


@settings(deadline=None)
@given(st.text())
def test_plain_text_is_one_clean_line(text: str) -> None:
    result = plain(text)
    assert not set(result) & set("\r\n\t\x00\x85\u2028\u202e\u2066\ufeff")
    assert result == " ".join(result.split())
    assert len(result) <= 300


@settings(deadline=None)
@given(st.text())
def test_any_markup_is_read(markup: str) -> None:
    assert html_title(markup) == plain(html_to_text(markup))


def test_cut_falls_between_words() -> None:
    assert cut("one two three", 9) == "one two…"
    assert cut("x" * 20, 10) == "x" * 9 + "…"


def test_excerpt_ends_with_a_sentence() -> None:
    first = "The U.S. and Japan have met with Dr. Lee in the capital to speak of many things at length."
    assert excerpt(first + " " + "And then it goes on " * 20) == first


def test_excerpt_without_a_sentence_is_cut_between_words() -> None:
    result = excerpt("word " * 100)
    assert result.endswith("word…")
    assert len(result) <= 300


def test_marks_of_the_feed_s_own_making_are_dropped() -> None:
    assert excerpt("It began well and […]") == "It began well and…"
    assert excerpt("It began well. The post A title appeared first on A site.") == "It began well."
