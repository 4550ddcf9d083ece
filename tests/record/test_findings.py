"""What is found becomes rows: each article one, whatever it is called and wherever it is seen."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, event, func, select
from sqlalchemy.orm import Session

from digest.database import Database
from digest.models import ArticleRow, EventRow, SightingRow
from digest.record.findings import Stored, store
from digest.types import Found, FoundArticle, FoundEvent, Kind, Person, Visit

NOW = datetime(2026, 1, 7, 14, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
ARTICLE = FoundArticle(
    key="n-1",
    title="One",
    url="https://e.org/one",
    published_at=datetime(2026, 1, 6, 15, 0, tzinfo=UTC),
    kind=Kind.OP_ED,
    people=(Person("Ann Lee"),),
    categories=("Asia",),
)
TALK = FoundEvent("t-1", "Talk", "https://e.org/talk", datetime(2026, 2, 1, tzinfo=UTC), mode="virtual")


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.write() as session:
        yield session


def visit(*articles: FoundArticle, source: str = "site") -> Visit:
    return Visit(source, Found(articles))


def only_row(session: Session) -> ArticleRow:
    session.flush()
    session.expire_all()
    return session.scalars(select(ArticleRow)).one()


def test_new_article(session: Session) -> None:
    assert store(session, visit(ARTICLE), NOW) == Stored(new=1)
    row = only_row(session)
    assert (row.title, row.kind, row.people) == ("One", "op-ed", [{"name": "Ann Lee", "role": "by"}])
    assert (row.published_at, row.first_seen_at, row.updated_at) == (ARTICLE.published_at, NOW, NOW)


def test_same_article_again_changes_nothing(session: Session) -> None:
    store(session, visit(ARTICLE), NOW)
    assert store(session, visit(ARTICLE), LATER) == Stored(unchanged=1)
    assert only_row(session).updated_at == NOW


def test_changed_article_is_updated_and_keeps_its_first_sight(session: Session) -> None:
    store(session, visit(ARTICLE), NOW)
    assert store(session, visit(replace(ARTICLE, title="Two")), LATER) == Stored(changed=1)
    row = only_row(session)
    assert (row.title, row.first_seen_at, row.updated_at) == ("Two", NOW, LATER)


def test_article_that_moved_is_known_by_its_key(session: Session) -> None:
    store(session, visit(ARTICLE), NOW)
    assert store(session, visit(replace(ARTICLE, url="https://e.org/moved")), LATER) == Stored(changed=1)
    assert only_row(session).link == "https://e.org/moved"


def test_article_with_a_new_key_is_known_by_its_link_and_still_updated(session: Session) -> None:
    store(session, visit(ARTICLE), NOW)
    assert store(session, visit(replace(ARTICLE, key="n-2", title="Two")), LATER) == Stored(changed=1)
    assert store(session, visit(replace(ARTICLE, key="n-2", title="Three")), LATER) == Stored(changed=1)
    assert only_row(session).title == "Three"


def test_same_link_twice_in_one_visit_is_one_row_and_stays_as_it_is(session: Session) -> None:
    twice = visit(ARTICLE, replace(ARTICLE, key="n-2", title="Two", url="http://e.org/one/?utm_source=x"))
    assert store(session, twice, NOW) == Stored(new=1)
    assert store(session, twice, LATER) == Stored(unchanged=1)
    assert only_row(session).title == "One"


@pytest.mark.parametrize("second_at", [NOW, LATER])
def test_two_sources_share_a_row_that_belongs_to_the_first(session: Session, second_at: datetime) -> None:
    feed = visit(replace(ARTICLE, key="other", title="Other words"), source="feed")
    store(session, visit(ARTICLE), NOW)
    assert store(session, feed, second_at) == Stored(unchanged=1)
    assert store(session, feed, LATER) == Stored(unchanged=1)
    assert only_row(session).title == "One"
    assert store(session, visit(replace(ARTICLE, title="Two")), LATER) == Stored(changed=1)
    assert session.scalar(select(func.count()).select_from(SightingRow)) == 2


def test_links_handed_on_from_one_article_to_the_next(session: Session) -> None:
    other = replace(ARTICLE, key="n-2", url="https://e.org/two")
    store(session, visit(ARTICLE, other), NOW)
    store(session, visit(replace(ARTICLE, url=other.url), replace(other, url="https://e.org/three")), LATER)
    links = set(session.scalars(select(ArticleRow.link)))
    assert {"https://e.org/two", "https://e.org/three"} <= links


def test_missing_date_is_now_and_stays(session: Session) -> None:
    undated = replace(ARTICLE, published_at=None)
    store(session, visit(undated), NOW)
    assert store(session, visit(undated), LATER) == Stored(unchanged=1)
    assert only_row(session).published_at == NOW


def test_events_are_kept_beside_articles(session: Session) -> None:
    both = Visit("site", Found((ARTICLE,), (TALK,)))
    assert store(session, both, NOW) == Stored(new=2)
    moved = Visit("site", Found((ARTICLE,), (replace(TALK, starts_at=LATER),)))
    assert store(session, moved, LATER) == Stored(changed=1, unchanged=1)
    assert session.scalars(select(EventRow)).one().starts_at == LATER


def test_a_visit_takes_few_statements_however_much_it_brings(session: Session) -> None:
    many = [replace(ARTICLE, key=f"n-{n}", url=f"https://e.org/{n}") for n in range(2500)]
    statements: list[str] = []
    engine = session.get_bind()
    assert isinstance(engine, Engine)
    event.listen(engine, "before_cursor_execute", lambda _c, _k, statement, *_: statements.append(statement))
    assert store(session, visit(*many), NOW) == Stored(new=2500)
    assert store(session, visit(*(replace(one, title="Two") for one in many)), LATER) == Stored(changed=2500)
    assert len(statements) < 40


TWO = FoundArticle(key="n-2", title="Two", url="https://e.org/two", published_at=ARTICLE.published_at)


def withdrawn(session: Session) -> list[str]:
    session.flush()
    return list(session.scalars(select(ArticleRow.title).where(ArticleRow.withdrawn_at.is_not(None))))


def whole(*articles: FoundArticle, source: str = "site") -> Visit:
    return Visit(source, Found(articles, present=frozenset(article.key for article in articles)))


def test_what_a_whole_source_no_longer_has_is_withdrawn_until_it_is_there_again(session: Session) -> None:
    store(session, whole(ARTICLE, TWO), NOW)
    store(session, whole(TWO), LATER)
    assert withdrawn(session) == ["One"]
    store(session, whole(TWO, replace(ARTICLE, key="another")), LATER)
    assert withdrawn(session) == []


@pytest.mark.parametrize(
    "second",
    [
        visit(TWO),  # a feed: older articles leave it by themselves
        whole(),  # all at once: it is broken
        whole(replace(ARTICLE, url="https://e.org/moved"), TWO),
        Visit("site", Found(unchanged=True)),
        Visit("site", None, "no answer"),
    ],
)
def test_nothing_is_withdrawn_for_less(session: Session, second: Visit) -> None:
    store(session, whole(ARTICLE, TWO), NOW)
    store(session, second, LATER)
    assert withdrawn(session) == []


def test_what_another_source_has_too_is_not_withdrawn(session: Session) -> None:
    store(session, whole(ARTICLE, TWO), NOW)
    store(session, visit(ARTICLE, source="other"), NOW)
    store(session, whole(TWO), LATER)
    assert withdrawn(session) == []


def test_what_is_too_old_for_any_letter_is_left_as_it_is(session: Session) -> None:
    old = replace(ARTICLE, published_at=NOW - timedelta(days=93))
    store(session, whole(old, TWO), NOW)
    store(session, whole(TWO), LATER)
    assert withdrawn(session) == []
