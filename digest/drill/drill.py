"""Sends one edition through every stop of a plan, and adds up what came of it."""

import os
import signal
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from digest.database import Database
from digest.drill import tables
from digest.drill.arrivals import read_arrivals
from digest.drill.plan import How, Stop
from digest.drill.receiver import Receiver, receiver
from digest.drill.senders import DONE, TAKEN_OVER, WORK_REMAINS, Sending, ended, frozen, sending
from digest.drill.setting import CONNECTIONS, NOW, prepare
from digest.drill.sums import Ended, Sums, add_up
from digest.errors import DigestError

_DUE_AGAIN = timedelta(minutes=6)
"""Uncertain deliveries rest for five minutes of the program's clock."""
_ROUNDS = 5
_GLIMPSE_SECONDS = 0.005

Report = Callable[[str], None]


def run(folder: Path, database_url: str, recipients: int, stops: list[Stop], report: Report) -> Sums:
    """The whole drill in an empty folder. `report` hears a sentence about each stop.

    Raises DigestError where the senders end in a way that allows no sums.
    """
    with receiver(folder / "arrivals.log") as sink:
        pipeline = prepare(folder, database_url, sink.port, recipients)
        report(f"{recipients} recipients, one approved edition")
        began = time.monotonic()
        drill = Drill(folder, pipeline.database, sink, report)
        for stop in stops:
            drill.stop(stop)
        drill.finish()
        seconds = time.monotonic() - began
        arrivals = list(read_arrivals(sink.log))
        sums = add_up(tables.expected(pipeline.database), arrivals, drill.runs, seconds)
        pipeline.database.close()
    return sums


class Drill:
    """The stops, one after the other, and what each left in doubt."""

    def __init__(self, folder: Path, database: Database, sink: Receiver, report: Report) -> None:
        self.runs: list[Ended] = []
        self._folder = folder
        self._database = database
        self._sink = sink
        self._report = report
        self._known: frozenset[int] = frozenset()

    def stop(self, stop: Stop) -> None:
        """Send, and stop it as the plan says."""
        match stop.how:
            case How.KILL:
                self._stop_one(stop, signal.SIGKILL, -signal.SIGKILL)
            case How.TERM:
                self._stop_one(stop, signal.SIGTERM, WORK_REMAINS)
            case How.PAIR:
                self._stop_two(stop)
            case How.FREEZE:
                self._freeze(stop)

    def finish(self) -> None:
        """Send until nothing waits, moving the clock on to where the uncertain ones are due again."""
        for number in range(_ROUNDS):
            began = time.monotonic()
            with sending(self._folder, NOW + number * _DUE_AGAIN) as (sender,):
                code = ended(sender, DONE, WORK_REMAINS)
            self._note(How.END, began, 0)
            if code == DONE:
                break
        state = tables.edition_state(self._database)
        if state != "sent":
            raise DigestError(f"the edition is {state} and not sent after {_ROUNDS} rounds; see send.log")

    def _stop_one(self, stop: Stop, number: signal.Signals, code: int) -> None:
        began = time.monotonic()
        with sending(self._folder, NOW) as (sender,):
            self._sink.signal_at(stop.at, number, [sender.pid])
            ended(sender, code)
        self._note(stop.how, began, CONNECTIONS)

    def _stop_two(self, stop: Stop) -> None:
        began = time.monotonic()
        with sending(self._folder, NOW, count=2) as senders:
            with self._sink.held():
                self._await_both(senders)
                self._sink.signal_at(stop.at, signal.SIGTERM, [sender.pid for sender in senders])
            for sender in senders:
                # One that found nothing left may be past its handlers: then the signal ends it, with nothing in hand.
                ended(sender, WORK_REMAINS, -signal.SIGTERM)
        self._note(stop.how, began, 2 * CONNECTIONS)

    def _await_both(self, senders: list[Sending]) -> None:
        """Wait until both are at work: one that starts late would find nothing left, or not hear its signal yet."""
        while not tables.at_work(self._database, [sender.pid for sender in senders]):
            if any(sender.poll() is not None for sender in senders):
                return
            time.sleep(_GLIMPSE_SECONDS)

    def _freeze(self, stop: Stop) -> None:
        began = time.monotonic()
        with sending(self._folder, NOW) as (sender,):
            self._sink.signal_at(stop.at, signal.SIGSTOP, [sender.pid])
            self._freeze_outside_a_commit(sender)
            in_doubt = self._note(How.FREEZE, began, CONNECTIONS)
            self._stop_one(Stop(How.TERM, stop.then_at), signal.SIGTERM, WORK_REMAINS)
            woken = time.monotonic()
            sender.send_signal(signal.SIGCONT)
            ended(sender, TAKEN_OVER)
        self.runs.append(Ended(How.FREEZE, woken, in_doubt, CONNECTIONS, woken=True))

    def _freeze_outside_a_commit(self, sender: Sending) -> None:
        """Whoever is frozen in mid-commit keeps the lock and can be taken over by nobody: let it go on a little."""
        while True:
            if not frozen(sender):
                raise DigestError("a sender ended before it could be frozen; take more recipients")
            if tables.end_leases(self._database):
                return
            sender.send_signal(signal.SIGCONT)
            time.sleep(_GLIMPSE_SECONDS)
            os.kill(sender.pid, signal.SIGSTOP)

    def _note(self, how: How, began: float, connections: int) -> frozenset[int]:
        in_doubt = tables.in_doubt(self._database) - self._known
        self._known |= in_doubt
        self.runs.append(Ended(how, began, in_doubt, connections))
        arrived = sum(1 for _ in read_arrivals(self._sink.log))
        self._report(f"{how}: {arrived} letters have arrived, {len(in_doubt)} more are in doubt")
        return in_doubt
