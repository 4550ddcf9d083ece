"""The sections of config.yaml. Fields have the program's words; an alias is the key in the file where it differs."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from digest.config.rules import Match
from digest.config.values import (
    Accent,
    Count,
    DarkAccent,
    Duration,
    EmailAddress,
    Fonts,
    Lane,
    Language,
    Line,
    Listen,
    Mailbox,
    Minimum,
    Network,
    Rate,
    ReturnPath,
    Slug,
    Url,
    When,
    Zone,
    ascii_domain,
    no_yes,
    split_mailbox,
)

Addresses = tuple[EmailAddress, ...]


def _folder(info: ValidationInfo) -> Path:
    context: Any = info.context
    return Path(context.folder)


def _from_folder(value: object, info: ValidationInfo) -> Path:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("wants the path of a file; a relative one counts from the configuration's folder")
    return _folder(info) / value


def _existing_folder(path: Path) -> Path:
    if not path.is_dir():
        raise ValueError(f"there is no folder {path}; make it, or take this key out")
    return path


FilePath = Annotated[Path, BeforeValidator(_from_folder)]
FolderPath = Annotated[FilePath, AfterValidator(_existing_folder)]


def keys_of(model: type[BaseModel]) -> list[str]:
    """The keys that a model takes, as they are written in the file."""
    return [field.alias or name for name, field in model.model_fields.items()]


class Section(BaseModel):
    """Some keys and values; a key it does not know is a fault."""

    # An error must not carry the input: it may be a password.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class LogoSettings(Section):
    """A picture for the head of a digest. Width and height are those it is shown at, in CSS pixels."""

    url: Url
    alt: str = ""
    """What stands there while pictures are off; empty: the site's name."""
    # The text of a letter is 552 pixels wide.
    width: Annotated[int, Field(ge=1, le=552)]
    height: Annotated[int, Field(ge=1, le=400)]


class BrandSettings(Section):
    """How letters look. A colour or font that is not named is the theme's own."""

    accent: Accent | None = None
    accent_dark: DarkAccent | None = None
    """The accent on dark paper."""
    serif: Fonts | None = None
    """Fonts of headlines."""
    sans: Fonts | None = None
    """Fonts of everything else."""
    logo: LogoSettings | None = None
    sign_off: str = ""
    """What stands below the last item: paragraphs separated by blank lines."""


class Site(Section):
    """Who writes."""

    name: Line
    tagline: str = ""
    url: Url
    zone: Zone = Field(alias="timezone")
    """A date without a time means noon here."""
    postal_address: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    brand: BrandSettings = BrandSettings()


class Web(Section):
    """Where our own links lead, and where we listen."""

    url: Url
    """Without a slash at the end."""
    listen: Listen = "127.0.0.1:8000"
    trusted_proxies: tuple[Network, ...] = ()


class Database(Section):
    """Where the tables are. The url may hold a password, so it is never shown."""

    model_config = ConfigDict(validate_default=True)

    url: str = Field("sqlite:///digest.db", repr=False)
    """`sqlite:////absolute/path` or `postgresql…://`."""
    synchronous: Literal["normal", "full"] = "normal"
    """`full` also survives a loss of power on SQLite, and costs speed."""

    @field_validator("url")
    @classmethod
    def _from_the_folder(cls, url: str, info: ValidationInfo) -> str:
        if url.startswith("sqlite:///") and len(url) > len("sqlite:///") and ":memory:" not in url:
            return f"sqlite:///{_folder(info) / url.removeprefix('sqlite:///')}"
        if urlsplit(url).scheme in ("postgresql", "postgresql+psycopg"):
            return url
        raise ValueError("wants sqlite:///FILE or postgresql://USER@HOST/NAME")


class TopicSettings(Section):
    """A topic on offer. `match` are the rules that file an article under it; its name always is one."""

    slug: Slug
    name: Line
    group: str = ""
    match: tuple[Match, ...] = ()
    url: Url | None = None
    """Its page, where a letter leads that has no room for all; `site.url` where the file names none."""
    minimum: Minimum = 1
    """How many new articles it takes; fewer roll over to the next edition."""
    renamed_from: Slug | None = None
    retired: bool = False


class PlugInSection(Section):
    """A section whose further keys belong to the plug-in that `kind` names; `Settings.check` checks them."""

    kind: Line
    options: Mapping[str, object] = Field(repr=False)

    @model_validator(mode="before")
    @classmethod
    def _gather_options(cls, data: object) -> object:
        if not isinstance(data, dict):
            return data
        own = {key: data[key] for key in cls.common_keys() if key in data}
        return own | {"options": {key: value for key, value in data.items() if key not in own}}

    @classmethod
    def common_keys(cls) -> list[str]:
        """The keys that every kind takes."""
        return [key for key in keys_of(cls) if key != "options"]


class SourceSettings(PlugInSection):
    """Where articles come from."""

    name: Line
    allow_private: bool = False
    """Whether it may be asked at a private address, or at a port that is none of a web server's."""
    first_collection: Annotated[int, BeforeValidator(no_yes), Field(ge=0)] = 500
    """How many articles of its first collection, the newest, may enter a letter; the rest is its archive."""


