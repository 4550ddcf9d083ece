"""The one place where foreign text loses what MJML and mail cannot take."""

import re

from digest.types import Brand

# mrml refuses these in text and attributes, and one such headline would cost the whole digest: C0 controls except tab
# and LF, lone surrogates, U+FFFE, U+FFFF. DEL and the C1 controls go with them. A space takes their place, so that
# removing one never joins two harmless halves.
_FORBIDDEN = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_EXCERPT = 400
"""Characters; about four lines on a desktop."""
_GAPS = re.compile("[\t\n \u2028\u2029]+")


def text(value: str) -> str:
    """Text of several lines; every line end is LF."""
    return _FORBIDDEN.sub(" ", value.replace("\r\n", "\n").replace("\r", "\n"))


def line(value: str) -> str:
    """Text on one line, single-spaced. A no-break space stays."""
    return _GAPS.sub(" ", text(value)).strip(" ")


def excerpt(value: str) -> str:
    """Text on one line, cut between words where it would crowd the letter: Gmail hides what follows 102 kB of HTML."""
    whole = line(value)
    return whole if len(whole) <= _EXCERPT else whole[:_EXCERPT].rpartition(" ")[0].rstrip(" ,;:.–—-") + "…"


def paragraphs(value: str) -> tuple[str, ...]:
    """The paragraphs of a plain text, which blank lines separate, each on one line."""
    return tuple(filter(None, (line(paragraph) for paragraph in re.split(r"\n[ \t]*\n", text(value)))))


def brand(value: Brand) -> Brand:
    """A brand whose every line is clean."""
    return Brand(line(value.name), line(value.tagline), line(value.url), line(value.postal_address))
