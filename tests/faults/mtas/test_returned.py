"""What real mail servers report comes back to the return path and moves the right reader, and no other."""

import os
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from digest import wiring
from digest.config import load
from digest.feedback.channels.maildir import MaildirChannel, MaildirSettings
from digest.models import DeliveryRow, FeedbackRow
from subscribers.models import Subscriber, Suppression
from tests.faults.mtas.conftest import Mta, RunServer, exim, postfix

Newsroom = Any  # the conftests

LATE = "late@example.com"
READER = "reader0@example.com"


@pytest.fixture(scope="module", params=[postfix, exim])
def relay(request: pytest.FixtureRequest, new_folder: Callable[[], Path], run_server: RunServer) -> Iterator[Mta]:
    if os.geteuid() != 0:
        pytest.skip("mail servers want root, to become their own users")
    with request.param(new_folder(), run_server) as mta:
        yield mta


def report_on(newsroom: Newsroom, relay: Mta) -> Path:
    """Send to somebody who is found to be gone once her letter was taken; the report on it."""
    before = set(relay.returned.glob("new/*"))
    newsroom.aim(relay.port)
    newsroom.send()
    assert newsroom.states() == {LATE: "sent", READER: "sent"}
    while not (reports := set(relay.returned.glob("new/*")) - before):
        threading.Event().wait(0.01)
    (report,) = reports
    return report


def read(newsroom: Newsroom, maildir: Path) -> tuple[list[str], set[str], set[str]]:
    """Read what lies in the Maildir: what was done, who is suppressed, whose letter came back."""
    settings = load(newsroom.folder / "config.yaml")
    pipeline = wiring.open_pipeline(settings, wiring.system_clock)
    (maildir / "cur").mkdir(exist_ok=True)
    wiring.intake(pipeline).read([MaildirChannel(MaildirSettings(path=maildir), maildir)])
    with pipeline.database.read() as session:
        done = list(session.scalars(select(FeedbackRow.done)))
        hers = select(Subscriber.address)
        suppressed = set(session.scalars(hers.join(Suppression, Suppression.address_key == Subscriber.address_key)))
        bounced = set(session.scalars(hers.join(DeliveryRow).where(DeliveryRow.bounced_at.is_not(None))))
    pipeline.database.close()
    return done, suppressed, bounced


def test_a_real_report_moves_whom_its_token_names_and_a_forged_one_nobody(
    new_newsroom: Callable[..., Newsroom], relay: Mta
) -> None:
    newsroom = new_newsroom(readers=[LATE, READER])
    report = report_on(newsroom, relay)
    genuine = report.read_bytes()
    assert re.search(rb"bounces\+[a-z2-7]{29}@example\.org", genuine)
    report.unlink()
    for number, token in enumerate((b"", b"+", b"+" + b"a" * 29)):
        forged = re.sub(rb"\+?[a-z2-7]{29}(?=@example\.org)|(?<=[; ])[a-z2-7]{29}\b", token, genuine)
        assert not re.search(rb"\b(?!a{29})[a-z2-7]{29}\b", forged)
        report.with_name(f"forged{number}").write_bytes(forged)
    nothing = ["nothing: no valid token names a delivery"] * 3
    assert read(newsroom, relay.returned) == (nothing, set(), set())

    report.write_bytes(genuine)
    assert read(newsroom, relay.returned) == ([*nothing, "suppressed"], {LATE}, {LATE})
