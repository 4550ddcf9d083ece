"""What came back moves the right reader, once, and nobody without a valid token."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

import subscribers as people
from digest import wiring
from digest.errors import ConfigError
from digest.forgetting import forget
from digest.intake import Intake
from digest.models import DeliveryRow, FeedbackRow
from digest.record import feedback
from digest.record.bounce_rules import Rules
from digest.record.dossier import held_of
from digest.record.retention import Periods, thin_out
from digest.tokens import sign_delivery
from digest.types import Outgoing, Reply
from subscribers.models import Consent, Subscription, Suppression
from tests.feedback.messages import block, complaint, dsn, plain
from tests.test_sending import Picky, send_by

World = Any  # tests/conftest.py
ANN = "ann@example.com"
GONE = "550 5.1.1 User unknown"
FULL = "552 5.2.2 Mailbox full"


class Desk:
    """Ann and Bea, what they were sent, and what of it comes back."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ann, self.bea = world.subscribe("ann"), world.subscribe("bea")
        self.intake: Intake = replace(wiring.intake(world.pipeline), rules=Rules())

    def send(self) -> str:
        """An edition to both; the return path of Ann's letter."""
        self.world.publish(f"Article {self.world.clock()}", "NATO", date=f"{self.world.clock():%Y-%m-%d}")
        self.world.edition()
        self.world.send()
        return self.return_path(self.delivery(self.ann))

    def delivery(self, reader: int) -> DeliveryRow:
        """Her newest delivery."""
        with self.world.database.read() as session:
            hers = select(DeliveryRow).where(DeliveryRow.subscriber_id == reader).order_by(DeliveryRow.id.desc())
            found: DeliveryRow = session.scalars(hers).all()[0]
            return found

    def return_path(self, delivery: DeliveryRow) -> str:
        return f"bounces+{sign_delivery(self.world.pipeline.keys, delivery.id)}@example.org"

    def rows(self) -> list[FeedbackRow]:
        with self.world.database.read() as session:
            return list(session.scalars(select(FeedbackRow).order_by(FeedbackRow.id)))

    def done(self) -> list[str]:
        return [row.done for row in self.rows()]

    def suppressions(self) -> dict[str, str]:
        """Who is suppressed, and why."""
        keys = {self.key(name): name for name in ("ann", "bea")}
        with self.world.database.read() as session:
            return {keys[row.address_key]: row.reason for row in session.scalars(select(Suppression))}

    def key(self, name: str) -> str:
        secret: bytes = self.world.pipeline.keys.address
        return people.address_key(people.parse_address(f"{name}@example.com"), secret)

    def state(self, reader: int) -> str:
        with self.world.database.read() as session:
            state: str = session.scalars(select(Subscription.state).where(Subscription.subscriber_id == reader)).one()
            return state

    def undo(self, number: int) -> str | None:
        with self.world.database.write() as session:
            return feedback.undo(session, number, self.world.clock())


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def test_a_hard_bounce_suppresses_whom_the_token_names_once(desk: Desk) -> None:
    raw = dsn(block(said=GONE), to=desk.send())
    assert desk.intake.take(raw, "maildir").verdict == "hard"
    desk.intake.take(raw.replace(b"\n", b"\r\n"), "imap")
    assert desk.suppressions() == {"ann": "hard"}
    assert desk.done() == ["suppressed"]
    delivery = desk.delivery(desk.ann)
    assert (delivery.state, delivery.bounced_at) == ("sent", desk.world.clock())
    with desk.world.database.read() as session:
        assert "suppressed" in session.scalars(select(Consent.act)).all()


def test_envid_names_her_too(desk: Desk) -> None:
    token = desk.send().partition("+")[2].partition("@")[0]
    desk.intake.take(dsn(f"Original-Envelope-Id: {token.upper()}", block(said=GONE)), "maildir")
    assert desk.suppressions() == {"ann": "hard"}


