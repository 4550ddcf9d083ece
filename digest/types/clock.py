"""The present moment, as everything asks for it."""

from collections.abc import Callable
from datetime import datetime

Clock = Callable[[], datetime]
"""Gives the present moment as an aware UTC datetime; tests and the demo set it."""
