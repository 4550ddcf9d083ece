"""The staff's side: drafting an edition, changing it, looking at it, approving it, and telling people about it."""

import getpass
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

import subscribers
from digest.blueprint import Blueprint
from digest.compose import Composer, compose_letter, mark_duplicates, moment, select
from digest.database import Database
from digest.errors import EditionError, GateError
from digest.gate import Finding, errors_of, refuse
from digest.inspection import Sample, full_letter, stored_letters, usual_letters
from digest.models import EditionRow
from digest.record import contents, editions, freeze, letters, overrides
from digest.record.editions import Change
from digest.record.health import Trouble
from digest.rhythm import Rhythm, local
from digest.types import Clock, Content, DigestKey
from digest.usual import UsualReader, usual_reader

_BY_CONFIG = "config.yaml: approval none"
_ROWS_AT_ONCE = 20_000
"""Deliveries changed per transaction: some 200 ms of the write lock, which a running sender waits for."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A newsletter as set up in config.yaml. `frame` is its content without articles."""

    key: str
    rhythm: Rhythm
    zone: ZoneInfo
    needs_approval: bool
    draft_ahead: timedelta
    max_age: timedelta
    frame: Content


@dataclass(frozen=True, slots=True)
class Planned:
    """When an edition goes out: whether that time has come, and the time in words, in the newsletter's zone."""

    is_due: bool
    words: str


