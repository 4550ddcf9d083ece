"""Composes the letters to subscribers that wait: to confirm, welcome, a link, a new address, goodbye.

The readers' pages only queue them, for a page must answer at once and a template may be wrong.
"""

import logging
import secrets
from dataclasses import dataclass, field
from datetime import datetime

from digest.compose import compose_letter, moment, nearest
from digest.database import Database
from digest.desk import Desk, Plan
from digest.errors import DigestError
from digest.record import freeze, letters
from digest.record.letters import Waiting
from digest.rhythm import instant, local
from digest.tokens import LASTS

_AT_ONCE = 200
_LINK = {"confirm": "confirm", "preferences-link": "account", "new-address": "address"}
"""The purpose of a letter's link that runs out."""

log = logging.getLogger(__name__)


def compose_waiting(database: Database, desk: Desk, now: datetime) -> int:
    """Compose what waits; returns how many letters it was. Those that say the same share a blueprint."""
    composed = 0
    while True:
        with database.read() as session:
            waiting = letters.waiting(session, _AT_ONCE)
        if not waiting:
            return composed
        stored: dict[_Said, int] = {}
        for letter in waiting:
            try:
                said = _said(desk.plan(letter.newsletter), letter, now)
                if said not in stored:
                    stored[said] = _store(database, desk, said, now)
            except DigestError as error:
                # One that cannot be composed must not keep the others waiting; `digest deliveries` shows it.
                log.error("letter %d (%s) cannot be composed: %s", letter.delivery_id, letter.letter, error)
                with database.write() as session:
                    letters.give_up(session, letter.delivery_id, str(error), now)
                continue
            with database.write() as session:
                letters.give_blueprint(session, letter.delivery_id, stored[said])
            composed += 1


@dataclass(frozen=True, slots=True)
class _Said:
    """What a letter says; letters that say the same are equal."""

    letter: str
    plan: Plan = field(compare=False)
    newsletter: str
    language: str
    topics: str
    until: str
    next: str


def _said(plan: Plan, waiting: Waiting, now: datetime) -> _Said:
    language, zone = nearest(waiting.language, plan.frame.language), plan.zone
    chosen = [topic.name for topic in plan.frame.topics if waiting.topics and topic.slug in waiting.topics]
    lasts = LASTS.get(_LINK.get(waiting.letter, ""))
    first = instant(plan.rhythm.next_slot(local(now, zone)), zone)
    return _Said(
        waiting.letter,
        plan,
        plan.key,
        language,
        topics=", ".join(chosen),
        until=moment(waiting.created_at + lasts, zone.key, language) if lasts else "",
        next=moment(first, zone.key, language) if waiting.letter == "welcome" else "",
    )


def _store(database: Database, desk: Desk, said: _Said, now: datetime) -> int:
    frame = said.plan.frame
    blueprint = compose_letter(
        said.letter,
        {"newsletter": frame.newsletter_name, "topics": said.topics, "until": said.until, "next": said.next},
        frame,
        templates=desk.templates(),
        date=now,
        nonce=secrets.token_hex(8),
        language=said.language,
    )
    with database.write() as session:
        return freeze.store_blueprint(session, blueprint, now)
