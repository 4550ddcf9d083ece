"""Settings from the environment: `DIGEST_SENDER_PASSWORD` stands for `sender.password` and wins over the file."""

import difflib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from digest.config.document import Document, Place
from digest.errors import ConfigError

ELSEWHERE = ("DIGEST_CONFIG", "DIGEST_NOW", "DIGEST_CORPORA", "DIGEST_TEST_POSTGRESQL", "DIGEST_TEST_MTAS")
"""Variables that are no settings: read by the command line and by the tests."""

_SENDER = "DIGEST_SENDER_"
PLACES: Mapping[str, Place] = {
    "DIGEST_SITE_NAME": ("site", "name"),
    "DIGEST_SITE_TAGLINE": ("site", "tagline"),
    "DIGEST_SITE_URL": ("site", "url"),
    "DIGEST_SITE_TIMEZONE": ("site", "timezone"),
    "DIGEST_SITE_POSTAL_ADDRESS": ("site", "postal_address"),
    "DIGEST_WEB_URL": ("web", "url"),
    "DIGEST_WEB_LISTEN": ("web", "listen"),
    "DIGEST_DATABASE_URL": ("database", "url"),
    "DIGEST_DATABASE_SYNCHRONOUS": ("database", "synchronous"),
    "DIGEST_SECRETS_FILE": ("secrets_file",),
    "DIGEST_TEMPLATES": ("templates",),
}
"""The settings that a variable can give, beside those of the sender, whose keys only its plug-in knows."""


def override(document: Document, environ: Mapping[str, str]) -> Document:
    """The document with what the environment says. Raises ConfigError for a DIGEST_ name that stands for nothing."""
    given = {_place(name): name for name in sorted(environ) if name.startswith("DIGEST_") and name not in ELSEWHERE}
    data: dict[str, Any] = dict(document.data)
    for place, name in given.items():
        _put(data, place, environ[name])
    return replace(document, data=data, variables=given)


def _place(name: str) -> Place:
    if name.startswith(_SENDER) and name != _SENDER:
        return ("sender", name.removeprefix(_SENDER).lower())
    if name in PLACES:
        return PLACES[name]
    known = [*PLACES, *ELSEWHERE]
    close = difflib.get_close_matches(name, known, 1)
    hint = f"did you mean {close[0]}? " if close else ""
    raise ConfigError(name, None, "", f"unknown variable; {hint}known here: {', '.join(known)}, {_SENDER}…")


def _put(data: dict[str, Any], place: Place, value: str) -> None:
    *section, key = (str(step) for step in place)
    if not section:
        data[key] = value
        return
    values = data.get(section[0], {})
    if not isinstance(values, dict):
        return  # The file's own fault here is told when its shape is checked.
    # Whoever gives a password in the environment does not mean the file's `password_file`, and the other way round.
    twin = key.removesuffix("_file") if key.endswith("_file") else f"{key}_file"
    data[section[0]] = {name: old for name, old in values.items() if name != twin} | {key: value}
