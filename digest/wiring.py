"""Settings become objects, here and nowhere else."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

import subscribers
from digest import files, keys, senders, sources
from digest.config import Newsletter, SenderSettings, Settings
from digest.database import Database, known_key_check, open_database, require_keys, require_schema
from digest.deliver import Policy
from digest.desk import Desk, Plan
from digest.dkim import Signer, SigningKey, read_key
from digest.errors import ConfigError, SecretsError, SourceError
from digest.pipeline import Pipeline
from digest.record.bounce_rules import Rules
from digest.record.pace import Rates, WarmUp
from digest.record.retention import Periods
from digest.testserver import TestServer
from digest.types import Brand, Clock, Content, Logo, Sender, SetUpSource, SourceContext, Topic

if TYPE_CHECKING:
    from digest.feedback.channels import Channel
    from digest.feedback.webhooks import Webhook
    from digest.intake import Intake

_NEVER = datetime.min.replace(tzinfo=UTC)


class TestBackendSettings(BaseModel):
    """The keys of `kind: test`: the letters lie in `store`, a Maildir."""

    __test__ = False  # pytest would take it for a test
    model_config = ConfigDict(extra="forbid", frozen=True)

    store: str = "outbox"
    connections: int = 10


def system_clock() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


def clock_from(start: datetime) -> Clock:
    """A clock that is set to `start` now and runs on from there."""
    set_at = system_clock()
    return lambda: start + (system_clock() - set_at)


def clock_from_environment() -> Clock:
    """The system's clock, or one set by DIGEST_NOW, for rehearsals. Raises ConfigError for what is no aware time."""
    text = os.environ.get("DIGEST_NOW", "")
    if not text:
        return system_clock
    try:
        start = datetime.fromisoformat(text)
        if start.tzinfo is None:
            raise ValueError
    except ValueError:
        problem = "wants a time with its offset, like 2026-01-07T09:00:00-05:00"
        raise ConfigError("DIGEST_NOW", None, "", problem) from None
    return clock_from(start.astimezone(UTC))


def open_pipeline(settings: Settings, clock: Clock) -> Pipeline:
    """The whole pipeline over a database that is there and ours. Raises the DigestError that says what is amiss."""
    secrets, signs = keys.load(settings.secrets_file), signer(settings)
    database = open_database(settings.database.url, synchronous=settings.database.synchronous)
    require_schema(database)
    require_keys(database, secrets.check_value)
    require_topics(settings, database)
    first = next(iter(settings.newsletters.values()))
    message_domain = first.from_address.rpartition("@")[2]
    return Pipeline(
        desk=desk(settings, database, clock, message_domain),
        database=database,
        keys=secrets,
        clock=clock,
        site_url=settings.site.url,
        zone=settings.site.zone,
        sources=open_sources(settings, clock),
        open_sender=sender_opener(settings),
        policy=Policy(
            give_up_after=settings.sender.give_up_after,
            uncertain=settings.sender.uncertain,
            soft_bounce=settings.sender.soft_bounce,
        ),
        rates=_rates(settings.sender),
        bounce_rules=_bounce_rules(settings),
        retention=Periods(settings.retention.letters, settings.retention.deliveries),
        return_path=settings.sender.return_path or f"bounces+{{token}}@{message_domain}",
        signer=signs,
    )


def _bounce_rules(settings: Settings) -> Rules:
    soft = settings.feedback.soft
    return Rules(soft.count, soft.within, soft_only=settings.sender.soft_bounce)


def intake(pipeline: Pipeline) -> "Intake":
    """What takes in feedback, over the pipeline's database."""
    # Its phrases and patterns take some 20 ms to make ready; few commands need them.
    from digest.intake import Intake

    return Intake(pipeline.database, pipeline.keys, pipeline.clock, pipeline.bounce_rules)


