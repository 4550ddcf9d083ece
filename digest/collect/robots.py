"""What a site asks of programs in its robots.txt (RFC 9309)."""

from protego import Protego

AGENT = "expert-digest"
_MOST_BYTES = 500_000  # RFC 9309, section 2.5: at least 500 KiB must be read
_LONGEST_DELAY = 10.0


class Rules:
    """The rules of one site, as far as they are for us."""

    def __init__(self, text: bytes = b"") -> None:
        self._rules = Protego.parse(text[:_MOST_BYTES].decode("utf-8", "replace"))

    def allow(self, url: str) -> bool:
        """Whether a page may be asked for."""
        return bool(self._rules.can_fetch(url, AGENT))

    @property
    def delay(self) -> float:
        """Seconds that are to lie between two questions; a site that asks for more than 10 gets 10."""
        return min(float(self._rules.crawl_delay(AGENT) or 0), _LONGEST_DELAY)


EVERYTHING = Rules()
"""What a site allows that has no robots.txt: RFC 9309, section 2.3.1.3."""
NOTHING = Rules(b"User-agent: *\nDisallow: /")
"""What a site allows whose robots.txt cannot be read just now: RFC 9309, section 2.3.1.4."""
