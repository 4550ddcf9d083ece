"""The same piece at two places, and what a correction leaves behind."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from digest.database import Database
from digest.models import ArticleRow, SightingRow
from digest.record.findings import Stored, store
from digest.types import Found, FoundArticle, Visit

NOW = datetime(2026, 1, 7, 14, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
OURS = FoundArticle(
    key="post 1",
    title="Bridging the divide",
    url="https://www.example.org/bridging",
    published_at=NOW,
    outlet="Lowy Institute",
    outlet_url="https://lowy.example/interpreter/bridging?utm_source=x",
    categories=("Asia",),
    tags=("op-ed",),
    language="en",
)
THEIRS = FoundArticle(key="urn:9", title="Bridging", url="http://lowy.example/interpreter/bridging/", published_at=NOW)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.write() as session:
        yield session


def visit(article: FoundArticle, source: str) -> Visit:
    return Visit(source, Found((article,)))


def only_row(session: Session) -> ArticleRow:
    session.flush()
    session.expire_all()
    return session.scalars(select(ArticleRow)).one()


def places(session: Session) -> set[tuple[str, str]]:
    return {(row.source, row.url) for row in session.scalars(select(SightingRow))}


@pytest.mark.parametrize("first", [OURS, THEIRS])
def test_a_piece_and_the_entry_that_leads_to_it_are_one_article(session: Session, first: FoundArticle) -> None:
    sources = {OURS: "site", THEIRS: "lowy"}
    second = THEIRS if first is OURS else OURS
    store(session, visit(first, sources[first]), NOW)
    assert store(session, visit(second, sources[second]), LATER).new == 0
    row = only_row(session)
    assert (row.title, row.url, row.categories, row.tags) == (OURS.title, OURS.url, ["Asia"], ["op-ed"])
    assert row.first_seen_at == NOW
    assert places(session) == {("site", OURS.url), ("lowy", THEIRS.url)}
    # From then on it is the site's, whoever was first.
    for article, source in ((THEIRS, "lowy"), (OURS, "site")):
        assert store(session, visit(article, source), LATER) == Stored(unchanged=1)
    assert store(session, visit(replace(OURS, title="New"), "site"), LATER) == Stored(changed=1)
    assert only_row(session).title == "New"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # Two of our people in the same piece.
        (OURS, replace(OURS, key="post 2", url="https://www.example.org/other")),
        # A link that only leads to the outlet.
        (replace(OURS, outlet_url="https://lowy.example/"), replace(THEIRS, url="https://lowy.example/")),
    ],
)
def test_other_pieces_stay_apart(session: Session, one: FoundArticle, other: FoundArticle) -> None:
    store(session, visit(one, "site"), NOW)
    assert store(session, visit(other, "other"), LATER) == Stored(new=1)


def test_what_a_reader_would_see_changed_is_a_correction(session: Session) -> None:
    store(session, visit(OURS, "site"), NOW)
    store(session, visit(replace(OURS, categories=("Asia", "NATO")), "site"), LATER)
    assert (only_row(session).updated_at, only_row(session).corrected_at) == (LATER, None)
    store(session, visit(replace(OURS, excerpt="Corrected."), "site"), LATER)
    assert only_row(session).corrected_at == LATER
