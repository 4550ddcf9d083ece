"""What the readers' pages need from the rest of the program."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from digest.keys import Keys
from digest.types import Brand, Clock, Topic

Transaction = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True, slots=True)
class Offer:
    """A newsletter as its readers see it: its name, and the topics to choose from."""

    name: str
    topics: tuple[Topic, ...]


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
