"""When bounces suppress an address. Apart from what reads them, whose phrases few commands need."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Rules:
    """When soft bounces suppress: at so many editions in a row within so long."""

    count: int = 3
    within: timedelta = timedelta(days=90)
    soft_only: bool = False
    """Whether hard ones count as soft too, for a careful beginning."""


USUAL = Rules()
