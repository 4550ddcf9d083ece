"""What a verb wants mailed: a value, which its caller hands to whoever delivers, in the same transaction."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mail:
    """One letter to one person: `confirm`, `welcome`, `preferences-link`, `new-address` or `goodbye`."""

    letter: str
    subscriber_id: int
    newsletter: str
    address: str = ""
    """Where it goes if not to the address she has: a new one that she is to confirm."""
