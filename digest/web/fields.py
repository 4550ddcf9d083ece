"""What a form says. Pure: bytes → its fields."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs

_MAX_FIELDS = 1000
_MAX_LENGTH = 1000


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of a form that came url-encoded, as our pages send theirs; none for a body that is no form."""

    values: Mapping[str, Sequence[str]]

    def one(self, name: str) -> str:
        """The first value of a field, without blanks around it; empty where there is none."""
        return self.values.get(name, ("",))[0][:_MAX_LENGTH].strip()

    def chosen(self, name: str, offered: Collection[str]) -> tuple[str, ...]:
        """Those of the values on offer that the form names, in the order of the offer."""
        named = set(self.values.get(name, ()))
        return tuple(value for value in offered if value in named)


def read_fields(body: bytes) -> Fields:
    """Read a body. One that cannot be read has no fields: what is missing is then asked for."""
    try:
        return Fields(parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=_MAX_FIELDS))
    except ValueError:
        return Fields({})