def open_channels(settings: Settings) -> "list[Channel]":
    """Where feedback comes to. Raises ConfigError for an unknown kind or a wrong key."""
    from digest.feedback import channels

    opened = []
    for number, channel in enumerate(settings.feedback.channels):
        place = ("feedback", "channels", number)
        if channel.kind not in channels.BUILT_IN:
            known = ", ".join(channels.BUILT_IN)
            raise settings.fault((*place, "kind"), f"there is no channel of this kind; allowed: {known}")
        found = channels.find(channel.kind)
        opened.append(found(settings.check(place, found.Settings), settings.folder))
    return opened


def open_webhooks(settings: Settings) -> "dict[str, Webhook]":
    """What providers report to, by kind. Raises ConfigError for an unknown kind, one named twice, or a wrong key."""
    from digest.feedback import webhooks

    opened: dict[str, Webhook] = {}
    for number, webhook in enumerate(settings.feedback.webhooks):
        place = ("feedback", "webhooks", number)
        if webhook.kind not in webhooks.BUILT_IN or webhook.kind in opened:
            problem = "stands here twice" if webhook.kind in opened else "there is no webhook of this kind"
            raise settings.fault((*place, "kind"), f"{problem}; allowed, once each: {', '.join(webhooks.BUILT_IN)}")
        found = webhooks.find(webhook.kind)
        opened[webhook.kind] = found(settings.check(place, found.Settings))
    return opened


def signer(settings: Settings) -> Signer | None:
    """Signs with the keys of config.yaml; None where it names none. Raises ConfigError for a file that holds no key."""
    keys_of_ours = tuple(_signing_key(settings, number) for number in range(len(settings.sender.dkim)))
    return Signer(keys_of_ours) if keys_of_ours else None


def _signing_key(settings: Settings, number: int) -> SigningKey:
    given, place = settings.sender.dkim[number], ("sender", "dkim", number)
    try:
        return SigningKey(given.domain, given.selector, read_key(given.key_file))
    except SecretsError as error:
        raise settings.fault((*place, "key_file"), str(error)) from error
    except ValueError as error:
        raise settings.fault(place, str(error)) from error


def _rates(sender: SenderSettings) -> Rates:
    given = sender.warm_up
    warm_up = WarmUp(given.first_day, given.growth) if given else None
    return Rates(relay=sender.rate, domains=sender.domain_rates, warm_up=warm_up)


def initialise(settings: Settings) -> Database:
    """Make the secrets and the database where they are missing, and bring the schema up to date. Safe to repeat."""
    # Alembic takes a second to import; only this command needs it.
    from digest import migrations

    database = open_database(settings.database.url, synchronous=settings.database.synchronous)
    migrations.upgrade(database)
    if settings.secrets_file.exists():
        secrets = keys.load(settings.secrets_file)
    elif known_key_check(database) is None:
        secrets = keys.create(settings.secrets_file)
    else:
        secrets = keys.load(settings.secrets_file)  # says that they are missing: new ones would not fit the database
    require_keys(database, secrets.check_value)
    require_topics(settings, database)
    return database


def require_topics(settings: Settings, database: Database) -> None:
    """Refuse to start where readers follow a topic that config.yaml no longer names; move those of renamed ones."""
    known = {topic.slug for topic in settings.topics}
    renamed = {topic.renamed_from: topic.slug for topic in settings.topics if topic.renamed_from}
    with database.read() as session:
        followed = subscribers.followed_topics(session)
    if orphans := sorted(followed - known - set(renamed)):
        problem = f"readers follow {orphans[0]!r}, which is gone; say renamed_from: {orphans[0]} or retired: true"
        raise settings.fault(("topics",), problem)
    if followed & set(renamed):
        with database.write() as session:
            subscribers.rename_topics(session, renamed)


def desk(settings: Settings, database: Database, clock: Clock, message_domain: str) -> Desk:
    """The staff's side."""
    return Desk(
        database=database,
        clock=clock,
        plans={key: plan(settings, key, newsletter) for key, newsletter in settings.newsletters.items()},
        topics_of=settings.rules.topics_of,
        templates=lambda: files.read_templates(settings.templates),
        message_domain=message_domain,
        http_allowed=settings.sender.keeps_letters_here,
        staff=settings.staff,
        ops=settings.ops,
    )


