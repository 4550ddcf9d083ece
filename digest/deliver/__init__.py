"""Deliver: blueprints and recipients become outcomes. The record is only a `Ledger` here, the servers a `Sender`."""

from digest.deliver.engine import Policy, deliver

__all__ = ["Policy", "deliver"]
