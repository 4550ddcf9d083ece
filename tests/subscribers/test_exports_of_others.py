"""Exports of other programs, made after their documented headers: topics, status and consent dates come out right."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from subscribers import list_subscribers
from subscribers.models import Consent, Subscriber, Subscription
from tests.subscribers.lists import load

EXPORTS = Path(__file__).parent / "exports"
ANN_CONFIRMED = datetime(2021, 3, 1, 10, 5, tzinfo=UTC)
BEA_CONFIRMED = datetime(2022, 5, 2, 8, tzinfo=UTC)
ACTIVE = ("active", "")
LEFT = ("unsubscribed", "")


def load_export(session: Session, *names: str) -> list[str]:
    """Import export files in turn; whose they were found to be."""
    return [load(session, (EXPORTS / name).read_bytes()).program for name in names]


def standings(session: Session) -> dict[str, tuple[str, str]]:
    return {one.address.partition("@")[0]: (one.state, one.suppressed) for one in list_subscribers(session)}


MAILCHIMP = ("mailchimp-subscribed.csv", "mailchimp-unsubscribed.csv", "mailchimp-cleaned.csv")
THREE = {"ann": ACTIVE, "bea": ACTIVE, "cat": LEFT}
BOUNCED = {"dot": ("active", "hard")}


@pytest.mark.parametrize(
    ("files", "program", "expected"),
    [
        (MAILCHIMP, "Mailchimp", {**THREE, **BOUNCED}),
        (("listmonk.csv",), "listmonk", THREE),
        (("substack.csv",), "Substack", THREE),
        (("buttondown.csv",), "Buttondown", {**THREE, **BOUNCED, "eve": ("pending", "")}),
    ],
    ids=["mailchimp", "listmonk", "substack", "buttondown"],
)
class TestEach:
    def test_it_is_recognised_and_everybody_stands_where_she_stood(
        self, session: Session, files: tuple[str, ...], program: str, expected: dict[str, tuple[str, str]]
    ) -> None:
        assert set(load_export(session, *files)) == {program}
        assert standings(session) == expected

    def test_consent_has_its_own_date_and_the_import_is_noted_beside_it(
        self, session: Session, files: tuple[str, ...], program: str, expected: object
    ) -> None:
        load_export(session, *files)
        rows = session.execute(
            select(Subscriber.address, Subscription.confirmed_at).join(Subscription).order_by(Subscriber.id).limit(2)
        )
        assert [row.confirmed_at.replace(microsecond=0) for row in rows] == [ANN_CONFIRMED, BEA_CONFIRMED]
        ann = session.scalars(select(Consent).where(Consent.subscriber_id == 1).order_by(Consent.id)).all()
        assert ann[0].act in ("subscribed", "confirmed")
        assert ann[0].at == ANN_CONFIRMED
        assert ann[1].act == "vouched"

    def test_importing_it_again_changes_nothing(
        self, session: Session, files: tuple[str, ...], program: str, expected: object
    ) -> None:
        load_export(session, *files)
        before, consents = standings(session), len(session.scalars(select(Consent)).all())
        load_export(session, *files)
        assert (standings(session), len(session.scalars(select(Consent)).all())) == (before, consents)


@pytest.mark.parametrize(
    ("file", "ann"),
    [
        ("mailchimp-subscribed.csv", ("asia",)),
        ("listmonk.csv", ("asia", "nato")),
        ("substack.csv", None),
        ("buttondown.csv", ("asia",)),
    ],
)
def test_tags_that_are_topics_are_followed_and_the_others_passed_over(
    session: Session, file: str, ann: tuple[str, ...] | None
) -> None:
    load_export(session, file)
    topics = {one.address.partition("@")[0]: one.topics for one in list_subscribers(session)}
    assert (topics["ann"], topics["bea"]) == (ann, None)


def test_who_left_there_left_when_the_list_says(session: Session) -> None:
    load_export(session, "mailchimp-unsubscribed.csv")
    assert session.scalar(select(Subscription.left_at)) == datetime(2023, 6, 1, 12, tzinfo=UTC)


def test_who_left_there_leaves_here_but_not_who_confirmed_here_later(session: Session) -> None:
    load(session, "email,confirmed_at\ncat@example.com,2023-01-01\ndot@example.com,2024-01-01\n")
    assert standings(session) == {"cat": ACTIVE, "dot": ACTIVE}
    load_export(session, "mailchimp-unsubscribed.csv", "mailchimp-cleaned.csv")
    assert standings(session) == {"cat": LEFT, "dot": ACTIVE}


def test_without_the_operators_word_nobody_of_an_export_is_active(session: Session) -> None:
    load(session, (EXPORTS / "buttondown.csv").read_bytes(), confirmed=False)
    assert {state for state, _ in standings(session).values()} == {"pending", "unsubscribed"}
