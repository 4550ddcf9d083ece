"""Reading bounces: ours and flufl.bounce on the same real messages, and how long a message takes.

`python -m bench.feedback` prints the table of docs/feedback.md and names what was missed.
"""

import json
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from typing import Any

from bench.figure import Figure
from digest.feedback import Verdict, classify

CORPUS = Path(os.environ.get("DIGEST_CORPORA", Path(__file__).parents[2] / "shared" / "corpora")) / "bounces"
_NO_BOUNCES = frozenset({"vacation", "delivered"})


@dataclass(frozen=True, slots=True)
class Read:
    """What a reader made of a message: `hard`, `soft`, another verdict, or empty where it raised."""

    verdict: str
    addresses: frozenset[str]


Reader = Callable[[bytes], Read]


@dataclass(slots=True)
class Score:
    """How a reader did. Rates are of bounces; those of verdicts of bounces with one recipient."""

    bounces: int = 0
    found: int = 0
    exact: int = 0
    judged: int = 0
    right: int = 0
    not_hard: int = 0
    not_hard_called_hard: int = 0
    complaints_sent: int = 0
    complaints_found: int = 0
    counted_though_no_bounce: int = 0
    raised: int = 0
    misses: list[str] = field(default_factory=list)

    @property
    def recognised(self) -> float:
        return self.found / self.bounces

    @property
    def exact_addresses(self) -> float:
        return self.exact / self.bounces

    @property
    def right_verdicts(self) -> float:
        return self.right / self.judged

    @property
    def called_hard_though_not(self) -> float:
        return self.not_hard_called_hard / self.not_hard

    @property
    def complaints(self) -> float:
        return self.complaints_found / self.complaints_sent


def read_with_ours(raw: bytes) -> Read:
    report = classify(raw)
    return Read(report.verdict, frozenset(one.address.lower() for one in report.recipients))


def read_with_flufl(raw: bytes) -> Read:
    from flufl.bounce import all_failures

    try:
        temporary, permanent = all_failures(message_from_bytes(raw))
    except Exception:  # it raises IndexError and others on ordinary mail: that is one of the figures
        return Read("", frozenset())
    addresses = frozenset(address.decode("utf-8", "replace").lower() for address in {*temporary, *permanent})
    return Read(Verdict.HARD if permanent else Verdict.SOFT if addresses else Verdict.NONE, addresses)


def measure_ours(half: int | None = None) -> Score:
    """Our score on every second message from `half` on, or on all."""
    return score(read_with_ours, half)


def score(reader: Reader, half: int | None = None) -> Score:
    """Hold a reader against what the corpus expects."""
    total = Score()
    for name, expected, raw in _messages(half):
        _count(total, name, expected, reader(raw))
    return total


def _messages(half: int | None) -> Iterator[tuple[str, Any, bytes]]:
    expected = json.loads((CORPUS / "expected.json").read_text())
    for name in sorted(expected)[half::2] if half is not None else sorted(expected):
        yield name, expected[name], (CORPUS / "messages" / name).read_bytes()


def _count(total: Score, name: str, expected: Any, read: Read) -> None:
    verdicts = expected["verdicts"]
    reason = verdicts[0]["reason"] if verdicts else ""
    is_bounce = read.verdict in (Verdict.HARD, Verdict.SOFT)
    total.raised += read.verdict == ""
    if reason == "feedback":
        # A report on failed authentication is no complaint (RFC 5965, section 7.3).
        if verdicts[0]["feedback_type"] == "abuse":
            total.complaints_sent += 1
            total.complaints_found += read.verdict == Verdict.COMPLAINT
        return
    if reason in _NO_BOUNCES:
        total.counted_though_no_bounce += is_bounce
        return
    total.bounces += 1
    total.found += is_bounce
    exact = _is_exact(expected["recipients"], read.addresses)
    total.exact += exact
    if not exact:
        total.misses.append(f"{name}: address {', '.join(sorted(read.addresses)) or 'none'}")
    if is_bounce and len(expected["recipients"]) == 1 and verdicts:
        _count_verdict(total, name, verdicts[0]["hard"], read.verdict == Verdict.HARD)


def _count_verdict(total: Score, name: str, expected: bool, read: bool) -> None:
    total.judged += 1
    total.right += expected == read
    total.not_hard += not expected
    total.not_hard_called_hard += read and not expected
    if expected != read:
        total.misses.append(f"{name}: called {'hard' if read else 'not hard'}")


def _is_exact(expected: Sequence[Sequence[str]], found: frozenset[str]) -> bool:
    """Whether every expected recipient, under any of her addresses, was found, and nobody else."""
    wanted = {frozenset(address.lower() for address in one) for one in expected}
    return len(found) == len(wanted) and all(one & found for one in wanted)


def measure() -> list[Figure]:
    """The goals, ours beside flufl.bounce; nothing where the corpus is not there."""
    if not CORPUS.exists():
        return []
    ours, flufl = score(read_with_ours), score(read_with_flufl)
    times = [seconds for _, _, raw in _messages(None) if (seconds := _seconds(raw))]
    percent = 100
    return [
        Figure("bounces recognised", ours.recognised * percent, "%", at_least=96),
        Figure("bounces recognised: flufl.bounce", flufl.recognised * percent, "%"),
        Figure("bounces with the exact address", ours.exact_addresses * percent, "%", at_least=92),
        Figure("bounces with the exact address: flufl.bounce", flufl.exact_addresses * percent, "%"),
        Figure("bounces rightly called hard or not", ours.right_verdicts * percent, "%", at_least=90),
        Figure("bounces rightly called hard or not: flufl.bounce", flufl.right_verdicts * percent, "%"),
        Figure("passing troubles called hard", ours.called_hard_though_not * percent, "%", at_most=5),
        Figure("passing troubles called hard: flufl.bounce", flufl.called_hard_though_not * percent, "%"),
        Figure("complaints read as complaints", ours.complaints * percent, "%", at_least=100),
        Figure("vacation replies and receipts counted as bounces", ours.counted_though_no_bounce, "", at_most=0),
        Figure("reading one message", statistics.median(times) * 1e3, "ms", at_most=5),
    ]


def _seconds(raw: bytes) -> float:
    started = time.perf_counter()
    classify(raw)
    return time.perf_counter() - started


def main() -> None:
    for figure in measure():
        print(f"| {figure.what} | {figure.value:.1f} {figure.unit} | {figure.goal} |")
    flufl = score(read_with_flufl)
    print(f"\nflufl.bounce: {flufl.raised} raised, {flufl.counted_though_no_bounce} no bounces counted\n")
    print(*score(read_with_ours).misses, sep="\n")


if __name__ == "__main__":
    main()
