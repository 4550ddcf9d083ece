"""What the readers' pages need from the rest of the program."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from digest.keys import Keys
from digest.types import Brand, Clock, Topic

Transaction = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True, slots=True)
class SignUpWords:
    """What the sign-up page says: a heading, the line below it, what to expect, and what she agrees to."""

    heading: str
    lead: str
    text: str
    wording: str
    """Stands beside the button and is kept with her consent."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A newsletter as its readers see it: its name, the topics to choose from, how one signs up."""

    name: str
    topics: tuple[Topic, ...]
    sign_up: SignUpWords


@dataclass(frozen=True, slots=True)
class Door:
    """All that the pages work with. `read` and `write` open a transaction each; `newsletters` is by key."""

    read: Transaction
    write: Transaction
    keys: Keys
    brand: Brand
    newsletters: Mapping[str, Offer]
    clock: Clock
    web_url: str
    """Where the pages lie for readers; a path in it is kept by the proxy in front and begins every route."""
    domain: str
    """The sender's own: the right side of identifiers that must be unique in the world."""
    forget: Callable[[int, str, datetime], object]
    """Erases a subscriber for good; takes her id, where she asked for it, and when."""
    held_of: Callable[[Session, int], Mapping[str, Any]]
    """All that is held of a subscriber."""
    languages: tuple[tuple[str, str], ...]
    """Those that letters come in: the code and the name, each in the language itself."""
    trusted_proxies: tuple[str, ...]
    """Addresses or networks whose X-Forwarded-For is believed."""
    templates: Mapping[str, str]
    """The texts of `web/*.html` and `web/style.css`, by these names."""

    @property
    def path(self) -> str:
        """The path of `web_url` without a slash at the end; empty at the root."""
        return urlsplit(self.web_url).path.rstrip("/")

    def newsletter_name(self, newsletter: str) -> str:
        """What readers know a newsletter by, also one that is no longer set up: its links must still work."""
        offer = self.newsletters.get(newsletter)
        return offer.name if offer else self.brand.name
