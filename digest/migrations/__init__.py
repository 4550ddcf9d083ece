"""Brings a database to the newest schema, with Alembic. Every step is safe to repeat."""

from alembic import command
from alembic.config import Config

from digest.database import Database


def upgrade(database: Database) -> None:
    """Run every migration that the database has not seen."""
    command.upgrade(alembic_config(database), "head")


def alembic_config(database: Database) -> Config:
    """Alembic's own configuration, without a file."""
    config = Config()
    config.set_main_option("script_location", "digest:migrations")
    config.attributes["engine"] = database.engine
    return config
