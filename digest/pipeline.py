"""collect → compose → deliver → record: the one file that knows all four."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session

from digest import mailroom
from digest.compose import Composer, digest_key, select
from digest.database import Database
from digest.deliver import Policy, deliver
from digest.desk import Desk, offered
from digest.dkim import Signer
from digest.errors import EditionError, SourceError
from digest.gate import in_short
from digest.keys import Keys
from digest.models import EditionRow
from digest.record import (
    editions,
    findings,
    freeze,
    health,
    lanes,
    letters,
    readers,
    reports,
    retention,
    suspects,
    visits,
)
from digest.record.bounce_rules import USUAL, Rules
from digest.record.freeze import Digest
from digest.record.keylines import key_line
from digest.record.ledger import SqlLedger
from digest.record.pace import NO_LIMITS, Rates
from digest.record.readers import Reader, reason_for_none
from digest.record.retention import KEEP_ALL, Periods, Thinned
from digest.record.trouble import told_plainly
from digest.tokens import sign_delivery, view_name
from digest.types import (
    Clock,
    Content,
    DigestKey,
    DueSource,
    Fetch,
    Finished,
    Found,
    FoundArticle,
    FoundEvent,
    Kind,
    Reply,
    Sender,
    SetUpSource,
    Stage,
    State,
    Validators,
    Visit,
)

BY_HAND = "by hand"
"""The source of what staff added themselves."""

log = logging.getLogger(__name__)

_CHUNK = 2000
"""Readers per transaction of a freeze: some 100 ms of the write lock."""
_REFUSALS_AT_ONCE = 20
"""Held back until they are recorded, which takes 60 ms on SQLite and 200 on PostgreSQL: what a kill costs at most."""


@dataclass(frozen=True, slots=True)
class Collected:
    """What one visit to a source brought."""

    visit: Visit
    new: int = 0
    changed: int = 0


@dataclass(frozen=True, slots=True)
class Added:
    """What a page added by hand brought."""

    urls: tuple[str, ...]
    new: int
    changed: int


@dataclass(frozen=True, slots=True)
class Sent:
    """What one run of the sender did, and what is left."""

    editions: tuple[int, ...]
    outcomes: Mapping[str, int]
    remaining: int
    due_again_at: datetime | None
    trouble: Reply | None = None
    """The relay's last words where it was given up."""
    resting: tuple[str, ...] = ()
    """Which lanes rest until when and why, one clause each."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What sending an edition would do now."""

    edition: int
    letters: int
    domains: Mapping[str, int]
    left_out: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """All of it, on one database. Made by digest/wiring.py."""

    desk: Desk
    database: Database
    keys: Keys
    clock: Clock
    site_url: str
    zone: ZoneInfo
    """`site.timezone`: a date without a time means noon there."""
    sources: Mapping[str, SetUpSource]
    open_sender: Callable[[], AbstractContextManager[Sender]]
    policy: Policy
    return_path: str
    rates: Rates = NO_LIMITS
    signer: Signer | None = None
    """None: the relay signs, or nobody."""
    retention: Periods = KEEP_ALL
    bounce_rules: Rules = USUAL

    def collect(
        self, names: Sequence[str] | None = None, report: Callable[[Collected], None] = lambda _: None
    ) -> list[Collected]:
        """Ask these sources, or all that may be asked, once, and store what is new or changed.

        Raises SourceError for a name that no source has.
        """
        with self.database.read() as session:
            names = visits.may_be_asked(session, self._addresses(), self.clock()) if names is None else names
            validators = visits.validators(session, self._addresses())
        if unknown := [name for name in names if name not in self.sources]:
            raise SourceError(f"there is no source {unknown[0]!r}; config.yaml has: {', '.join(self.sources)}")
        due = [DueSource(name, self.sources[name].source, validators.get(name, Validators())) for name in names]
        results: list[Collected] = []

        def store(visit: Visit) -> None:
            try:
                results.append(self._store(visit))
            except (DataError, UnicodeError) as error:
                # A plug-in that lets through what no text may hold must not cost the other sources their visit.
                log.exception("what source %s gave cannot be stored", visit.name)
                problem = f"what it gave cannot be stored ({type(error).__name__}); the log holds the details"
                results.append(self._store(Visit(visit.name, None, problem)))
            report(results[-1])

        asyncio.run(self._visit(due, store))
        return results

    def due_sources(self, asked_before: datetime | None = None) -> list[str]:
        """The sources whose turn it is by the clock, and those last asked before a moment, if one is given."""
        with self.database.read() as session:
            return visits.due(session, self._addresses(), self.clock(), asked_before=asked_before)

    def _addresses(self) -> dict[str, str]:
        return {name: source.address for name, source in self.sources.items()}

    async def _visit(self, due: Sequence[DueSource], store: Callable[[Visit], None]) -> None:
        # What it needs of HTTP takes 0.2 s to load, and most commands ask nobody.
        from digest import collect

        private = [one for one in due if self.sources[one.name].allow_private]
        public = [one for one in due if not self.sources[one.name].allow_private]
        # Two sessions, for a connection to a private address must never serve a source that may not lead there.
        async with (
            collect.open_fetch(self.site_url) as fetch,
            collect.open_fetch(self.site_url, allow_private=True) as fetch_anywhere,
        ):
            visited, visited_privately = await asyncio.gather(
                collect.collect(public, fetch, store), collect.collect(private, fetch_anywhere, store)
            )
            await self._withdraw_what_is_gone(visited, fetch)
            await self._withdraw_what_is_gone(visited_privately, fetch_anywhere)

    async def _withdraw_what_is_gone(self, visited: Sequence[Visit], fetch: Fetch) -> None:
        """Ask for the pages of what feeds should still have and have not."""
        from digest import collect

        for visit in visited:
            if visit.found is None or not visit.found.articles:
                continue
            with self.database.read() as session:
                asked = suspects.suspects(session, visit.name, visit.found, self.clock())
            if gone := await collect.gone(asked, fetch):
                with self.database.write() as session:
                    suspects.withdraw(session, gone, self.clock())

    def _store(self, visit: Visit) -> Collected:
        now, source = self.clock(), self.sources[visit.name]
        with self.database.write() as session:
            row = visits.source(session, visit.name, source.address)
            most_news = source.first_collection if row.succeeded_at is None else None
            stored = findings.store(session, visit, now, most_news=most_news)
            visits.note(session, row, visit, stored.new, now)
            if trouble := health.trouble(row, now):
                self.desk.tell_of_source(session, visit.name, trouble)
        return Collected(visit, stored.new, stored.changed)

    def add_page(
        self, url: str, *, kind: Kind | None = None, categories: Sequence[str] = (), allow_private: bool = False
    ) -> Added:
        """Store what one page is, as staff found it. Raises SourceError where it cannot be had or is no article."""
        from digest import collect

        items = asyncio.run(collect.read_page(url, self.site_url, self.zone, allow_private=allow_private))
        articles = tuple(
            replace(item, kind=kind or item.kind, categories=tuple(dict.fromkeys((*item.categories, *categories))))
            for item in items
            if isinstance(item, FoundArticle)
        )
        events = tuple(item for item in items if isinstance(item, FoundEvent))
        with self.database.write() as session:
            stored = findings.store(session, Visit(BY_HAND, Found(articles, events)), self.clock())
        return Added(tuple(item.url for item in items), stored.new, stored.changed)

    async def send(
        self,
        edition_id: int | None = None,
        *,
        stop: asyncio.Event | None = None,
        report: Callable[[Finished], None] = lambda _: None,
        ready: Callable[[int], None] = lambda _: None,
        patient: bool = False,
    ) -> Sent:
        """The sender's work, once: letters, then editions whose hour has come, then what is due again.

        With an edition, only that one, be its hour come or not. `ready` is told how many deliveries wait. A patient
        sender waits for a relay that is down until it is stopped.
        """
        with told_plainly(self.database):
            return await self._send(
                self.due(edition_id), edition_id is not None, stop or asyncio.Event(), report, ready, patient
            )

    async def _send(
        self,
        numbers: Sequence[int],
        only_these: bool,
        stop: asyncio.Event,
        report: Callable[[Finished], None],
        ready: Callable[[int], None],
        patient: bool,
    ) -> Sent:
        self.compose_letters()
        for number in numbers:
            self.freeze(number)
        outcomes: dict[str, int] = {}
        refused: list[Finished] = []

        def count(one: Finished) -> None:
            outcomes[one.state] = outcomes.get(one.state, 0) + 1
            if one.state is State.FAILED and one.reply.stage is Stage.RCPT:
                refused.append(one)
                if len(refused) == _REFUSALS_AT_ONCE:
                    self._record_refusals(refused)
                    refused.clear()
            report(one)

        with self.database.read() as session:
            ready(reports.remaining(session)[0])
        trouble = await self._deliver(numbers if only_these else None, stop, count, patient)
        if refused:
            self._record_refusals(refused)
        with self.database.write() as session:
            for number in numbers:
                self._close(session, editions.get(session, number), stopped=stop.is_set())
            remaining, due_again_at = reports.remaining(session)
            resting = reports.resting(session, self.clock())
        return Sent(tuple(numbers), outcomes, remaining, due_again_at, trouble, tuple(resting))

    def _record_refusals(self, refused: Sequence[Finished]) -> None:
        """What servers said of single addresses counts as what comes back later does."""
        # Its phrases and patterns take some 20 ms to make ready; most sends need them not.
        from digest.record import feedback

        with self.database.write() as session:
            feedback.record_refusals(session, refused, self.bounce_rules, self.clock())

    def compose_letters(self) -> int:
        """Compose the letters to subscribers that wait for it; returns how many. Staff's are composed when queued."""
        return mailroom.compose_waiting(self.database, self.desk, self.clock())

    def try_failed_again(self, edition_id: int) -> int:
        """Queue an edition's failed deliveries anew; `send` then sends them. Returns how many they are."""
        with self.database.write() as session:
            return editions.try_failed_again(session, editions.get(session, edition_id), self.clock())

    def thin_out(self) -> Thinned:
        """Let go of what has been kept long enough. Short transactions; killed in between, it goes on the next time."""
        return retention.thin_out(self.database, self.retention, self.clock())

    def has_work(self) -> bool:
        """Whether `send` would find anything to do now."""
        with self.database.read() as session:
            return reports.is_anything_due(session, self.clock())

    def due(self, edition_id: int | None = None) -> list[int]:
        """The editions to be sent now: those whose hour has come, or the one that is asked for."""
        with self.database.read() as session:
            if edition_id is None:
                return [edition.id for edition in editions.due(session, self.clock())]
            edition = editions.get(session, edition_id)
            if edition.state not in ("approved", "sending"):
                raise EditionError(f"edition {edition.id} is {edition.state}; {_HOW_ON.get(edition.state, '')}")
            return [edition.id]

    def freeze(self, edition_id: int) -> None:
        """Fix who gets an edition and compose what they get, unless the gate stops it. Safe to repeat after a kill."""
        if self.desk.standing(edition_id).state != "approved" or self._is_stopped(edition_id):
            return
        now = self.clock()
        with self.database.write() as session:
            edition = editions.get(session, edition_id)
            if edition.state != "approved":
                return
            content = self.desk.content_of(session, edition)
            date = freeze.start(session, edition, now)
            digests = freeze.stored_digests(session, edition)
            past = readers.past_editions(session, edition, self.desk.plan(edition.newsletter).max_age)
        composer = Composer(content, nonce=edition.nonce, date=date)
        for chunk in self._unfrozen(edition, past):
            self._freeze_chunk(edition, content, composer, digests, chunk)
        with self.database.write() as session:
            freeze.finish(session, editions.get(session, edition_id))

    def _is_stopped(self, edition_id: int) -> bool:
        """Whether the gate stops an approved edition; ops are told then."""
        errors = self.desk.stopping(edition_id)
        if errors:
            with self.database.write() as session:
                edition = editions.get(session, edition_id)
                editions.stop(session, edition, in_short(errors))
                todo = f"`digest check {edition_id}` shows all; mend it, then approve it again"
                self.desk.tell_ops(session, edition, "gate", f"the edition is stopped: {edition.reason}", todo)
        return bool(errors)

    def _unfrozen(self, edition: EditionRow, past: readers.PastEditions) -> Iterator[list[Reader]]:
        after, zone = 0, self.desk.plan(edition.newsletter).zone
        while True:
            with self.database.read() as session:
                chunk = readers.readers(session, edition, past, self.clock(), zone=zone, after=after, limit=_CHUNK)
            if not chunk:
                return
            yield chunk
            after = chunk[-1].subscriber_id

    def _freeze_chunk(
        self,
        edition: EditionRow,
        content: Content,
        composer: Composer,
        digests: dict[str, Digest],
        chunk: Sequence[Reader],
    ) -> None:
        now, wanted = self.clock(), _wanted(content, chunk)
        missing = {
            line: key
            for key in wanted.values()
            if isinstance(key, DigestKey) and (line := key_line(key)) not in digests
        }
        # Composing takes the time, so it is done before the write lock is taken. Digests that differ in what they hold
        # back say the same.
        views = {
            said: view_name(self.keys, edition.id, key_line(said))
            for said in {replace(key, held=()) for key in missing.values()}
        }
        blueprints = {said: composer.compose(said, view) for said, view in views.items()}
        with self.database.write() as session:
            # In one order everywhere: two senders that freeze at once would else wait for each other's rows for ever.
            for line, key in sorted(missing.items()):
                ids = [item.article.id for item in select(content, key).items]
                said = replace(key, held=())
                digests[line] = freeze.store_digest(session, edition, key, ids, blueprints[said], views[said], now)
            gets = {number: key if isinstance(key, str) else digests[key_line(key)] for number, key in wanted.items()}
            freeze.add_deliveries(session, edition, chunk, gets, self.keys, self.desk.message_domain, now)

    def forecast(self, edition_id: int) -> Forecast:
        """What sending an edition would do now. Writes nothing."""
        with self.database.read() as session:
            edition = editions.get(session, edition_id)
            domains, left_out = reports.domains(session, edition_id), reports.left_out(session, edition_id)
            past = readers.past_editions(session, edition, self.desk.plan(edition.newsletter).max_age)
            content = self.desk.content_of(session, edition)
        going, staying = Counter(domains), Counter(left_out)
        if edition.state in ("draft", "approved"):
            for chunk in self._unfrozen(edition, past):
                wanted = _wanted(content, chunk)
                going.update(r.domain for r in chunk if isinstance(wanted[r.subscriber_id], DigestKey))
                staying.update(reason for reason in wanted.values() if isinstance(reason, str))
        return Forecast(edition_id, going.total(), dict(going.most_common()), dict(staying.most_common()))

    async def _deliver(
        self, numbers: Sequence[int] | None, stop: asyncio.Event, report: Callable[[Finished], None], patient: bool
    ) -> Reply | None:
        ledger = SqlLedger(
            self.database,
            self.clock,
            resend_uncertain=self.policy.uncertain == "resend",
            editions=numbers,
            rates=self.rates,
            on_rest=self._tell_of_rest,
        )
        with ledger, self.open_sender() as sender:
            return await deliver(
                ledger,
                sender,
                token=lambda number: sign_delivery(self.keys, number),
                return_path=self.return_path,
                relay_rate=self.relay_rate,
                clock=self.clock,
                policy=self.policy,
                stop=stop,
                report=report,
                patient=patient,
                signer=self.signer,
            )

    def relay_rate(self, lane: str) -> float | None:
        """How many letters a second a relay (`relay:host:port`) may be given today; None: as many as it takes."""
        if self.rates.warm_up is None:
            return self.rates.relay
        with self.database.write() as session:
            return self.rates.of_relay(lanes.day_of_warm_up(session, lane, self.clock()))

    def _tell_of_rest(self, session: Session, lane: str, until: datetime, reason: str) -> None:
        """Ops must know where a receiver refuses us for its policy; other rests pass by themselves."""
        name = lane.partition(":")[2]
        happened = f"{name} refuses our letters as a matter of policy; it rests until {until:%H:%M} UTC"
        todo = "`digest deliveries --state failed` shows its words; see that SPF, DKIM and DMARC are in order"
        sending = [edition for edition in editions.due(session, self.clock()) if edition.state == "sending"]
        if reason == "policy" and sending:
            self.desk.tell_ops(session, sending[0], f"rest of {lane}", happened, todo)

    def _close(self, session: Session, edition: EditionRow, *, stopped: bool) -> None:
        editions.close_if_done(session, edition, self.clock())
        stuck = editions.needing_time(editions.open_sums(session, edition.id))
        if edition.state == "sending" and stuck and not stopped:
            todo = f"`digest send` goes on with it; `digest deliveries {edition.id}` shows the servers' own words"
            self.desk.tell_ops(session, edition, "open", f"the edition stays open: {stuck}", todo)

    def proof(self, edition_id: int, key: DigestKey, address: str) -> None:
        """Send one digest to one address, marked [TEST]; recorded as a letter, outside the edition's sums."""
        _, blueprint = self.desk.blueprint(edition_id, key, prefix="[TEST] ")
        now = self.clock()
        with self.database.write() as session:
            stored = freeze.store_blueprint(session, blueprint, now)
            token = f"edition {edition_id} {now.isoformat()}"
            letters.queue(
                session, "proof", [address], token=token, blueprint_id=stored, domain=self.desk.message_domain, now=now
            )
        asyncio.run(self._deliver([], asyncio.Event(), lambda _: None, patient=False))


_HOW_ON = {
    "draft": "`digest approve` it first",
    "paused": "`digest resume` lets it go on",
    "sent": "everybody has it",
    "cancelled": "it stays so",
    "skipped": "its articles are in a later one",
}


def _wanted(content: Content, chunk: Sequence[Reader]) -> dict[int, DigestKey | str]:
    """Which digest each reader is to get, by subscriber, or why she gets none."""
    slugs = offered(content)
    keys: dict[tuple[str, datetime | None, tuple[int, ...], str], DigestKey] = {}
    wanted: dict[int, DigestKey | str] = {}
    for reader in chunk:
        group = (reader.topics, reader.since, reader.held, reader.language)
        if group not in keys:
            keys[group] = digest_key(content, reader.follows(slugs), reader.since, reader.held, reader.language)
        wanted[reader.subscriber_id] = reader.passed_over or reason_for_none(keys[group]) or keys[group]
    return wanted
