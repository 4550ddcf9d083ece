"""Which claimed deliveries may begin soon: their receiving domain does not rest, and its rate has room for them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from digest.record import claims, lanes
from digest.record.pace import Rates
from digest.types import Claimed


def admit(session: Session, wanted: Sequence[Claimed], rates: Rates, now: datetime) -> list[Claimed]:
    """Those that may begin within the horizon, with their waits. The others are put off to their time."""
    awake = _awake(session, wanted, now)
    return _keep_pace(session, awake, rates, now) if rates.domains else awake


def _awake(session: Session, wanted: Sequence[Claimed], now: datetime) -> list[Claimed]:
    resting = lanes.resting_domains(session, now)
    if not resting:
        return list(wanted)
    for domain, lane in resting.items():
        ids = [one.delivery_id for one in wanted if one.domain == domain]
        claims.put_off(session, dict.fromkeys(ids, lane.resting_until), f"its domain rests: {lane.reason}", now)
    return [one for one in wanted if one.domain not in resting]


def _keep_pace(session: Session, wanted: Sequence[Claimed], rates: Rates, now: datetime) -> list[Claimed]:
    planned = lanes.allot(session, Counter(one.domain for one in wanted), rates)
    places: Counter[str] = Counter()
    held: list[Claimed] = []
    later: dict[int, datetime] = {}
    for one in wanted:
        allotted, place = planned.get(one.domain), places[one.domain]
        places[one.domain] += 1
        if allotted is None:
            held.append(one)
        elif place < len(allotted.waits):
            held.append(replace(one, wait=allotted.waits[place]))
        else:
            later[one.delivery_id] = now + timedelta(seconds=allotted.put_off[place - len(allotted.waits)])
    claims.put_off(session, later, claims.PACED, now)
    return held


def admit_next(session: Session, wanted: Claimed, rates: Rates) -> Claimed:
    """One delivery with its wait, however long that is."""
    limit = rates.of_domain(wanted.domain)
    return replace(wanted, wait=lanes.reserve(session, f"domain:{wanted.domain}", limit, 1)) if limit else wanted
