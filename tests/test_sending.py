"""What a mail server's verdicts make of deliveries and their edition, through the whole pipeline."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from sqlalchemy import select

import subscribers
from digest.errors import EditionError
from digest.models import DeliveryRow
from digest.record.pace import Rates, WarmUp
from digest.types import Outgoing, Reply, Stage

World = Any  # tests/conftest.py


@dataclass
class Picky:
    """A mail server that judges each address by its domain; it is its own only relay and connection."""

    verdicts: dict[str, tuple[int, str]]
    taken: list[Outgoing] = field(default_factory=list)
    offered: list[Outgoing] = field(default_factory=list)
    name: str = "picky:25"
    connections: int = 1
    weight: int = 1
    usable: bool = True

    @property
    def relays(self) -> list["Picky"]:
        return [self]

    async def connect(self) -> "Picky":
        return self

    async def send(self, mail: Outgoing, following: Outgoing | None = None) -> Reply:
        self.offered.append(mail)
        code, enhanced = self.verdicts.get(mail.recipient.rpartition("@")[2], (250, "2.0.0"))
        if code == 250:
            self.taken.append(mail)
        return Reply(Stage.BODY if code == 250 else Stage.RCPT, code, "in its own words", enhanced)

    async def close(self) -> None:
        """Nothing to close."""


def send_by(world: World, server: Picky) -> Any:
    @contextmanager
    def opened() -> Iterator[Any]:
        yield server

    return asyncio.run(replace(world.pipeline, open_sender=opened).send())


def message_ids(mails: Sequence[Outgoing]) -> dict[str, bytes]:
    return {
        mail.recipient: next(line for line in mail.message.split(b"\r\n") if line.startswith(b"Message-ID:"))
        for mail in mails
    }


def test_failed_deliveries_are_tried_again_under_their_message_ids_unless_their_reader_has_left(world: World) -> None:
    world.publish("One", "NATO")
    stays, leaves = world.subscribe("stays"), world.subscribe("leaves")
    edition = world.edition()
    assert send_by(world, Picky({"example.com": (554, "5.6.0")})).outcomes == {"failed": 2}
    assert world.desk.standing(edition).state == "sent"
    with world.database.write() as session:
        before = {row.subscriber_id: row.slots["message_id"] for row in session.scalars(select(DeliveryRow))}
        subscribers.unsubscribe(session, leaves, "weekly", via="one-click", now=world.clock())
    assert world.pipeline.try_failed_again(edition) == 2
    good = Picky({})
    assert send_by(world, good).outcomes == {"sent": 1}
    assert before[stays].encode() in message_ids(good.taken)["stays@example.com"]
    assert world.desk.standing(edition).state == "sent"


def test_every_try_of_a_delivery_carries_its_one_message_id(world: World) -> None:
    world.publish("One", "NATO")
    world.subscribe("ann")
    world.edition()
    first, second = Picky({"example.com": (451, "4.2.1")}), Picky({})
    assert send_by(world, first).outcomes == {"deferred": 1}
    world.clock.move(hours=1)
    send_by(world, second)
    assert message_ids(first.offered)["ann@example.com"] == message_ids(second.taken)["ann@example.com"]


def test_only_what_was_sent_has_failed_deliveries(world: World) -> None:
    world.publish("One", "NATO")
    with pytest.raises(EditionError, match="is draft; only one that was sent"):
        world.pipeline.try_failed_again(world.desk.compose("weekly"))


def test_ops_have_one_mail_where_a_receiver_refuses_us_for_its_policy(world: World) -> None:
    world.publish("One", "NATO")
    for number in range(8):
        world.subscribe(f"reader{number}")
    world.edition()
    server = Picky({"example.com": (550, "5.7.1")})
    sent = send_by(world, server)
    world.clock.move(hours=2)
    send_by(world, server)
    told = [mail for mail in server.taken if b"refuses our letters as a matter of policy" in mail.message]
    assert [mail.recipient for mail in told] == ["ops@example.org"]
    assert sent.resting == ("example.com rests until 2026-01-07 15:00 UTC: policy",)


def test_a_relay_warms_up_day_by_day(world: World) -> None:
    pipeline = replace(world.pipeline, rates=Rates(relay=1.0, warm_up=WarmUp(first_day=8640, growth=2)))
    rates = []
    for _ in range(5):
        rates.append(pipeline.relay_rate("relay:mx:25"))
        world.clock.move(days=1)
    assert rates == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.0])
    assert world.pipeline.relay_rate("relay:mx:25") is None
