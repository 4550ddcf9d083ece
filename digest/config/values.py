"""Single values of config.yaml: each parser returns what it means, or raises ValueError that says what is allowed."""

import difflib
import ipaddress
import re
from datetime import timedelta
from email.headerregistry import Address
from email.utils import parseaddr
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator

from digest import files
from digest.config.colours import DARK_PAPER, LIGHT_PAPER, check_accent
from digest.rhythm import Rhythm

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"([1-9][0-9]{0,4})([mhdw])")
_RATE = re.compile(r"([1-9][0-9]{0,6})/([smh])")
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_MAILBOX = re.compile(r"\s*(?:\"(?P<quoted>[^\"<>]*)\"|(?P<name>[^<>\"]*?))\s*<(?P<address>[^<>\s]+)>\s*")


def parse_duration(value: object) -> timedelta:
    """`30m`, `6h`, `1d` or `2w`."""
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise ValueError("not a duration; write a number and m, h, d or w, like 30m, 6h, 1d or 2w")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def parse_rate(value: object) -> float:
    """`50/s`, `600/m` or `1000/h`, as letters a second."""
    found = _RATE.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise ValueError("not a rate; write a number, a slash and s, m or h, like 50/s, 600/m or 1000/h")
    return int(found[1]) / _SECONDS[found[2]]


def check_lane(value: str) -> str:
    """A receiving domain, or `*` for every one that is not named."""
    if value == "*":
        return value
    try:
        return check_address(f"postmaster@{value}").rpartition("@")[2].lower()
    except ValueError:
        raise ValueError("wants a domain like gmail.com, or '*' for every one that is not named") from None


def parse_zone(value: object) -> ZoneInfo:
    """An IANA time zone, like `America/New_York`."""
    name = value if isinstance(value, str) else ""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # zoneinfo opens a file of that name: a folder or a device is an OSError
        close = difflib.get_close_matches(name, available_timezones(), 1)
        hint = f"did you mean {close[0]}?" if close else "write an IANA name like America/New_York"
        raise ValueError(f"unknown time zone; {hint}") from None


def parse_rhythm(value: object) -> Rhythm:
    """When a newsletter goes out; see digest/rhythm.py."""
    return Rhythm.parse(value if isinstance(value, str) else "")


def check_address(value: str) -> str:
    """An address as it can be written to, RFC 5321 and 6531."""
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(value, check_deliverability=False, strict=True).normalized
    except EmailNotValidError as error:
        raise ValueError(f"not an address: {str(error).rstrip('.')}; write one like desk@example.org") from None


def check_mailbox(value: str) -> str:
    """`Name <address>` or a bare address, given back with its name quoted where RFC 5322 wants it."""
    found = _MAILBOX.fullmatch(value)
    name = ((found["quoted"] or found["name"] or "") if found else "").strip()
    address = check_address(found["address"] if found else value.strip())
    return str(Address(check_line(name), addr_spec=address)) if name else address


def split_mailbox(value: str) -> tuple[str, str]:
    """Name and address of a checked mailbox."""
    return parseaddr(value)


def ascii_domain(address: str) -> str:
    """The domain of a checked address as the DNS knows it: A-labels in lower case."""
    import idna

    return idna.encode(address.rpartition("@")[2], uts46=True).decode("ascii")


def check_line(value: str) -> str:
    """Text for one line of a header or a page."""
    if not value.strip() or not value.isprintable():
        raise ValueError("wants one line of text, not empty and without control characters")
    return value.strip()


def check_fonts(value: str) -> str:
    """Names of fonts as CSS lists them; they stand in the styles of a letter as they are."""
    if not re.fullmatch(r"[\w '-]+(,[\w '-]+)*", value, re.ASCII) or value.count("'") % 2:
        raise ValueError("wants fonts with commas between, best first, like Georgia, 'Times New Roman', serif")
    return value


def check_language(value: str) -> str:
    """A language that there is a catalogue of fixed words for."""
    if value not in files.languages():
        raise ValueError(f"there are no words in {value!r}; allowed: {', '.join(files.languages())}")
    return value


def check_slug(value: str) -> str:
    """A short name that stands in links, commands and tables."""
    if not re.fullmatch(r"[a-z0-9-]+", value):
        raise ValueError("wants lower-case letters a-z, digits and hyphens, like grand-strategy")
    return value


def check_url(value: str) -> str:
    """An absolute http(s) address without query or fragment; a slash at its end goes."""
    try:
        parts = urlsplit(value)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        good = False
    if not good or not value.isascii() or not value.isprintable() or " " in value or "?" in value or "#" in value:
        raise ValueError("wants an absolute address like https://www.example.org, without ? or #")
    return value.rstrip("/")


def check_listen(value: str) -> str:
    """HOST:PORT to listen on; IPv6 stands in brackets."""
    found = re.fullmatch(r"(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):([0-9]{1,5})", value)
    if not found or int(found[1]) > 65535:
        raise ValueError("wants HOST:PORT, like 127.0.0.1:8000")
    return value


def check_network(value: str) -> str:
    """An IP address or a network of them."""
    try:
        return str(ipaddress.ip_network(value))
    except ValueError:
        raise ValueError("wants an IP address or network, like 10.0.0.5 or 10.0.0.0/8") from None


def check_return_path(value: str) -> str:
    """The envelope sender, with `{token}` where each delivery puts its own."""
    if value.count("{token}") != 1 or value.count("{") != 1 or value.count("}") != 1:
        raise ValueError("must hold {token} exactly once, like bounces+{token}@example.org")
    # A token has 29 characters and a local part at most 64 octets (RFC 5321, section 4.5.3.1.1).
    address = check_address(value.replace("{token}", "t" * 29))
    if "t" * 29 not in address.rpartition("@")[0]:
        raise ValueError("must hold {token} before the @, like bounces+{token}@example.org")
    return value


def no_yes(value: object) -> object:
    """A number; YAML's yes and no would be taken for 1 and 0."""
    if isinstance(value, bool):
        raise ValueError("wants a whole number")  # noqa: TRY004  (pydantic reads ValueError, not TypeError)
    return value


Rate = Annotated[float, PlainValidator(parse_rate)]
Lane = Annotated[str, AfterValidator(check_lane)]
Duration = Annotated[timedelta, PlainValidator(parse_duration)]
Zone = Annotated[ZoneInfo, PlainValidator(parse_zone)]
When = Annotated[Rhythm, PlainValidator(parse_rhythm)]
EmailAddress = Annotated[str, AfterValidator(check_address)]
Mailbox = Annotated[str, AfterValidator(check_mailbox)]
Line = Annotated[str, AfterValidator(check_line)]
Slug = Annotated[str, AfterValidator(check_slug)]
Url = Annotated[str, AfterValidator(check_url)]
Fonts = Annotated[str, AfterValidator(check_fonts)]
Language = Annotated[str, AfterValidator(check_language)]
Accent = Annotated[str, AfterValidator(check_accent(LIGHT_PAPER, "darker"))]
DarkAccent = Annotated[str, AfterValidator(check_accent(DARK_PAPER, "lighter"))]
Listen = Annotated[str, AfterValidator(check_listen)]
Network = Annotated[str, AfterValidator(check_network)]
ReturnPath = Annotated[str, AfterValidator(check_return_path)]
Count = Annotated[int, BeforeValidator(no_yes), Field(ge=1, le=1000)]
Minimum = Annotated[int, BeforeValidator(no_yes), Field(ge=1, le=10)]
