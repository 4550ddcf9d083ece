"""Links: only http and https, absolute, and one canonical form that tells two articles apart."""

import hashlib
import re
from typing import Annotated
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from pydantic import AfterValidator

# PostgreSQL cannot index more than about 2,700 bytes.
_LONGEST = 2000
# What campaigns, mailers and networks add to tell clicks apart; no page changes with it.
_TRACKING = re.compile(
    r"(?:utm_|mc_|pk_|mtm_|hsa_|oly_|vero_|ga_)[^=]*|_hsenc|_hsmi|_gl|_ga|mkt_tok|igshid|srsltid|sc_?cid|cmpid|ncid"
    r"|gclid|fbclid|msclkid|yclid|dclid|twclid|ttclid|wbraid|gbraid|gclsrc|_openstat",
    re.IGNORECASE,
)
_OWN_FRAGMENT = re.compile(r"item-[0-9a-f]{16}")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_KEEP = "%/:?#[]@!$&'()*+,;=~"


def _checked(url: str) -> str:
    if not absolute(url):
        raise ValueError("must be an address that starts with https:// or http://")
    return url


WebAddress = Annotated[str, AfterValidator(_checked)]
"""A setting that holds an http or https address."""


def absolute(link: str, base: str = "") -> str:
    """An absolute http or https address in ASCII, or "" for anything else: `javascript:`, a login in it, over-long."""
    try:
        # Browsers drop tabs and line ends within an address (WHATWG URL, section 4.4), so they must not hide a scheme.
        parts = urlsplit(urljoin(base, re.sub(r"[\x00-\x1f\x7f]", "", link).strip()))
        if not link.strip() or parts.scheme not in _DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc:
            return ""
        path, query, fragment = (quote(part, safe=_KEEP) for part in (parts.path, parts.query, parts.fragment))
        url = SplitResult(parts.scheme, _host(parts), path, query, fragment).geturl()
    except ValueError:  # a broken port, bracket or host name
        return ""
    return url if len(url) <= _LONGEST else ""


def untracked(url: str) -> str:
    """The same address without what only tells clicks apart."""
    parts = urlsplit(url)
    pairs = [pair for pair in parts.query.split("&") if not _TRACKING.fullmatch(pair.partition("=")[0])]
    return parts._replace(query="&".join(pairs)).geturl()


def canonical(url: str) -> str:
    """The form of an absolute address that is the same for all ways to write it; to compare with, never to visit."""
    parts = urlsplit(untracked(url))
    fragment = parts.fragment if _OWN_FRAGMENT.fullmatch(parts.fragment) else ""
    return SplitResult("https", _host(parts), parts.path.rstrip("/"), parts.query, fragment).geturl()


def for_item(base: str, key: str) -> str:
    """An address for an item that has none of its own: its feed's, with a fragment that keeps it distinct."""
    return urlsplit(base)._replace(fragment=f"item-{hashlib.sha256(key.encode()).hexdigest()[:16]}").geturl()


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    if ":" in host:
        host = f"[{host}]"
    else:
        host = host if host.isascii() else host.encode("idna").decode().lower()
        if not re.fullmatch(r"[a-z0-9._-]+", host):
            raise ValueError(host)
    port = parts.port
    return host if port in (None, _DEFAULT_PORTS[parts.scheme]) else f"{host}:{port}"
