"""The clock: it only ticks. What is due is decided by a pure function and by the tables, so a restart loses nothing."""

import logging
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from digest.desk import Plan
from digest.errors import DigestError
from digest.feedback.channels import Channel
from digest.intake import Intake
from digest.pipeline import Pipeline
from digest.rhythm import instant, local

COLLECT_EVERY = timedelta(minutes=1)
TICK_EVERY = timedelta(seconds=20)
READ_EVERY = timedelta(minutes=1)
THIN_EVERY = timedelta(days=1)
LETTERS_EVERY = timedelta(seconds=2)
"""Somebody who has just signed up waits for her letter."""
BEFORE_DRAFT = timedelta(minutes=15)
"""So long before a draft every source is asked once more: one that publishes seldom is else asked every 3 hours."""

log = logging.getLogger(__name__)


def due_slot(plan: Plan, last: datetime, now: datetime) -> datetime | None:
    """The newsletter's newest slot later than `last` whose draft should exist at `now`. Slots are local wall times.

    After downtime only the newest of several missed slots counts: readers get one letter, not a pile.
    """
    until = local(now + plan.draft_ahead, plan.zone)
    slots = [
        slot for slot in plan.rhythm.slots_between(last, until) if instant(slot, plan.zone) - plan.draft_ahead <= now
    ]
    return slots[-1] if slots else None


def tick(pipeline: Pipeline) -> None:
    """Draft what is due, and approve what needs nobody's word. One newsletter's trouble never stops another's."""
    desk = pipeline.desk
    for plan in desk.plans.values():
        try:
            now = desk.clock()
            slot = due_slot(plan, desk.last_slot(plan), now)
            if slot is None:
                continue
            number = desk.draft_due(plan, slot, instant(slot, plan.zone))
            if number is not None:
                log.info("edition %d of %s drafted for %s", number, plan.key, slot)
        except DigestError as error:
            log.error("drafting %s: %s", plan.key, error)
    try:
        for number in desk.approve_due():
            log.info("edition %d approved by its configuration", number)
    except DigestError as error:
        log.error("approving: %s", error)


def collect(pipeline: Pipeline) -> None:
    """Ask the sources whose turn it is, and all of them before a draft.

    Each one's trouble is kept with it and shown by `digest sources`.
    """
    desk, now = pipeline.desk, pipeline.clock()
    is_near = any(due_slot(plan, desk.last_slot(plan), now + BEFORE_DRAFT) for plan in desk.plans.values())
    for result in pipeline.collect(pipeline.due_sources(now - BEFORE_DRAFT if is_near else None)):
        log.info(
            "source %s: %s", result.visit.name, result.visit.error or f"{result.new} new, {result.changed} changed"
        )


def thin_out(pipeline: Pipeline) -> None:
    """Let go of what has been kept long enough."""
    thinned = pipeline.thin_out()
    if thinned.deliveries or thinned.blueprints:
        log.info("%d old deliveries became counts, %d old letters are gone", thinned.deliveries, thinned.blueprints)


def letters(pipeline: Pipeline) -> None:
    """Compose the letters to subscribers that the pages have queued, also while a long send is on its way."""
    pipeline.compose_letters()


def read_feedback(intake: Intake, channels: Sequence[Channel]) -> None:
    """Take in what came back since the last time."""
    try:
        counts = intake.read(channels)
    except DigestError as error:
        log.error("reading feedback: %s", error)
        return
    if counts:
        log.info("feedback: %s", ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items())))


def run(pipeline: Pipeline, intake: Intake, channels: Sequence[Channel], stop: threading.Event) -> None:
    """Tick until told to stop."""
    scheduler = BackgroundScheduler(
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(3)},
        # Late is fine, twice is not: every job looks at what is there and does what is due.
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    start = datetime.now(UTC)
    scheduler.add_job(collect, IntervalTrigger(seconds=COLLECT_EVERY.total_seconds()), [pipeline], next_run_time=start)
    scheduler.add_job(tick, IntervalTrigger(seconds=TICK_EVERY.total_seconds()), [pipeline], next_run_time=start)
    scheduler.add_job(thin_out, IntervalTrigger(seconds=THIN_EVERY.total_seconds()), [pipeline], next_run_time=start)
    scheduler.add_job(letters, IntervalTrigger(seconds=LETTERS_EVERY.total_seconds()), [pipeline], next_run_time=start)
    reading = IntervalTrigger(seconds=READ_EVERY.total_seconds())
    scheduler.add_job(read_feedback, reading, [intake, channels], next_run_time=start)
    scheduler.start()
    stop.wait()
    scheduler.shutdown(wait=True)
