"""What a reader changes without leaving, and how it is listed."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from subscribers import (
    Preferences,
    Rhythm,
    SubscriptionState,
    change_preferences,
    change_topics,
    list_subscribers,
    parse_address,
    pause,
    read_standing,
    subscribe,
    unsubscribe,
)
from subscribers.models import Consent, Subscriber
from tests.subscribers.conftest import NOW, SECRET


def topics(session: Session, subscriber_id: int) -> tuple[str, ...] | None:
    standing = read_standing(session, subscriber_id, "weekly")
    assert standing
    return standing.topics


def test_topics_are_what_she_chose_last(session: Session, jane: int) -> None:
    assert change_topics(session, jane, "weekly", ["syria", "china", "syria"], via="page", now=NOW)
    assert topics(session, jane) == ("china", "syria")


def test_every_topic_is_a_choice_of_its_own(session: Session, jane: int) -> None:
    change_topics(session, jane, "weekly", None, via="page", now=NOW)
    assert topics(session, jane) is None


def test_choosing_the_same_again_is_no_change_and_no_consent(session: Session, jane: int) -> None:
    assert not change_topics(session, jane, "weekly", ["nato", "asia"], via="page", now=NOW)
    assert list(session.scalars(select(Consent.act))) == ["vouched"]


def test_no_topic_at_all_is_not_a_choice(session: Session, jane: int) -> None:
    with pytest.raises(ValueError, match="at least one topic"):
        change_topics(session, jane, "weekly", [], via="page", now=NOW)


def prefer(session: Session, jane: int, *, rhythm: Rhythm = Rhythm.MONTHLY, language: str = "pt-BR") -> bool:
    wanted = Preferences(["asia", "nato"], rhythm, language)
    return change_preferences(session, jane, "weekly", wanted, via="page", now=NOW)


def test_she_chooses_how_often_and_in_which_language(session: Session, jane: int) -> None:
    assert prefer(session, jane)
    standing = read_standing(session, jane, "weekly")
    assert standing
    assert (standing.rhythm, standing.language) == (Rhythm.MONTHLY, "pt-BR")
    assert not prefer(session, jane)
    assert list(session.scalars(select(Consent.act))) == ["vouched", "changed"]


def test_topics_can_be_changed_and_the_rest_is_left(session: Session, jane: int) -> None:
    prefer(session, jane)
    change_topics(session, jane, "weekly", ["syria"], via="page", now=NOW)
    standing = read_standing(session, jane, "weekly")
    assert standing
    assert (standing.topics, standing.rhythm, standing.language) == (("syria",), Rhythm.MONTHLY, "pt-BR")


@pytest.mark.parametrize("language", ["x", "en\r\nBcc: y", "../en"])
def test_what_is_no_language_is_not_a_choice(session: Session, jane: int, language: str) -> None:
    with pytest.raises(ValueError, match="is no language"):
        prefer(session, jane, language=language)


def test_who_left_changes_nothing_by_choosing_topics(session: Session, jane: int) -> None:
    unsubscribe(session, jane, "weekly", via="page", now=NOW)
    assert not change_topics(session, jane, "weekly", ["syria"], via="page", now=NOW)
    assert topics(session, jane) == ("asia", "nato")


def test_a_pause_has_an_end_and_can_be_ended(session: Session, jane: int) -> None:
    until = NOW + timedelta(days=30)
    assert pause(session, jane, until, via="page", now=NOW)
    assert session.scalar(select(Subscriber.paused_until)) == until
    pause(session, jane, None, via="page", now=NOW)
    assert session.scalar(select(Subscriber.paused_until)) is None


def test_a_stranger_cannot_pause(session: Session) -> None:
    assert not pause(session, 4711, NOW, via="page", now=NOW)


def test_the_list_holds_everybody_in_the_order_of_their_coming(session: Session, jane: int) -> None:
    for number in range(3):
        address = parse_address(f"reader{number}@example.org")
        subscribe(session, SECRET, address=address, newsletter="daily", topics=None, via="test", now=NOW)
    listed = list(list_subscribers(session))
    assert [standing.address for standing in listed] == [
        "jane@example.org",
        *(f"reader{number}@example.org" for number in range(3)),
    ]
    assert (listed[0].topics, listed[0].state) == (("asia", "nato"), SubscriptionState.ACTIVE)


def test_the_list_of_one_newsletter_holds_its_own_only(session: Session, jane: int) -> None:
    assert [standing.subscriber_id for standing in list_subscribers(session, "weekly")] == [jane]
    assert not list(list_subscribers(session, "daily"))
