"""When each source is asked again, how often it publishes, and what was old news at its first collection."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    with op.batch_alter_table("sources") as table:
        for name in ("failing_since", "paused_at", "next_at", "wait_until", "newest_at"):
            table.add_column(sa.Column(name, sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("address", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("moved_to", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("per_day", sa.Double(), nullable=True))
        table.add_column(sa.Column("days_apart", sa.Double(), nullable=True))
    with op.batch_alter_table("articles") as table:
        table.add_column(sa.Column("archived", sa.Boolean(), nullable=False, server_default=sa.text("false")))