@pytest.mark.parametrize(
    ("answer", "suppressed", "done"),
    [
        ((550, "5.1.1"), {"ann": "hard", "bea": "hard"}, "suppressed"),
        ((554, "5.2.2"), {}, "counted: 1 of 3"),
        ((550, "5.7.1"), {}, "nothing: policy says nothing against the address"),
    ],
)
def test_what_a_server_says_at_once_counts_as_what_comes_back(
    desk: Desk, answer: tuple[int, str], suppressed: dict[str, str], done: str
) -> None:
    desk.world.publish("One", "NATO")
    desk.world.edition()
    assert send_by(desk.world, Picky({"example.com": answer})).outcomes == {"failed": 2}
    assert desk.suppressions() == suppressed
    assert desk.done() == [done, done]
    assert [row.channel for row in desk.rows()] == ["smtp", "smtp"]
    assert desk.delivery(desk.ann).bounced_at is None


class KilledError(BaseException):
    """Ends a send as a kill does: nobody writes anything down any more."""


class DyingServer(Picky):
    async def send(self, mail: Outgoing, following: Outgoing | None = None) -> Reply:
        if len(self.offered) == 45:
            raise KilledError
        return await super().send(mail, following)


def test_a_kill_costs_at_most_the_last_twenty_of_what_servers_said(desk: Desk) -> None:
    for number in range(50):
        desk.world.subscribe(f"gone{number}")
    desk.world.publish("One", "NATO")
    desk.world.edition()
    with pytest.raises((KilledError, BaseExceptionGroup)):
        send_by(desk.world, DyingServer({"example.com": (550, "5.1.1")}))
    assert len(desk.rows()) == 40


def test_what_came_back_comes_again_with_the_next_letter(desk: Desk) -> None:
    desk.world.clock.move(hours=1)  # whoever joins at the very moment of an edition has missed it
    desk.intake.take(dsn(block(said=FULL), to=desk.send()), "maildir")
    desk.world.clock.move(days=7)
    desk.send()
    texts = {name: desk.world.text_of(desk.world.letters()[f"{name}@example.com"]) for name in ("ann", "bea")}
    assert [text.count("\nArticle 2026-01-07") for text in texts.values()] == [1, 0]


def test_what_an_old_address_says_is_not_of_the_new_one(desk: Desk) -> None:
    path = desk.send()
    desk.world.clock.move(days=1)
    with desk.world.database.write() as session:
        new, secret = people.parse_address("ann@example.net"), desk.world.pipeline.keys.address
        people.change_address(session, secret, desk.ann, new, via="page", now=desk.world.clock())
    desk.intake.take(dsn(block(ANN, said=GONE), to=path), "maildir")
    assert desk.done() == ["nothing: another address"]


@pytest.mark.parametrize("forge", [lambda path: "bounces@example.org", lambda path: path[:9] + "zz" + path[11:]])
def test_a_forged_or_missing_token_changes_nothing(desk: Desk, forge: Callable[[str], str]) -> None:
    path = forge(desk.send())
    for raw in (dsn(block(said=GONE), to=path), plain("unsubscribe me").replace(b"bounces@", b"unsubscribe@")):
        desk.intake.take(raw, "maildir")
    desk.intake.take(complaint(), "maildir")
    assert desk.suppressions() == {}
    assert set(desk.done()) == {"nothing: no valid token names a delivery"}
    assert (desk.state(desk.ann), desk.delivery(desk.ann).bounced_at) == ("active", None)


def test_a_report_on_several_is_about_her_alone(desk: Desk) -> None:
    path = desk.send()
    desk.intake.take(dsn(block("x@forward.example", said=GONE), block(ANN, said=FULL), to=path), "maildir")
    assert desk.suppressions() == {}
    assert desk.done() == ["nothing: another address", "counted: 1 of 3"]


