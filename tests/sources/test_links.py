"""Links: what is let in, and when two are the same."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.sources.links import absolute, canonical, for_item


@pytest.mark.parametrize(
    "url",
    [
        "http://www.Example.org/a",
        "https://www.example.org/a/",
        "https://www.example.org:443/a",
        "http://www.example.org:80/a",
        "https://www.example.org/a?utm_source=x&UTM_medium=y&gclid=1&fbclid=2&mc_cid=3",
        "https://www.example.org/a#comments",
    ],
)
def test_one_canonical_form(url: str) -> None:
    assert canonical(url) == "https://www.example.org/a"


def test_what_matters_is_kept() -> None:
    assert canonical("https://e.org:8080/A?p=1&utm_source=x&q=2") == "https://e.org:8080/A?p=1&q=2"


def test_our_own_fragment_is_kept() -> None:
    first, second = for_item("https://e.org/", "a"), for_item("https://e.org/", "b")
    assert canonical(first) != canonical(second)


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("/a", "https://e.org/a"),
        (" https://x.org/a\n", "https://x.org/a"),
        ("https://x.org/é?ü#ö", "https://x.org/%C3%A9?%C3%BC#%C3%B6"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ('https://x.org/"><script>', "https://x.org/%22%3E%3Cscript%3E"),
        ("https://x.org/%41", "https://x.org/%41"),
        ("http://[::1]:8000/", "http://[::1]:8000/"),
    ],
)
def test_link_becomes_an_absolute_address(link: str, url: str) -> None:
    assert absolute(link, "https://e.org/feed") == url


@pytest.mark.parametrize(
    "link",
    [
        *("", " ", "javascript:alert(1)", "java\nscript:alert(1)", "JAVASCRIPT:x", "data:text/html,x"),
        *("mailto:a@example.org", "file:///etc/passwd", "https://u:p@x.org/", "https://x.org:x/", "https://["),
        *("https://x y/", "https://;\xa1/", "https://x.org/" + "a" * 2000),
    ],
)
def test_link_that_is_dropped(link: str) -> None:
    assert absolute(link, "https://e.org/feed") == ""


@settings(deadline=None)
@given(st.text() | st.text().map("https://".__add__) | st.text().map("https://e.org/".__add__))
def test_any_link_is_dropped_or_good_as_it_is(link: str) -> None:
    url = absolute(link, "https://e.org/")
    assert url == "" or (url.isascii() and url.isprintable() and not set(url) & set(' "<>') and absolute(url) == url)
    assert url == "" or canonical(canonical(url)) == canonical(url)
