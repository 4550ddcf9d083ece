"""Each rule for words, links and HTML, on small pages and on a good letter."""

from collections.abc import Callable

import pytest

from digest import gate
from digest.gate import Context

SURROUNDINGS = Context("https://w.example", "1 Example Avenue", "An article on {# marks #}.", http_allowed=False)
FOOTER = "<p><a href='https://w.example/unsubscribe/T'>Leave</a><a href='https://w.example/preferences/T'>Topics</a>"
OPEN = "<html lang=en><title>A</title><body><h1>Us</h1><p>1 Example Avenue</p>"
TEXT = "US\n\n1 Example\nAvenue\nhttps://w.example/unsubscribe/T\nhttps://w.example/preferences/T\n"
CONTENT_RULES = {
    "links-in-text", "titles-in-text", "postal-address", "way-out", "left-over", "lang", "title", "alt", "image-width",
    "heading-order", "empty-heading", "empty-section", "link-text", "link-scheme", "own-links-https", "contrast",
}  # fmt: skip


def judge(html: str = "", text: str = "", *, whole: str = "") -> set[str]:
    """The rules that a page breaks: `html` and `text` between a good opening and footer."""
    message = (
        'Content-Type: multipart/alternative; boundary="b"\r\n\r\n'
        f"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{TEXT}{text}\r\n"
        f"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{whole or OPEN + html + FOOTER}\r\n--b--\r\n"
    )
    return {finding.rule for finding in gate.judge(message.encode(), SURROUNDINGS)} & CONTENT_RULES


FAULTS = [
    ("<p><a href='https://x.example/a'>A study</a>", "links-in-text"),
    ("<p><a href='https://w.example/unsubscrib'>A study</a>", "links-in-text"),
    ("<h2>Lost title</h2><p>Words", "titles-in-text"),
    ("<p>Dear {{ name }},", "left-over"),
    ("<p>{% endif %}", "left-over"),
    ("<p>By None", "left-over"),
    ("<p>slot0123456789abcdefunsubscribe", "left-over"),
    ("<p><img src='a/b.png'>", "alt"),
    ("<p><img src='b.png' alt='' width='640'>", "image-width"),
    ("<p><img src='b.png' alt='' style='border:0;width:601px'>", "image-width"),
    ("<h3>Us</h3><p>Words", "heading-order"),
    ("<h1>Us</h1><p>Words", "heading-order"),
    ("<h2></h2><p>Words", "empty-heading"),
    ("<h2>Us</h2><h2>1 Example</h2><p>Words", "empty-section"),
    ("<p><a href='https://w.example/'></a>", "link-text"),
    ("<p><a href='https://w.example/'>Read more…</a>", "link-text"),
    ("<p><a href='javascript:alert(1)'>Run</a>", "link-scheme"),
    ("<p><a href='/about'>About</a>", "link-scheme"),
    ("<p><a href='http://w.example/'>Home</a>", "own-links-https"),
    ("<p style='color:#999'>Faint", "contrast"),
    ("<div bgcolor='#333333'>Black on dark grey</div>", "contrast"),
    ("<style>.faint { color: rgb(160, 160, 160) }</style><p class='faint'>Faint", "contrast"),
    ("<style>@media (prefers-color-scheme:dark){.a{background:#000!important}}</style><p class='a'>Black", "contrast"),
]


def test_the_page_they_are_put_into_is_good() -> None:
    assert judge() == set()


@pytest.mark.parametrize(("html", "rule"), FAULTS)
def test_a_fault_is_found(html: str, rule: str) -> None:
    assert judge(html) == {rule}


GOOD = [
    ("<p>An article on {# marks #}.", ""),
    ("<p><a href='https://x.example/a?b=1'>A study</a>", "Read (https://x.example/a?b=1)."),
    ("<h2>İstanbul &amp; ıĸ</h2><p>Words", "İSTANBUL & Iĸ"),
    ("<h2>A title  in\nlines</h2><p>Words", "A TITLE\nIN LINES"),
    ("<p><a href='https://w.example/'><img src=a alt='The logo'></a>", ""),
    ("<p><a href='mailto:us@w.example'>Write to us</a>", ""),
    ("<p><a href='http://old.example/'>An old paper</a>", ""),
    ("<p style='color:#949494;font-size:24px'>Large", ""),
    ("<p style='color:#949494;font-size:14pt;font-weight:700'>Large and bold", ""),
    ("<p style='color:#999;display:none'>Hidden", ""),
    ("<div style='color:#999'><p style='color:#111 !important'>Strong</p></div>", ""),
    (
        "<style>.a { color: #fff } a:hover { color: #fff } [data-x] p { color: #fff }</style><p style='color:#000'>Ink",
        "",
    ),
    ("<style>@media (max-width:480px){p{color:#fff}} .x p, td{color:#fff}</style><p>Ink", ""),
    ("<style>b{color:#fff}.a{color:#000}b{color:#eee}</style><b class='c a'>A class outranks a tag</b>", ""),
]


@pytest.mark.parametrize(("html", "text"), GOOD)
def test_what_is_good_raises_no_alarm(html: str, text: str) -> None:
    assert judge(html, text) == set()


def test_a_page_without_a_frame_is_found() -> None:
    found = judge(whole="<html><body><p>Words")
    assert found == {"lang", "title", "heading-order", "postal-address", "way-out"}


def test_dark_mode_is_judged_on_its_own_canvas() -> None:
    meta = "<meta name='color-scheme' content='light dark'>"
    assert judge(f"{meta}<p style='color:#222'>Black on black") == {"contrast"}


def test_the_text_needs_the_way_out_too(broken: Callable[[bytes, bytes], set[str]]) -> None:
    assert broken(b"/unsubscribe/", b"/elsewhere/") >= {"way-out"}