def test_soft_bounces_suppress_after_so_many_editions_in_a_row(desk: Desk) -> None:
    for _ in range(3):
        assert desk.suppressions() == {}
        path = desk.send()
        for said in (FULL, "452 4.2.2 Mailbox is full"):  # twice for one edition is once
            desk.intake.take(dsn(block(said=said), to=path), "maildir")
        desk.world.clock.move(days=7)
    assert desk.suppressions() == {"ann": "hard"}
    assert desk.done()[::2] == ["counted: 1 of 3", "counted: 2 of 3", "counted: 3 of 3; suppressed"]


def test_an_edition_that_arrives_begins_the_count_anew(desk: Desk) -> None:
    for returned in (True, True, False, True, True):
        path = desk.send()
        if returned:
            desk.intake.take(dsn(block(said=FULL), to=path), "maildir")
        desk.world.clock.move(days=7)
    assert desk.done() == ["counted: 1 of 3", "counted: 2 of 3", "counted: 1 of 3", "counted: 2 of 3"]


def test_what_is_long_ago_counts_no_more(desk: Desk) -> None:
    for days in (7, 100, 7):
        desk.intake.take(dsn(block(said=FULL), to=desk.send()), "maildir")
        desk.world.clock.move(days=days)
    assert desk.done() == ["counted: 1 of 3", "counted: 2 of 3", "counted: 1 of 3"]


def test_what_is_the_senders_fault_never_adds_up(desk: Desk) -> None:
    for said in (
        "550 5.7.26 fails DMARC policy",
        "554 5.7.1 This is spam",
        "450 4.7.1 Greylisted",
        "552 5.3.4 too big",
    ):
        desk.intake.take(dsn(block(said=said), to=desk.send()), "maildir")
        desk.world.clock.move(days=7)
    assert desk.suppressions() == {}
    assert all("says nothing against the address" in done for done in desk.done())


def test_a_delay_and_what_machines_answer_do_nothing(desk: Desk) -> None:
    path = desk.send()
    desk.intake.take(dsn(block(action="delayed", status="4.4.1"), to=path), "maildir")
    desk.intake.take(dsn(block(action="delivered", status="2.0.0"), to=path), "maildir")
    vacation = f"From: {ANN}\nTo: {path}\nSubject: Out of office\nAuto-Submitted: auto-replied\n\nUser unknown\n"
    desk.intake.take(vacation.encode(), "maildir")
    assert [row.verdict for row in desk.rows()] == ["soft", "delivered", "auto-reply"]
    assert desk.done() == ["nothing: the relay still tries", "nothing", "nothing"]
    assert (desk.suppressions(), desk.delivery(desk.ann).bounced_at) == ({}, None)


def test_hard_counts_as_soft_where_ops_want_it(desk: Desk) -> None:
    careful = replace(desk.intake, rules=Rules(soft_only=True))
    careful.take(dsn(block(said=GONE), to=desk.send()), "maildir")
    assert (desk.suppressions(), desk.done()) == ({}, ["counted: 1 of 3"])


def letter_of(desk: Desk) -> bytes:
    """Ann's letter as it went out, header and body."""
    letter: bytes = desk.world.letters()[ANN].as_bytes()
    return letter


def test_a_complaint_unsubscribes_and_suppresses_whom_the_returned_letter_names(desk: Desk) -> None:
    desk.send()
    head, _, _ = complaint().partition(b"From: news@example.org")
    redacted = letter_of(desk).replace(b"To: ann@example.com", b"To: redacted@example.net")
    desk.intake.take(head + redacted + b"\n--b--\n", "maildir")
    assert desk.suppressions() == {"ann": "complaint"}
    assert desk.done() == ["unsubscribed from weekly; suppressed"]
    assert (desk.state(desk.ann), desk.state(desk.bea)) == ("unsubscribed", "active")


def test_a_forwarded_letters_link_alone_cannot_complain(desk: Desk) -> None:
    desk.send()
    head, _, _ = complaint().partition(b"From: news@example.org")
    ours = letter_of(desk)
    other = ours.replace(str(desk.delivery(desk.ann).slots["message_id"]).encode(), b"another@example.org")  # type: ignore[index]
    assert other != ours
    desk.intake.take(head + other + b"\n--b--\n", "maildir")
    assert desk.suppressions() == {}


