"""Rates of lanes; indexes of deliveries that hold only the states somebody looks for."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "paces",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("next_at", sa.Double(), nullable=False),
        sa.Column("later_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_paces")),
    )
    for name in ("ix_deliveries_again", "ix_deliveries_due", "ix_deliveries_sender_id", "ix_deliveries_subscriber"):
        op.drop_index(name, "deliveries")
    _index("ix_deliveries_again", ["edition_id", "state", "next_try_at"], "state = 'deferred' OR state = 'uncertain'")
    _index("ix_deliveries_due", ["edition_id", "blueprint_id", "id", "state"], "state = 'queued'")
    _index("ix_deliveries_sender_id", ["sender_id"], "sender_id IS NOT NULL")
    op.create_index("ix_deliveries_subscriber", "deliveries", ["subscriber_id", "edition_id"])


def _index(name: str, columns: list[str], where: str) -> None:
    op.create_index(name, "deliveries", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
