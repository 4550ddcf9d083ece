"""Tags, language and last correction of an article, its outlet's link to compare with, and where each source has it."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    with op.batch_alter_table("articles") as table:
        table.add_column(sa.Column("tags", sa.JSON(), nullable=False, server_default="[]"))
        table.add_column(sa.Column("language", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("outlet_link", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_articles_outlet_link"), "articles", ["outlet_link"])
    with op.batch_alter_table("sightings") as table:
        table.add_column(sa.Column("url", sa.String(), nullable=False, server_default=""))
