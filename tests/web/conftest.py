"""The readers' pages over a database with one reader of the sample newsletter."""

import re
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from digest import files, forgetting
from digest.database import Database
from digest.keys import Keys
from digest.models import DeliveryRow
from digest.record import dossier
from digest.tokens import Link, sign_link
from digest.types import Brand, Clock, Topic
from digest.web import Door, Offer, create_app
from digest.web.door import SignUpWords
from digest.web.fresh import Fresh, sign_fresh
from digest.web.server import bind, server
from subscribers import Standing, list_subscribers, parse_address, subscribe
from subscribers.base import Base
from subscribers.models import Subscriber
from tests.conftest import SetClock

# For what does not depend on the database: other tests of the same pages use both.
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
NOW = datetime(2026, 1, 7, 14, tzinfo=UTC)
KEYS = Keys(address=b"a" * 32, web=("web secret",), mail=b"m" * 32)
TOPICS = (
    Topic("china", "China", "Policy topics"),
    Topic("nato", "NATO", "Policy topics"),
    Topic("asia", "Asia", "Programs"),
    Topic("syria", "Syria", "Policy topics"),
)
WORDS = SignUpWords(
    heading="Receive expert analysis",
    lead="Join the hub of examples",
    text="Updates to enhance your understanding",
    wording="Yes, send me <Expert analysis>, on the topics I chose.",
)


@dataclass(frozen=True)
class House:
    """A database with Jane, the door before it, a clock that can be moved, and her tokens."""

    database: Database
    door: Door
    jane: int
    clock: SetClock

    def token(self, purpose: str, newsletter: str = "weekly", subscriber_id: int | None = None) -> str:
        """One that does not run out."""
        return sign_link(KEYS, purpose, Link(subscriber_id or self.jane, newsletter))

    def fresh(self, purpose: str, address: str = "") -> str:
        """One of Jane's that runs out."""
        return sign_fresh(self.door, purpose, Fresh(Link(self.jane, "weekly"), address))

    def standing(self, address: str = "jane@example.org") -> Standing:
        with self.database.read() as session:
            (hers,) = [each for each in list_subscribers(session, "weekly") if each.address == address]
        return hers

    def addresses(self) -> list[str]:
        with self.database.read() as session:
            return [each.address for each in list_subscribers(session)]

    def rows(self) -> list[object]:
        """Every row of every table."""
        with self.database.read() as session:
            return [
                (table.name, *row) for table in Base.metadata.sorted_tables for row in session.execute(select(table))
            ]

    def letters(self, kind: str = "") -> list[DeliveryRow]:
        """The letters that wait, of one kind or all."""
        with self.database.read() as session:
            rows = session.scalars(select(DeliveryRow).order_by(DeliveryRow.id)).all()
            session.expunge_all()
        return [row for row in rows if not kind or row.letter == kind]

    def link(self, kind: str) -> str:
        """The one link of the last letter of a kind, as a path."""
        slots = dict(self.letters(kind)[-1].slots or {})
        del slots["message_id"]
        ((page, token),) = slots.items()
        return f"/{page}/{token}"


@pytest.fixture
def house(database: Database) -> House:
    clock = SetClock(NOW)
    with database.write() as session:
        jane = subscribe(
            session,
            KEYS.address,
            address=parse_address("jane@example.org"),
            newsletter="weekly",
            topics=["asia", "nato"],
            via="test",
            confirmed=True,
            now=NOW,
        )
    return House(database, make_door(database, clock=clock), jane, clock)


def make_door(database: Database, web_url: str = "https://letters.example.org", clock: Clock = lambda: NOW) -> Door:
    return Door(
        read=database.read,
        write=database.write,
        keys=KEYS,
        brand=Brand("Example <Priorities>", "The hub of examples", "https://www.example.org", "1 Example Avenue"),
        newsletters={"weekly": Offer("Expert analysis", TOPICS, WORDS)},
        clock=clock,
        web_url=web_url,
        domain="example.org",
        forget=lambda subscriber_id, via, now: forgetting.forget(database, (), subscriber_id, via=via, now=now),
        held_of=_held_of,
        languages=(("de", "Deutsch"), ("en", "English")),
        trusted_proxies=("10.0.0.0/8",),
        templates=files.read_templates(None, "web"),
    )


def _held_of(session: Session, subscriber_id: int) -> Mapping[str, Any]:
    person = session.get(Subscriber, subscriber_id)
    return dossier.held_of(session, person.address_key if person else "")


@pytest.fixture
def client(house: House) -> Iterator[TestClient[Litestar]]:
    with TestClient(create_app(house.door)) as client:
        yield client


@pytest.fixture
def url(house: House) -> Iterator[str]:
    """Where the pages are served, over a real socket."""
    with served(create_app(house.door)) as address:
        yield address


@contextmanager
def served(app: Litestar) -> Iterator[str]:
    """Serve pages at an address of its own."""
    with bind("127.0.0.1:0") as listening, serving(listening, app):
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@contextmanager
def serving(listening: socket.socket, app: Litestar) -> Iterator[None]:
    """Serve pages on a socket. Connections wait in it until the server is up."""
    running = server(app)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
    thread.start()
    yield
    running.should_exit = True
    thread.join()


def hidden(html: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)">', html)
    assert found, f"no hidden field {name}"
    return found[1]
