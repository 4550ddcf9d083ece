"""The readers' pages over a database with one reader of the sample newsletter."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import text

from digest import files
from digest.database import Database
from digest.keys import Keys
from digest.tokens import Link, sign_link
from digest.types import Brand, Topic
from digest.web import Door, Offer, create_app
from digest.web.server import bind, server
from subscribers import Standing, list_subscribers, parse_address, subscribe

NOW = datetime(2026, 1, 7, 14, tzinfo=UTC)
KEYS = Keys(address=b"a" * 32, web=("web secret",), mail=b"m" * 32)
TOPICS = (
    Topic("china", "China", "Policy topics"),
    Topic("nato", "NATO", "Policy topics"),
    Topic("asia", "Asia", "Programs"),
    Topic("syria", "Syria", "Policy topics"),
)


@dataclass(frozen=True)
class House:
    """A database with Jane, the door before it, and her tokens."""

    database: Database
    door: Door
    jane: int

    def token(self, purpose: str, newsletter: str = "weekly", subscriber_id: int | None = None) -> str:
        return sign_link(KEYS, purpose, Link(subscriber_id or self.jane, newsletter))

    def standing(self) -> Standing:
        with self.database.read() as session:
            return next(list_subscribers(session, "weekly"))

    def rows(self) -> list[object]:
        """Every row that a page could change."""
        with self.database.read() as session:
            tables = ("subscribers", "subscriptions", "consents", "suppressions", "events")
            return [tuple(row) for table in tables for row in session.execute(text(f"SELECT * FROM {table}"))]


@pytest.fixture
def house(database: Database) -> House:
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
    return House(database, make_door(database), jane)


def make_door(database: Database, web_url: str = "https://letters.example.org") -> Door:
    return Door(
        read=database.read,
        write=database.write,
        keys=KEYS,
        brand=Brand("Example <Priorities>", "The hub of examples", "https://www.example.org", "1 Example Avenue"),
        newsletters={"weekly": Offer("Expert analysis", TOPICS)},
        clock=lambda: NOW,
        web_url=web_url,
        domain="example.org",
        templates=files.read_templates(None, "web"),
    )


@pytest.fixture
def client(house: House) -> Iterator[TestClient[Litestar]]:
    with TestClient(create_app(house.door)) as client:
        yield client


@pytest.fixture
def url(house: House) -> Iterator[str]:
    """Where the pages are served. Connections wait in the listening socket until the server is up."""
    with bind("127.0.0.1:0") as listening:
        running = server(create_app(house.door))
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        running.should_exit = True
        thread.join()
