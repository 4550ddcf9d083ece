"""Migrations lead to exactly the tables that the program works with."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from digest import migrations
from digest.database import SCHEMA, Database, open_database, require_keys, require_schema
from digest.errors import DatabaseError, SecretsError
from subscribers.base import Base


@pytest.fixture
def empty(database: Database) -> Database:
    """The database without a table."""
    Base.metadata.drop_all(database.engine)
    with database.write() as session:
        session.execute(text("DROP TABLE alembic_version"))
    return database


def test_upgrading_an_empty_database_gives_our_tables_and_may_be_repeated(empty: Database) -> None:
    migrations.upgrade(empty)
    migrations.upgrade(empty)
    with empty.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    require_schema(empty)


def test_migrations_lead_to_the_indexes_of_the_tables_as_they_are(database: Database) -> None:
    made = indexes(database)
    Base.metadata.drop_all(database.engine)
    with database.write() as session:
        session.execute(text("DROP TABLE alembic_version"))
    migrations.upgrade(database)
    assert indexes(database) == made


def indexes(database: Database) -> dict[str, str]:
    """Each index of deliveries as the database spells it, conditions included, which Alembic does not compare."""
    listed = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'deliveries' AND sql NOT NULL"
    if database.engine.dialect.name == "postgresql":
        listed = "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'deliveries'"
    with database.read() as session:
        return {name: " ".join(sql.split()) for name, sql in session.execute(text(listed))}


def test_the_program_knows_its_newest_schema(database: Database) -> None:
    assert ScriptDirectory.from_config(migrations.alembic_config(database)).get_current_head() == SCHEMA


@pytest.mark.parametrize(
    ("version", "words"), [("0000", "run `digest database upgrade`"), ("9999", "upgrade this program")]
)
def test_another_schema_is_refused_with_the_remedy(database: Database, version: str, words: str) -> None:
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version})
    with pytest.raises(DatabaseError, match=words):
        require_schema(database)


def test_an_empty_database_is_refused_with_the_remedy(empty: Database) -> None:
    with pytest.raises(DatabaseError, match="digest init"):
        require_schema(empty)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"not a database, but long enough to be looked at " * 100)
    with pytest.raises(DatabaseError):
        require_schema(open_database(f"sqlite:///{tmp_path / 'x.db'}"))


def test_foreign_secrets_are_refused(database: Database) -> None:
    require_keys(database, "ours")
    require_keys(database, "ours")
    with pytest.raises(SecretsError, match="does not belong to this database"):
        require_keys(database, "theirs")
