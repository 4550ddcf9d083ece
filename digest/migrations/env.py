"""Alembic's entry: run in one transaction on the engine that digest/migrations/__init__.py hands over."""

from typing import Any, Literal

from alembic import context

import digest.models
import subscribers.models  # noqa: F401  both packages' tables hang on one metadata
from subscribers.base import Base, UTCDateTime

assert digest.models


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Migrations name no type of ours: the class may change, the column of an old migration does not."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UTCDateTime) else False


with context.config.attributes["engine"].begin() as connection:
    context.configure(
        connection=connection, target_metadata=Base.metadata, render_as_batch=True, render_item=render_item
    )
    with context.begin_transaction():
        context.run_migrations()
