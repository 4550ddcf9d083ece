"""A letter in the browser."""

from collections.abc import Iterator
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import select

from digest.models import DeliveryRow, DigestRow
from digest.web import create_app
from subscribers.base import Base
from tests.web.conftest import make_door

World = Any  # tests/conftest.py


@pytest.fixture
def client(world: World) -> Iterator[TestClient[Litestar]]:
    with TestClient(create_app(make_door(world.database))) as client:
        yield client


@pytest.fixture
def view(world: World) -> str:
    """The page of a digest that ann has got."""
    world.subscribe("ann", "asia")
    world.publish("Calm <script>alert(1)</script> seas", "Asia", name="calm")
    world.edition()
    world.send()
    with world.database.read() as session:
        name: str = session.scalars(select(DigestRow.view)).one()
    return name


def test_it_shows_what_was_sent_and_nothing_of_whom_to(world: World, client: TestClient[Litestar], view: str) -> None:
    (sent,) = world.letters().values()
    assert f"/letters/{view}" in world.text_of(sent)
    page = client.get(f"/letters/{view}")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "Calm" in page.text
    assert "<script" not in page.text
    with world.database.read() as session:
        slots = session.scalars(select(DeliveryRow.slots)).one()
    assert slots
    assert {name: value for name, value in {**slots, "to": "ann@example.com"}.items() if value in page.text} == {}


def test_it_may_run_nothing_and_load_pictures_only(client: TestClient[Litestar], view: str) -> None:
    page = client.get(f"/letters/{view}")
    policy = {each.split()[0]: each.split()[1:] for each in page.headers["content-security-policy"].split("; ")}
    assert policy == {
        "default-src": ["'none'"],
        "img-src": ["https:", "data:"],
        "style-src": ["'unsafe-inline'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
    }
    assert (page.headers["referrer-policy"], page.headers["x-robots-tag"]) == ("no-referrer", "noindex")


@pytest.mark.parametrize("name", ["nothing", "%20", "a" * 24, "%00"])
@pytest.mark.usefixtures("view")
def test_another_name_finds_nothing(client: TestClient[Litestar], name: str) -> None:
    answer = client.get(f"/letters/{name}")
    assert (answer.status_code, "This letter is not here" in answer.text) == (404, True)


def test_looking_changes_no_row(world: World, client: TestClient[Litestar], view: str) -> None:
    def rows() -> list[object]:
        with world.database.read() as session:
            tables = Base.metadata.sorted_tables
            return [tuple(row) for table in tables for row in session.execute(select(table))]

    before = rows()
    client.get(f"/letters/{view}")
    client.head(f"/letters/{view}")
    assert rows() == before
