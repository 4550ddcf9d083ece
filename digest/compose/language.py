"""The language of a letter's fixed words: a gettext catalogue per language, read from its source as it is.

The catalogues lie in digest/translations/<language>/LC_MESSAGES/letters.po. A new one needs no code and no build step.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from babel import Locale
from babel.messages.pofile import read_po

from digest import files

_DEFAULT = "en"


@dataclass(frozen=True, slots=True)
class Language:
    """One that letters are written in. `code` goes into `lang`, `direction` (`ltr`, `rtl`) into `dir`."""

    code: str
    direction: str
    words: Mapping[str, str] = field(repr=False)

    def say(self, words: str, **values: object) -> str:
        """The fixed words in this language, with `%(name)s` filled in; templates call it `_`."""
        # Not str.format: it would let a template reach any attribute of a value, and so out of its sandbox.
        return self.words.get(words, words) % values


@cache
def language(code: str) -> Language:
    """The language nearest to a reader's: `de` for `de-AT`, English where there is no catalogue."""
    known = nearest(code, _DEFAULT)
    return Language(known, direction(known), _read(known))


@cache
def nearest(code: str, otherwise: str) -> str:
    """The language there is a catalogue of that is nearest to a tag (RFC 5646): `de` for `de-AT`; else `otherwise`."""
    base = code.replace("_", "-").partition("-")[0].lower()
    return base if base in files.languages() else otherwise


def name_of_language(code: str) -> str:
    """What a language is called by those who speak it: `Deutsch`."""
    return Locale.parse(code).get_display_name() or code


def direction(code: str) -> str:
    """Which way a language is written: `ltr` or `rtl`."""
    return Locale.parse(code).text_direction


def _read(code: str) -> Mapping[str, str]:
    with (files.TRANSLATIONS / code / "LC_MESSAGES" / "letters.po").open("rb") as file:
        catalogue = read_po(file, locale=code)
    return {str(message.id): str(message.string) for message in catalogue if message.id and message.string}
