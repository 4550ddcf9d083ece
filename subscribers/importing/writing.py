"""The few statements that write a judged portion of an import where it belongs."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, insert, literal, null, or_, select, update
from sqlalchemy.orm import Session

from subscribers.base import UTCDateTime
from subscribers.importing.staging import ADDED, CHANGED, CONFIRMED, LEFT, STOPPED, Portion, Terms, know, staged
from subscribers.models import EVERY_TOPIC, Consent, Rhythm, Subscriber, Subscription, SubscriptionState, Suppression
from subscribers.statements import insert_into

_QUIETLY = {"synchronize_session": False}
_ACTIVE, _PENDING, _LEFT = (
    SubscriptionState.ACTIVE.value,
    SubscriptionState.PENDING.value,
    SubscriptionState.UNSUBSCRIBED.value,
)


def write(session: Session, portion: Portion, terms: Terms, outcomes: Mapping[str, int]) -> None:
    """Write a portion whose rows came to `outcomes`. Nobody who left or is suppressed is touched."""
    if ADDED in outcomes:
        _add(session, portion, terms)
    if CHANGED in outcomes or CONFIRMED in outcomes:
        _change(session, portion, terms)
    if LEFT in outcomes:
        _leave(session, portion, terms)
    if ADDED in outcomes or STOPPED in outcomes:
        _suppress(session, portion, terms)


def _add(session: Session, portion: Portion, terms: Terms) -> None:
    added = portion.ending(ADDED)
    copied = ("address", "address_key", "domain", "name", "paused_until")
    rows = select(*(staged.c[name] for name in copied), func.coalesce(staged.c.language, ""), _now(terms))
    session.execute(
        insert_into(session, Subscriber)
        .from_select([*copied, "language", "created_at"], rows.where(added))
        .on_conflict_do_nothing(index_elements=["address_key"])
    )
    know(session, added)
    state = _state(terms)
    values: dict[str, Any] = {
        "subscriber_id": staged.c.subscriber_id,
        "newsletter": staged.c.newsletter,
        "topics": func.coalesce(staged.c.topics, EVERY_TOPIC),
        "rhythm": func.coalesce(staged.c.rhythm, Rhythm.EVERY.value),
        "state": state,
        "created_at": func.coalesce(staged.c.subscribed_at, staged.c.confirmed_at, _now(terms)),
        "confirmed_at": case(
            (state == _ACTIVE, _consented(terms)), (state == _LEFT, staged.c.confirmed_at), else_=_never()
        ),
        "left_at": case((state == _LEFT, func.coalesce(staged.c.left_at, _now(terms))), else_=staged.c.left_at),
    }
    session.execute(insert(Subscription).from_select(list(values), select(*values.values()).where(added)))
    _note_history(session, added, terms)
    said = case((state == _ACTIVE, "vouched"), (state == _LEFT, "unsubscribed"), else_="imported")
    _note(session, added, said, terms)


def _state(terms: Terms) -> ColumnElement[str]:
    """Where a new subscription stands: active only where the list says so and the operator vouches for it."""
    said = func.coalesce(staged.c.state, _ACTIVE)
    return case((said == _LEFT, _LEFT), (said == _PENDING, _PENDING), else_=_ACTIVE if terms.confirmed else _PENDING)


def _change(session: Session, portion: Portion, terms: Terms) -> None:
    for outcome, further in (
        (CHANGED, {}),
        (CONFIRMED, {"state": _ACTIVE, "confirmed_at": _consented(terms)}),
    ):
        session.execute(
            update(Subscription)
            .where(_hers(portion, outcome))
            .values(
                topics=func.coalesce(staged.c.topics, Subscription.topics),
                rhythm=func.coalesce(staged.c.rhythm, Subscription.rhythm),
                **further,
            ),
            execution_options=_QUIETLY,
        )
    both = portion.ending(CHANGED, CONFIRMED)
    for name in ("name", "language"):
        session.execute(
            update(Subscriber)
            .where(Subscriber.id == staged.c.subscriber_id, both, staged.c[name] != "")
            .values({name: staged.c[name]}),
            execution_options=_QUIETLY,
        )
    _note_history(session, portion.ending(CONFIRMED), terms)
    _note(session, both, case((staged.c.outcome == CONFIRMED, "vouched"), else_="changed"), terms)


def _leave(session: Session, portion: Portion, terms: Terms) -> None:
    session.execute(
        update(Subscription)
        .where(_hers(portion, LEFT))
        .values(state=_LEFT, left_at=func.coalesce(staged.c.left_at, _now(terms))),
        execution_options=_QUIETLY,
    )
    _note(session, portion.ending(LEFT), literal("unsubscribed"), terms)


def _suppress(session: Session, portion: Portion, terms: Terms) -> None:
    rows = select(staged.c.address_key, staged.c.suppressed, func.coalesce(staged.c.suppressed_at, _now(terms))).where(
        portion.ending(ADDED, STOPPED), staged.c.suppressed.is_not(None)
    )
    session.execute(
        insert_into(session, Suppression)
        .from_select(["address_key", "reason", "at"], rows)
        .on_conflict_do_nothing(index_elements=["address_key"])
    )
    _note(session, portion.ending(STOPPED), literal("suppressed"), terms)


def _hers(portion: Portion, outcome: str) -> ColumnElement[bool]:
    """Joins a subscription with the row that speaks of it: a lookup in its index for each row of the portion."""
    return and_(
        Subscription.subscriber_id == staged.c.subscriber_id,
        Subscription.newsletter == staged.c.newsletter,
        portion.ending(outcome),
    )


def _note_history(session: Session, rows: ColumnElement[bool], terms: Terms) -> None:
    """What a list says of the consent given before: when; in our own exports also where, and to which words."""
    dated = or_(staged.c.confirmed_at.is_not(None), staged.c.subscribed_at.is_not(None))
    _copy_consents(
        session,
        select(
            staged.c.subscriber_id,
            staged.c.newsletter,
            case((staged.c.confirmed_at.is_not(None), "confirmed"), else_="subscribed"),
            func.coalesce(func.nullif(staged.c.consent_via, ""), terms.via),
            func.coalesce(staged.c.consent_wording, ""),
            func.coalesce(staged.c.confirmed_at, staged.c.subscribed_at),
        ).where(and_(rows, dated)),
    )


def _note(session: Session, rows: ColumnElement[bool], act: ColumnElement[str], terms: Terms) -> None:
    """What this import did."""
    _copy_consents(
        session,
        select(staged.c.subscriber_id, staged.c.newsletter, act, literal(terms.via), literal(""), _now(terms)).where(
            rows
        ),
    )


def _copy_consents(session: Session, rows: Select[Any]) -> None:
    columns = ["subscriber_id", "newsletter", "act", "via", "wording", "at"]
    session.execute(insert(Consent).from_select(columns, rows.order_by(staged.c.place)))


def _consented(terms: Terms) -> Any:
    return func.coalesce(staged.c.confirmed_at, staged.c.subscribed_at, _now(terms))


def _now(terms: Terms) -> Any:
    return literal(terms.now, UTCDateTime())


def _never() -> Any:
    return null().cast(UTCDateTime())
