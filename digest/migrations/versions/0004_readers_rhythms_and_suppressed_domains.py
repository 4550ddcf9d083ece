"""Readers' rhythms and languages, confirmations asked for, suppressed domains, counts of gone deliveries, the audit."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    with op.batch_alter_table("subscriptions") as table:
        table.add_column(sa.Column("rhythm", sa.String(), nullable=False, server_default="every"))
    # Nobody had chosen one yet: the column was always filled with `en`, and never read.
    op.execute("UPDATE subscribers SET language = '' WHERE language = 'en'")
    with op.batch_alter_table("consents") as table:
        table.add_column(sa.Column("network", sa.String(), nullable=False, server_default=""))
    op.create_table(
        "confirmations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address_key", sa.String(), nullable=False),
        sa.Column("newsletter", sa.String(), nullable=False),
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("network", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_confirmations")),
    )
    for column in ("address_key", "domain", "network", "at"):
        op.create_index(op.f(f"ix_confirmations_{column}"), "confirmations", [column])
    with op.batch_alter_table("deliveries") as table:
        table.add_column(sa.Column("newsletter", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("digests") as table:
        table.add_column(sa.Column("view", sa.String(), nullable=False, server_default=""))
    op.create_index(op.f("ix_digests_view"), "digests", ["view"])
    op.create_table(
        "suppressed_domains",
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_suppressed_domains")),
    )
    op.create_table(
        "delivery_counts",
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["editions.id"], name=op.f("fk_delivery_counts_edition_id_editions"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("edition_id", "state", "reason", name=op.f("pk_delivery_counts")),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_at"), "audit", ["at"])