def test_a_mail_to_the_unsubscribe_address_unsubscribes(desk: Desk) -> None:
    token = desk.send().partition("+")[2]
    desk.intake.take(f"From: {ANN}\nTo: unsubscribe+{token}\nSubject: \n\n".encode(), "maildir")
    assert desk.state(desk.ann) == "unsubscribed"
    assert (desk.suppressions(), desk.done()) == ({}, ["unsubscribed from weekly"])
    desk.intake.take(f"From: {ANN}\nTo: unsubscribe+{token}\nSubject: again\n\n".encode(), "maildir")
    assert desk.done()[1] == "nothing: she had left"


def test_the_address_in_list_unsubscribe_unsubscribes_and_the_link_still_does(new_world: Callable[..., World]) -> None:
    address = "leave+{token}@lists.example.org"
    desk = Desk(new_world(feedback=f"channels: [{{kind: pipe}}], unsubscribe: '{address}'"))
    desk.send()
    link, mailto = re.findall(r"<([^>]+)>", str(desk.world.letters()[ANN]["List-Unsubscribe"]))
    assert link.startswith("http")
    to, _, subject = mailto.removeprefix("mailto:").partition("?subject=")
    assert re.fullmatch(r"leave\+[a-z2-7]{29}@lists\.example\.org", to)
    desk.intake.take(f"From: {ANN}\nTo: {to}\nSubject: {subject}\n\n".encode(), "pipe")
    assert (desk.state(desk.ann), desk.state(desk.bea)) == ("unsubscribed", "active")


def test_an_address_that_nobody_reads_is_not_offered(new_world: Callable[..., World]) -> None:
    with pytest.raises(ConfigError, match="nobody would read it"):
        new_world(feedback="unsubscribe: 'leave+{token}@example.org'")


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("channels: [{kind: fax}]", r"feedback.channels\[0\].kind: there is no channel of this kind; allowed: maildir"),
        ("channels: [{kind: maildir}]", r"feedback.channels\[0\].*path"),
        ("webhooks: [{kind: fax}]", r"feedback.webhooks\[0\].kind: there is no webhook of this kind"),
        ("webhooks: [{kind: sns, topic: a}, {kind: sns, topic: a}]", r"feedback.webhooks\[1\].kind: stands here twice"),
        ("webhooks: [{kind: sendgrid, public_key: nonsense}]", r"feedback.webhooks\[0\].*verification key"),
    ],
)
def test_a_fault_in_its_configuration_is_named_with_its_place(
    new_world: Callable[..., World], written: str, fault: str
) -> None:
    world = new_world(feedback=written)
    with pytest.raises(ConfigError, match=fault):
        (wiring.open_channels(world.settings), wiring.open_webhooks(world.settings))


def test_a_person_can_undo_what_was_done(desk: Desk) -> None:
    path = desk.send()
    desk.intake.take(complaint().replace(b"bounces@example.org", path.encode()), "maildir")
    desk.intake.take(dsn(block(said=GONE), to=path), "maildir")
    assert desk.suppressions() == {"ann": "complaint"}
    assert desk.undo(desk.rows()[1].id) == "it counts no more"  # the complaint still stands
    undone = desk.undo(desk.rows()[0].id)
    assert undone == "the address may be written to again, subscribed to weekly again"
    assert (desk.suppressions(), desk.state(desk.ann)) == ({}, "active")
    assert desk.delivery(desk.ann).bounced_at is None
    assert desk.undo(desk.rows()[0].id) == "nothing: it was undone before"
    assert desk.undo(4711) is None


@pytest.mark.parametrize("by", ["undo", "unsuppress"])
def test_whoever_is_let_in_again_begins_anew(desk: Desk, by: str) -> None:
    for _ in range(3):
        desk.intake.take(dsn(block(said=FULL), to=desk.send()), "maildir")
        desk.world.clock.move(days=7)
    if by == "undo":
        desk.undo(desk.rows()[-1].id)
    else:
        with desk.world.database.write() as session:
            people.release(session, desk.key("ann"), via="command line", now=desk.world.clock())
    assert desk.suppressions() == {}
    desk.intake.take(dsn(block(said=FULL), to=desk.send()), "maildir")
    assert desk.done()[-1] == "counted: 1 of 3"


