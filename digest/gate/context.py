"""What the rules know besides the letter itself."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Self

from digest.types import Content


@dataclass(frozen=True, slots=True)
class Context:
    """The surroundings of an edition's letters."""

    web_url: str
    """Where our own links lead, without a slash at the end."""
    postal_address: str
    said: str
    """All that the articles, the staff and config.yaml say themselves: what stands there is no leftover of ours."""
    http_allowed: bool
    """Whether our own links may be http: only where nothing leaves, with sender `test` or `folder`."""

    @classmethod
    def of(cls, content: Content, *, http_allowed: bool) -> Self:
        """The context of an edition's content."""
        said = "\n".join(_strings(asdict(replace(content, templates={}))))
        return cls(content.web_url, content.brand.postal_address, said, http_allowed)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for entry in value.values():
            yield from _strings(entry)
    elif isinstance(value, (list, tuple)):
        for entry in value:
            yield from _strings(entry)
