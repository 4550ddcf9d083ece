"""INSERT … ON CONFLICT for both databases: SQLAlchemy spells it once per dialect."""

from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session


def insert_missing(session: Session, model: type[DeclarativeBase]) -> Any:
    """An INSERT that passes over rows which exist already; give it the rows when it is executed."""
    return dialect_insert(session, model).on_conflict_do_nothing()


def dialect_insert(session: Session, model: type[DeclarativeBase]) -> Any:
    """The INSERT of this session's database, which knows ON CONFLICT."""
    table = model.__table__
    assert isinstance(table, Table)
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    return insert(table)