def plan(settings: Settings, key: str, newsletter: Newsletter) -> Plan:
    """A newsletter with the frame of its content."""
    frame = Content(
        newsletter=key,
        newsletter_name=newsletter.name,
        sender=newsletter.sender,
        brand=brand(settings),
        web_url=settings.web.url,
        zone=newsletter.zone.key,
        planned_at=_NEVER,
        topics=tuple(
            Topic(t.slug, t.name, t.group, t.url or "", t.minimum)
            for t in settings.topics
            if t.slug in newsletter.topics
        ),
        articles=(),
        theme=newsletter.theme or "",
        reply_to=newsletter.reply_to or "",
        language=newsletter.language,
        unsubscribe_address=settings.feedback.unsubscribe or "",
    )
    return Plan(
        key=key,
        rhythm=newsletter.rhythm,
        zone=newsletter.zone,
        needs_approval=newsletter.approval == "required",
        draft_ahead=newsletter.draft_ahead,
        max_age=newsletter.max_age,
        frame=frame,
    )


def brand(settings: Settings) -> Brand:
    """Who the letters are from, and how they look."""
    site, look = settings.site, settings.site.brand
    return Brand(
        site.name,
        site.tagline,
        site.url,
        site.postal_address,
        accent=look.accent or "",
        accent_dark=look.accent_dark or "",
        serif=look.serif or "",
        sans=look.sans or "",
        logo=Logo(**look.logo.model_dump()) if look.logo else None,
        sign_off=look.sign_off,
    )


def source_context(settings: Settings, clock: Clock = system_clock) -> SourceContext:
    """What sources may know of their surroundings."""
    return SourceContext(zone=settings.site.zone, folder=settings.folder, clock=clock)


def open_sources(settings: Settings, clock: Clock = system_clock) -> Mapping[str, SetUpSource]:
    """Every source by its name. Raises ConfigError for an unknown kind or a wrong key."""
    context, opened = source_context(settings, clock), {}
    for number, source in enumerate(settings.sources):
        place = ("sources", number)
        try:
            plug_in = sources.find(source.kind)
        except SourceError as error:
            raise settings.fault((*place, "kind"), str(error)) from error
        opened[source.name] = SetUpSource(
            plug_in(settings.check(place, plug_in.Settings), context),
            address=str(source.options.get("url") or source.options.get("path") or ""),
            allow_private=source.allow_private,
            first_collection=source.first_collection,
        )
    return opened


def sender_opener(settings: Settings) -> Callable[[], AbstractContextManager[Sender]]:
    """How to open the sender that config.yaml names; its settings are checked now."""
    if settings.sender.kind == "test":
        checked = settings.check(("sender",), TestBackendSettings)
        return lambda: _test_sender(settings.folder / checked.store, checked.connections)
    if settings.sender.kind not in senders.kinds():
        known = ", ".join(sorted({"test", *senders.kinds()}))
        raise settings.fault(("sender", "kind"), f"there is no sender of this kind; allowed: {known}")
    plug_in = senders.find(settings.sender.kind)
    options = settings.check(("sender",), plug_in.Settings)

    @contextmanager
    def opened() -> Iterator[Sender]:
        yield plug_in(options, settings.folder)

    return opened


def letter_stores(settings: Settings) -> tuple[Path, ...]:
    """The folders in which a sender of ours keeps letters; none where a relay takes them away."""
    key = {"test": "store", "folder": "path"}.get(settings.sender.kind)
    if key is None:
        return ()
    default = TestBackendSettings.model_fields["store"].default if key == "store" else ""
    return (settings.folder / str(settings.sender.options.get(key, default)),)


@contextmanager
def _test_sender(store: Path, connections: int) -> Iterator[Sender]:
    """The SMTP sender, with a mail server of our own at the other end."""
    with TestServer(store) as server:
        smtp = senders.find("smtp")
        options = {"host": server.host, "port": server.port, "tls": "none", "connections": connections}
        yield smtp(smtp.Settings.model_validate(options), store)