@dataclass(frozen=True, slots=True)
class Desk:
    """What staff do with editions, on one database. Made by digest/wiring.py."""

    database: Database
    clock: Clock
    plans: Mapping[str, Plan]
    topics_of: contents.TopicsOf
    templates: Callable[[], Mapping[str, str]]
    message_domain: str
    http_allowed: bool
    """Whether our own links may be http: where no letter leaves this machine."""
    staff: tuple[str, ...]
    ops: tuple[str, ...]

    def plan(self, newsletter: str) -> Plan:
        """A newsletter by its key. Raises EditionError where there is none."""
        if newsletter not in self.plans:
            raise EditionError(f"there is no newsletter {newsletter!r}; config.yaml has: {', '.join(self.plans)}")
        return self.plans[newsletter]

    def compose(self, newsletter: str) -> int:
        """Draft an edition by hand, due as soon as it is approved; an open draft is brought up to date instead."""
        plan, now = self.plan(newsletter), self.clock()
        with self.database.write() as session:
            edition, cutoff = editions.open_draft(session, plan.key), contents.cutoff(session, now)
            minute = now.replace(second=0, microsecond=0)
            for precision in ("minutes", "seconds", "microseconds"):  # a slot has one edition; by hand two may be close
                slot = local(now, plan.zone).isoformat(timespec=precision)
                edition = edition or editions.make_draft(
                    session, plan.key, slot, planned_at=minute, cutoff_at=cutoff, now=now
                )
            if edition is None:
                raise EditionError(f"an edition of {plan.key} was made at this very moment; see `digest editions`")
            edition.cutoff_at = cutoff
            number = edition.id
        if not plan.needs_approval:
            self.approve(number, by=_BY_CONFIG)
        return number

    def last_slot(self, plan: Plan) -> datetime:
        """The slot of the newsletter's newest edition; before the first, when its clock was first looked at."""
        with self.database.write() as session:
            slot = editions.latest_slot(session, plan.key)
            return datetime.fromisoformat(
                slot or editions.first_look(session, plan.key, local(self.clock(), plan.zone))
            )

    def draft_due(self, plan: Plan, slot: datetime, planned_at: datetime) -> int | None:
        """Draft the edition of a slot, once; None where it exists. Staff are told; with nothing new it is skipped."""
        now = self.clock()
        with self.database.write() as session:
            edition = editions.make_draft(
                session,
                plan.key,
                f"{slot:%Y-%m-%dT%H:%M}",
                planned_at=planned_at,
                cutoff_at=contents.cutoff(session, now),
                now=now,
            )
            if edition is None:
                return None
            content = self.content_of(session, edition)
            usual = usual_reader(session, edition, content, plan.max_age)
            if not usual.has_news():
                editions.skip(edition, "nothing new to say")
            elif plan.needs_approval:
                self._tell_staff(session, edition, content, usual.key())
            return edition.id

    def approve_due(self) -> list[int]:
        """Approve drafts that need nobody's word and whose hour has come. Of one that the gate stops, ops are told."""
        now, due = self.clock(), []
        for plan in self.plans.values():
            with self.database.write() as session:
                draft = None if plan.needs_approval else editions.open_draft(session, plan.key)
                if draft is None or draft.planned_at > now:
                    continue
                draft.cutoff_at = contents.cutoff(session, now)
                due.append(draft.id)
        return [number for number in due if self._approve_unasked(number)]

    def _approve_unasked(self, edition_id: int) -> bool:
        try:
            self.approve(edition_id, by=_BY_CONFIG)
        except GateError as error:
            with self.database.write() as session:
                edition = editions.get(session, edition_id)
                edition.reason = str(error)
                todo = f"mend it, and it goes out; or `digest approve {edition_id} --force --why …` sends it as it is"
                self.tell_ops(session, edition, "gate", edition.reason, todo)
            return False
        return True

    def content(self, edition_id: int) -> Content:
        """What an edition says: as sealed, or as its draft stands now."""
        with self.database.read() as session:
            return self.content_of(session, editions.get(session, edition_id))

    def content_of(self, session: Session, edition: EditionRow) -> Content:
        """`content`, within a transaction."""
        if edition.sealed is not None:
            return contents.unseal(edition.sealed)
        plan = self.plan(edition.newsletter)
        content = contents.draft(session, edition, plan.frame, self.topics_of, plan.max_age)
        return mark_duplicates(replace(content, templates=self.templates()))

    def count_news(self, content: Content, key: DigestKey) -> int:
        """How many articles a digest holds."""
        return sum(1 for _ in select(content, key).items)

    def standing(self, edition_id: int) -> EditionRow:
        """Where an edition stands."""
        with self.database.read() as session:
            return editions.get(session, edition_id)

    def coming(self) -> list[str]:
        """What is drafted or approved and waits for its hour or for approval, one line each."""
        with self.database.read() as session:
            waiting = editions.waiting(session)
        lines = []
        for edition in waiting:
            when = self.planned(edition.id).words
            todo = (
                f"digest approve {edition.id}" if edition.state == "draft" else f"digest send {edition.id} sends it now"
            )
            lines.append(f"edition {edition.id} of {edition.newsletter} is {edition.state}, planned for {when}; {todo}")
        return lines

    def count_digests(self, edition_id: int) -> int:
        """How many digests a frozen edition has."""
        with self.database.read() as session:
            return len(freeze.stored_digests(session, editions.get(session, edition_id)))

    def planned(self, edition_id: int) -> Planned:
        """When an edition goes out."""
        with self.database.read() as session:
            edition = editions.get(session, edition_id)
        zone = self.plan(edition.newsletter).zone
        return Planned(edition.planned_at <= self.clock(), moment(edition.planned_at, zone.key))

    def usual_window(self, edition_id: int) -> datetime:
        """Where the window of a reader starts who got everything before."""
        return self._usual_reader(edition_id).since

    def digest_key(self, edition_id: int, topics: Collection[str] | None = None) -> DigestKey | None:
        """The key of a reader of these topics (None: all) who got all before; None where she gets no letter."""
        key = self._usual_reader(edition_id).key(topics)
        return key if key.topics else None

    def _usual_reader(self, edition_id: int) -> UsualReader:
        with self.database.read() as session:
            edition = editions.get(session, edition_id)
            max_age = self.plan(edition.newsletter).max_age
            return usual_reader(session, edition, self.content_of(session, edition), max_age)

    def blueprint(self, edition_id: int, key: DigestKey, *, prefix: str = "") -> tuple[str, Blueprint]:
        """Subject and blueprint of one digest, for looking at; `prefix` stands before the subject."""
        content = self.content(edition_id)
        with self.database.read() as session:
            edition = editions.get(session, edition_id)
        nonce, date = edition.nonce or secrets.token_hex(8), edition.frozen_at or self.clock()
        if prefix:
            first = next((item.article.title for item in select(content, key).items), content.newsletter_name)
            content = replace(content, subject=prefix + (content.subject or first))
        composer = Composer(content, nonce=nonce, date=date)
        return composer.subject(key), composer.compose(key)

    def change(self, edition_id: int, wanted: Change) -> bool:
        """Change an edition; returns whether its seal broke. Raises EditionError for an article it does not hold."""
        held = {article.id for article in self.content(edition_id).articles}
        asked = {*wanted.hide, *(number for number, _ in wanted.move)} | ({wanted.lead} if wanted.lead else set())
        if unknown := sorted(asked - held):
            raise EditionError(f"edition {edition_id} has no article {unknown[0]}; `digest preview` numbers them")
        with self.database.write() as session:
            return editions.change(session, editions.get(session, edition_id), wanted)

    def sample(self, edition_id: int, *, only_full: bool = False) -> Sample:
        """What the gate looks at of an edition. `only_full`: of its letters, only that of a reader of every topic."""
        with self.database.read() as session:
            edition = editions.get(session, edition_id)
            content = self.content_of(session, edition)
            usual = usual_reader(session, edition, content, self.plan(edition.newsletter).max_age)
            changed, withdrawn = contents.drifted(session, content)
        if edition.state in ("sending", "paused", "sent"):
            return Sample(content, changed, withdrawn, self._stored_letters(edition_id))
        look = full_letter if only_full else usual_letters
        return Sample(content, changed, withdrawn, look(usual, edition.frozen_at or self.clock()))

    def _stored_letters(self, edition_id: int) -> Iterator[tuple[str, bytes]]:
        with self.database.read() as session:
            yield from stored_letters(session, editions.get(session, edition_id))

    def approve(self, edition_id: int, *, by: str = "", force_why: str = "") -> list[Finding]:
        """Seal what an edition says, once the gate has judged it; returns what it found and let pass.

        A letter that cannot be composed is found here, not while sending. Raises GateError for an edition with errors,
        unless `force_why` says why it is to go out in spite of them, which is recorded.
        """
        before = self.standing(edition_id)
        editions.require_draft(before)
        # Judging takes the time, so it is done before the write lock is taken.
        sample = self.sample(edition_id)
        found = sample.judge(http_allowed=self.http_allowed)
        if not force_why:
            refuse(edition_id, found)
        by, now = by or who(), self.clock()
        with self.database.write() as session:
            edition = editions.get(session, edition_id)
            if (edition.edits, edition.cutoff_at) != (before.edits, before.cutoff_at):
                raise EditionError(f"edition {edition_id} was changed while it was judged; approve it again")
            editions.approve(
                session, edition, contents.seal(sample.content), by=by, nonce=secrets.token_hex(8), now=now
            )
            errors = [finding.identity for finding in errors_of(found)]
            overrides.add(session, edition_id, errors, by=by, why=force_why, now=now)
        return found

    def stopping(self, edition_id: int) -> list[Finding]:
        """The errors that keep an approved edition from being sent: those that nobody has overridden."""
        with self.database.read() as session:
            overridden = overrides.of(session, edition_id)
        found = self.sample(edition_id, only_full=True).judge(http_allowed=self.http_allowed)
        return [finding for finding in errors_of(found) if finding.identity not in overridden]

    def cancel(self, edition_id: int) -> None:
        """Give an edition up. Readers who have it keep it; the others are left out. May be repeated after a kill."""
        with self.database.write() as session:
            editions.cancel(editions.get(session, edition_id))
        left_out = _ROWS_AT_ONCE
        while left_out == _ROWS_AT_ONCE:
            with self.database.write() as session:
                left_out = editions.leave_out_rest(session, edition_id, self.clock(), _ROWS_AT_ONCE)

    def _tell_staff(self, session: Session, edition: EditionRow, content: Content, key: DigestKey) -> None:
        values = {
            "edition": edition.id,
            "planned": moment(edition.planned_at, content.zone),
            "readers": subscribers.count_active(session, edition.newsletter),
            "titles": [item.article.title for item in select(content, key).items],
        }
        self._letter(session, "draft-ready", self.staff, content, values, token=f"edition {edition.id}")

    def tell_ops(self, session: Session, edition: EditionRow, about: str, happened: str, todo: str) -> None:
        """Queue a mail to ops; of one edition, the same kind of trouble (`about`) is told once."""
        frame = self.plan(edition.newsletter).frame
        where = f"edition {edition.id} of “{frame.newsletter_name}”"
        values = {"happened": happened, "todo": todo, "where": where, "role": "ops"}
        self._letter(session, "ops-notice", self.ops, frame, values, token=f"edition {edition.id} {about}")

    def tell_of_source(self, session: Session, source: str, trouble: Trouble) -> None:
        """Queue a mail to ops, and to staff where it concerns them; the same trouble of a source is told once."""
        token = f"source {source} {trouble.kind} {trouble.since.isoformat()}"
        if letters.is_known(session, "ops-notice", token):
            return
        frame = next(iter(self.plans.values())).frame
        values = {"happened": trouble.happened, "todo": trouble.todo, "where": f"source “{source}”"}
        told = {"ops": self.ops, "staff": [address for address in self.staff if address not in self.ops]}
        for role in ("ops", "staff") if trouble.concerns_staff else ("ops",):
            if told[role]:
                self._letter(session, "ops-notice", told[role], frame, {**values, "role": role}, token=token)

    def _letter(
        self,
        session: Session,
        name: str,
        to: Sequence[str],
        frame: Content,
        values: Mapping[str, object],
        *,
        token: str,
    ) -> None:
        now = self.clock()
        values = {"newsletter": frame.newsletter_name, **values}
        nonce = secrets.token_hex(8)
        blueprint = compose_letter(name, values, frame, templates=self.templates(), date=now, nonce=nonce)
        stored = freeze.store_blueprint(session, blueprint, now)
        letters.queue(session, name, to, token=token, blueprint_id=stored, domain=self.message_domain, now=now)


def who() -> str:
    """The account of whoever runs this program."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "command line"


def offered(content: Content) -> tuple[str, ...]:
    """The slugs of the topics on offer, in order."""
    return tuple(topic.slug for topic in content.topics)