def test_it_is_all_shown_of_a_person_and_gone_with_her(desk: Desk) -> None:
    desk.intake.take(dsn(block(said=f"550 5.1.1 <{ANN}> unknown"), to=desk.send()), "maildir")
    desk.intake.take(dsn(block(said=f"550 5.1.1 <{ANN}> unknown")), "maildir")  # nobody's, yet it names her
    with desk.world.database.read() as session:
        held = held_of(session, desk.key("ann"))["feedback"]
    assert [(row["verdict"], row["done"]) for row in held] == [("hard", "suppressed")]
    forget(desk.world.database, (), desk.ann, via="test", now=desk.world.clock())
    assert [(row.address, row.evidence, row.subscriber_id) for row in desk.rows()] == [("", "", None)] * 2
    assert [row.verdict for row in desk.rows()] == ["hard", "hard"]


def test_old_feedback_goes_with_old_deliveries(desk: Desk) -> None:
    desk.intake.take(dsn(block(said=FULL), to=desk.send()), "maildir")
    kept = timedelta(days=396)
    thin_out(desk.world.database, Periods(kept, kept), desk.world.clock() + timedelta(days=395))
    assert len(desk.rows()) == 1
    thin_out(desk.world.database, Periods(kept, kept), desk.world.clock() + timedelta(days=397))
    assert desk.rows() == []


def test_no_control_character_reaches_the_database_or_a_terminal(desk: Desk) -> None:
    body = "<ann@example.com>: =1B[31m=00user unknown"
    raw = plain(body).replace(b"\n\n", b"\nContent-Transfer-Encoding: quoted-printable\n\n", 1)
    desk.intake.take(raw, "maildir")
    assert [row.evidence.isprintable() for row in desk.rows()] == [True]


Cli = Any  # tests/conftest.py


def test_whatever_keeps_a_piped_message_from_being_recorded_lets_the_mail_server_try_again(
    cli: Cli, tmp_path: Path, clean_environment: dict[str, str]
) -> None:
    def pipe(*words: str) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-m", "digest.cli", *words, "feedback", "read", "-"]
        return subprocess.run(
            command, cwd=tmp_path, env=clean_environment, input=dsn(block(said=GONE)), capture_output=True, check=False
        )

    before = pipe()
    assert (before.returncode, b"Traceback" in before.stderr) == (75, False)
    cli("init")
    assert pipe("--config", str(tmp_path / "config.yaml")).returncode == 0
    (row,) = json.loads(cli("feedback", "--json").stdout)
    assert (row["channel"], row["verdict"]) == ("pipe", "hard")


def test_by_command_line_it_is_read_listed_and_undone(cli: Cli, tmp_path: Path) -> None:
    now = "2026-01-07T14:00:00+00:00"
    cli("init", now=now)
    with (tmp_path / "config.yaml").open("a") as config:
        config.write("\nfeedback: {channels: [{kind: maildir, path: back}]}\n")
    for folder in ("new", "cur", "tmp"):
        (tmp_path / "back" / folder).mkdir(parents=True)
    (tmp_path / "back/new/1").write_bytes(dsn(block(said=GONE)))
    assert cli("feedback", "read", now=now).stdout == "1 hard\n"
    assert cli("feedback", "read", now=now).stdout == "nothing new\n"
    (row,) = json.loads(cli("feedback", "--json", now=now).stdout)
    assert (row["channel"], row["verdict"], row["done"]) == (
        "maildir",
        "hard",
        "nothing: no valid token names a delivery",
    )
    assert [file.name for file in (tmp_path / "back/cur").iterdir()] == ["1:2,S"]
    assert cli("feedback", "undo", "1", now=now).stdout == "it counts no more\n"
