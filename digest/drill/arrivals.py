"""A letter as the sink wrote it down: one line of text each."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Arrival:
    """A letter that was taken. `at` is the machine's monotonic clock in seconds, the same in every process."""

    connection: int
    message_id: str
    recipient: str
    at: float
    whole: bool = True

    def line(self) -> bytes:
        """The line that stands for it."""
        fields = (self.connection, self.message_id, self.recipient, self.at, int(self.whole))
        return "\t".join(map(str, fields)).encode() + b"\n"


def read_arrivals(log: Path) -> Iterator[Arrival]:
    """Every letter in a sink's log, in the order they came."""
    with log.open(encoding="utf-8") as lines:
        for line in lines:
            connection, message_id, recipient, at, whole = line.rstrip("\n").split("\t")
            yield Arrival(int(connection), message_id, recipient, float(at), whole == "1")