class WarmUpSettings(Section):
    """How a new relay makes itself known to the receivers."""

    first_day: Annotated[int, Field(ge=1)]
    """So many letters on its first day (UTC)."""
    growth: Annotated[float, Field(ge=1, le=10)] = 2.0
    """How many times as many on each day after."""


class DkimSettings(Section):
    """A key that signs letters; its public half stands in the DNS at `selector._domainkey.domain`."""

    selector: Line
    domain: Line
    """That of From, or one above it."""
    key_file: FilePath


class SenderSettings(PlugInSection):
    """How letters leave."""

    connections: Count = 10
    uncertain: Literal["resend", "hold"] = "resend"
    """What becomes of a letter that may or may not have left when a sender was killed."""
    return_path: ReturnPath | None = None
    """The envelope sender, `{token}` being each delivery's own; None: bounces+{token} at the first From's domain."""
    give_up_after: Duration = timedelta(days=4)
    """How long a deferred letter is tried again."""
    rate: Rate | None = None
    """Letters a second that each relay is given at most."""
    domain_rates: Mapping[Lane, Rate] = Field(default_factory=dict)
    """Letters a second for single receiving domains; `*` stands for each other one."""
    warm_up: WarmUpSettings | None = None
    soft_bounce: bool = False
    """Whether permanent refusals and hard bounces count as temporary, for the careful first weeks of a new relay."""
    dkim: tuple[DkimSettings, ...] = ()
    """The keys that sign each letter, in this order; none where the relay signs."""

    @property
    def keeps_letters_here(self) -> bool:
        """Whether no letter leaves this machine, so that nobody else can follow a link in it."""
        return self.kind in ("test", "folder")


def _not_too_short(period: timedelta) -> timedelta:
    # Where a reader's window starts is derived from her deliveries, and an edition reaches that far back.
    if period < timedelta(days=92):
        raise ValueError("wants at least 92d: whoever comes back from a pause is told apart by what she had until then")
    return period


class ChannelSettings(PlugInSection):
    """A mailbox, file or pipe that reports come to."""


class WebhookSettings(PlugInSection):
    """A provider that reports by webhook."""


class SoftBounces(Section):
    """When soft bounces suppress an address; an edition that arrives begins the count anew."""

    count: Count = 3
    """At so many editions in a row,"""
    within: Duration = timedelta(days=90)
    """all made within so long."""


class FeedbackSettings(Section):
    """Where bounces, complaints and wishes to leave come to, and what follows."""

    channels: tuple[ChannelSettings, ...] = ()
    webhooks: tuple[WebhookSettings, ...] = ()
    soft: SoftBounces = SoftBounces()
    unsubscribe: ReturnPath | None = None
    """An address that reaches a channel, offered in List-Unsubscribe; None: only the link is."""

    @field_validator("unsubscribe")
    @classmethod
    def _somebody_reads_it(cls, address: str | None, info: ValidationInfo) -> str | None:
        if address and not info.data.get("channels"):
            raise ValueError("nobody would read it; name under feedback.channels where its mail comes to")
        if address and not address.isascii():
            raise ValueError("wants an ASCII address; write the domain as xn--…")
        return address


class Retention(Section):
    """How long what happened is kept, from the day an edition was planned for."""

    letters: Annotated[Duration, AfterValidator(_not_too_short)] = timedelta(days=396)
    """What was sent can be shown again, byte for byte; thirteen months."""
    deliveries: Annotated[Duration, AfterValidator(_not_too_short)] = timedelta(days=396)
    """Who got what, with the servers' words; then only counts."""


class SignUpSettings(Section):
    """What the sign-up page says, above the topics and beside the button."""

    heading: str = ""
    """Empty: the newsletter's name."""
    lead: str = ""
    text: str = ""
    consent: str = ""
    """What she agrees to; kept with her consent, word by word. Empty: the plain words for it."""


class Newsletter(Section):
    """A named recurring mail."""

    name: Line
    sender: Mailbox = Field(alias="from")
    """The From header: `Name <address>`."""
    rhythm: When = Field(alias="every")
    zone: Zone = Field(alias="timezone")
    """The zone of its rhythm; `site.timezone` where the file names none."""
    approval: Literal["required", "none"] = "required"
    draft_ahead: Duration = timedelta(days=1)
    """How long before its hour the draft exists."""
    max_age: Duration = timedelta(days=14)
    """What is older when first seen never enters a letter."""
    topics: tuple[str, ...]
    """Slugs on offer, in the order of config.yaml; never a retired one."""
    theme: Line | None = None
    """A folder below email/themes of the templates; None: the plain look."""
    reply_to: Mailbox | None = None
    """The Reply-To header: `Name <address>`; None: answers go to the sender."""
    language: Language = "en"
    """The language of the letters' fixed words, for readers who chose none."""
    sign_up: SignUpSettings = SignUpSettings()

    @property
    def from_name(self) -> str:
        """The name in From; empty where it is a bare address."""
        return split_mailbox(self.sender)[0]

    @property
    def from_address(self) -> str:
        """The address in From."""
        return split_mailbox(self.sender)[1]

    @property
    def from_domain(self) -> str:
        """The domain in From, as the DNS knows it: A-labels in lower case."""
        return ascii_domain(self.from_address)
