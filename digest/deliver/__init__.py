"""Deliver: blueprints and recipients become outcomes. The record is only a `Ledger` here, the servers a `Sender`."""

from digest.deliver.engine import deliver
from digest.deliver.loop import run
from digest.deliver.outcomes import Policy

__all__ = ["Policy", "deliver", "run"]
