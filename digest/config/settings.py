"""All of config.yaml as one frozen value, and how it is loaded and checked."""

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, Field, PrivateAttr, ValidationError, ValidationInfo, field_validator, model_validator

from digest import files
from digest.config.document import Document, Place, read
from digest.config.environment import override
from digest.config.faults import first_fault, misfit
from digest.config.models import (
    Addresses,
    Database,
    FeedbackSettings,
    FilePath,
    FolderPath,
    Newsletter,
    PlugInSection,
    Retention,
    Section,
    SenderSettings,
    Site,
    SourceSettings,
    TopicSettings,
    Web,
)
from digest.config.secrets import read_secrets, secret_keys
from digest.config.topics import TopicRules
from digest.config.values import Slug
from digest.errors import ConfigError

Model = TypeVar("Model", bound=BaseModel)


class Settings(Section):
    """What is set up. The database holds only what happens."""

    # pydantic reads the fields in this order; a validator sees those above its own.
    site: Site
    web: Web
    staff: Addresses = ()
    ops: Addresses = ()
    database: Annotated[Database, Field(default_factory=dict, validate_default=True)]
    topics: Annotated[tuple[TopicSettings, ...], Field(min_length=1)]
    sources: tuple[SourceSettings, ...]
    newsletters: Annotated[Mapping[Slug, Newsletter], Field(min_length=1)]
    sender: SenderSettings
    feedback: FeedbackSettings = FeedbackSettings()
    retention: Retention = Retention()
    secrets_file: Annotated[FilePath, Field("digest.secrets", validate_default=True)]
    """Absolute. The program's own secrets, made by `digest init`."""
    templates: FolderPath | None = None
    """The owner's folder of templates that take the place of ours."""

    _document: Document = PrivateAttr()
    _rules: TopicRules = PrivateAttr()

    def model_post_init(self, context: Any) -> None:
        """Keep what was read, for faults found later, and prepare the topic rules."""
        self._document = context
        self._rules = TopicRules(self.topics)

    @property
    def path(self) -> Path:
        """The configuration file, absolute."""
        return self._document.path.absolute()

    @property
    def folder(self) -> Path:
        """The folder that relative paths count from, absolute."""
        return self._document.folder

    @property
    def rules(self) -> TopicRules:
        """Which topics an article belongs to, and why."""
        return self._rules

    def fault(self, place: Place, problem: str) -> ConfigError:
        """What is wrong at a place, like `("sender", "kind")`, as the error to raise."""
        return self._document.fault(place, problem)

    def check(self, place: Place, model: type[Model]) -> Model:
        """Read the options at `("sender",)` or `("sources", 0)` with a plug-in's own model.

        Of the keys that every kind takes, the model gets those it names itself, like `connections`. A secret's
        `…_file` is read. Raises ConfigError for the first fault.
        """
        section = _plug_in_section(self, place)
        given: Mapping[str, object] = self._document.at(place)
        common = section.common_keys()
        own = {key: value for key, value in given.items() if key not in common or key in model.model_fields}
        also = [*common, *(f"{key}_file" for key in secret_keys(model))]
        try:
            return model.model_validate(read_secrets(self._document, place, model, own))
        except ValidationError as error:
            raise first_fault(self._document, place, model, error, also) from None

    @field_validator("topics")
    @classmethod
    def _topics_differ(cls, topics: tuple[TopicSettings, ...]) -> tuple[TopicSettings, ...]:
        first: dict[str, int] = {}
        for number, topic in enumerate(topics):
            if topic.slug in first:
                raise misfit(("topics", number, "slug"), f"{topic.slug} is taken; each topic needs its own slug")
            first[topic.slug] = number
        for number, topic in enumerate(topics):
            if topic.renamed_from in first:
                raise misfit(("topics", number, "renamed_from"), f"{topic.renamed_from} still stands here; take it out")
        return topics

    @field_validator("sources")
    @classmethod
    def _sources_differ(cls, sources: tuple[SourceSettings, ...]) -> tuple[SourceSettings, ...]:
        names: set[str] = set()
        for number, source in enumerate(sources):
            if source.name in names:
                raise misfit(("sources", number, "name"), f"{source.name} is taken; each source needs its own name")
            names.add(source.name)
        return sources

    @field_validator("newsletters", mode="before")
    @classmethod
    def _fill_in(cls, value: object, info: ValidationInfo) -> object:
        if not isinstance(value, dict):
            return value
        site: Site | None = info.data.get("site")
        offered = [topic.slug for topic in info.data.get("topics", ()) if not topic.retired]
        zone = site.zone.key if site else "UTC"
        return {key: _filled(newsletter, zone, offered) for key, newsletter in value.items()}

    @field_validator("newsletters")
    @classmethod
    def _topics_are_offered(
        cls, newsletters: Mapping[str, Newsletter], info: ValidationInfo
    ) -> Mapping[str, Newsletter]:
        if "topics" not in info.data:
            return newsletters  # Their own fault is told first.
        offered = [topic.slug for topic in info.data["topics"] if not topic.retired]
        for key, newsletter in newsletters.items():
            _check_offered(("newsletters", key, "topics"), newsletter.topics, offered)
        return {
            key: newsletter.model_copy(update={"topics": tuple(slug for slug in offered if slug in newsletter.topics)})
            for key, newsletter in newsletters.items()
        }

    @model_validator(mode="after")
    def _themes_are_there(self) -> Self:
        known = files.themes(self.templates)
        for key, newsletter in self.newsletters.items():
            if newsletter.theme and newsletter.theme not in known:
                raise misfit(
                    ("newsletters", key, "theme"),
                    f"there is no theme {newsletter.theme!r}; email/themes in the templates has: {', '.join(known)}",
                )
        return self

    @field_validator("sender")
    @classmethod
    def _links_are_safe(cls, sender: SenderSettings, info: ValidationInfo) -> SenderSettings:
        web: Web | None = info.data.get("web")
        if web and web.url.startswith("http:") and not sender.keeps_letters_here:
            raise misfit(
                ("web", "url"), f"letters sent by {sender.kind} want https; http goes with sender test or folder"
            )
        return sender

    @field_validator("sender")
    @classmethod
    def _keys_speak_for_from(cls, sender: SenderSettings, info: ValidationInfo) -> SenderSettings:
        domains = sorted({newsletter.from_domain for newsletter in info.data.get("newsletters", {}).values()})
        for number, key in enumerate(sender.dkim):
            if domains and not any(_is_same_or_below(key.domain, domain) for domain in domains):
                problem = f"no newsletter is sent from {key.domain}; write the domain of a `from`: {', '.join(domains)}"
                raise misfit(("sender", "dkim", number, "domain"), problem)
        return sender


