"""The one place where foreign text loses what MJML and mail cannot take."""

import re
from dataclasses import replace

from digest.types import Brand

# mrml refuses these in text and attributes, and one such headline would cost the whole digest: C0 controls except tab
# and LF, lone surrogates, U+FFFE, U+FFFF. DEL and the C1 controls go with them. A space takes their place, so that
# removing one never joins two harmless halves.
_FORBIDDEN = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_EXCERPT, _TITLE, _LABEL = 400, 300, 100
"""Characters. An excerpt of 400 is about four lines on a desktop; a headline of 100 kB would cost the whole letter."""
_GAPS = re.compile("[\t\n \u2028\u2029]+")


def text(value: str) -> str:
    """Text of several lines; every line end is LF."""
    return _FORBIDDEN.sub(" ", value.replace("\r\n", "\n").replace("\r", "\n"))


def line(value: str) -> str:
    """Text on one line, single-spaced. A no-break space stays."""
    return _GAPS.sub(" ", text(value)).strip(" ")


def title(value: str) -> str:
    """A headline on one line, cut between words where no honest one would be as long."""
    return _cut(line(value), _TITLE)


def label(value: str) -> str:
    """A name on one line, of an outlet or a person, cut likewise."""
    return _cut(line(value), _LABEL)


def excerpt(value: str) -> str:
    """Text on one line, cut between words where it would crowd the letter."""
    return _cut(line(value), _EXCERPT)


def paragraphs(value: str) -> tuple[str, ...]:
    """The paragraphs of a plain text, which blank lines separate, each on one line."""
    return tuple(filter(None, (line(paragraph) for paragraph in re.split(r"\n[ \t]*\n", text(value)))))


def brand(value: Brand) -> Brand:
    """A brand whose every line is clean."""
    return replace(
        value,
        name=line(value.name),
        tagline=line(value.tagline),
        url=line(value.url),
        postal_address=line(value.postal_address),
        serif=line(value.serif),
        sans=line(value.sans),
        logo=value.logo and replace(value.logo, url=line(value.logo.url), alt=line(value.logo.alt)),
    )


def _cut(whole: str, longest: int) -> str:
    if len(whole) <= longest:
        return whole
    # A text without blanks, as Chinese is, has no better place.
    return (whole[:longest].rpartition(" ")[0] or whole[:longest]).rstrip(" ,;:.–—-") + "…"