def _is_same_or_below(one: str, other: str) -> bool:
    """Whether one domain is the other, or a part of it, in either order; DMARC then takes the one for the other."""
    shorter, longer = sorted((f".{one.lower()}", f".{other}"), key=len)
    return longer.endswith(shorter)


def load(path: Path) -> Settings:
    """Read and check the configuration, environment included. Raises ConfigError for the first fault in the file."""
    document = override(read(path), os.environ)
    try:
        return Settings.model_validate(document.data, context=document)
    except ValidationError as error:
        raise first_fault(document, (), Settings, error) from None


def _plug_in_section(settings: Settings, place: Place) -> PlugInSection:
    match place:
        case ("sender",):
            return settings.sender
        case ("sources", int(number)):
            return settings.sources[number]
        case ("feedback", "channels", int(number)):
            return settings.feedback.channels[number]
        case ("feedback", "webhooks", int(number)):
            return settings.feedback.webhooks[number]
    raise KeyError(place)


def _filled(newsletter: object, zone: str, offered: list[str]) -> object:
    if not isinstance(newsletter, dict):
        return newsletter
    topics = newsletter.get("topics", "all")
    return {"timezone": zone} | newsletter | {"topics": offered if topics == "all" else topics}


def _check_offered(place: Place, slugs: Collection[str], offered: list[str]) -> None:
    if not slugs:
        raise misfit(place, f"wants at least one topic; allowed: all, or a list of {', '.join(offered)}")
    for number, slug in enumerate(slugs):
        if slug not in offered:
            raise misfit(
                (*place, number), f"{slug} is no topic on offer; allowed: all, or a list of {', '.join(offered)}"
            )
