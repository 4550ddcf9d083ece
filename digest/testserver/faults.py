"""How the test server is to misbehave: rules in a YAML file, each for one stage and, from RCPT on, some recipients.

- {stage: rcpt, recipient: "*@full.example", do: defer, times: 2}
- {stage: body, recipient: "ann@*", do: hang-up}
"""

from collections.abc import Sequence
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt, ValidationError, model_validator

from digest.errors import ConfigError

FaultStage = Literal["connect", "ehlo", "mail", "rcpt", "data", "body"]


class Act(StrEnum):
    """What a rule makes the server do instead of answering well. `slow` only waits, then answers well."""

    REFUSE = "refuse"
    DEFER = "defer"
    HANG_UP = "hang-up"
    SLOW = "slow"


_REPLIES = {Act.REFUSE: (550, "5.1.1 no such user here"), Act.DEFER: (451, "4.3.0 try again later")}


class Rule(BaseModel):
    """One fault. `recipient` is a glob over the whole address, any case; `times`: how often, None for always."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stage: FaultStage
    do: Act
    recipient: str = "*"
    code: int | None = Field(default=None, ge=400, le=599)
    text: str | None = Field(default=None, pattern=r"^[\x20-\x7e]*$")
    times: PositiveInt | None = None
    seconds: PositiveFloat = 1.0

    @model_validator(mode="after")
    def _recipient_is_known(self) -> Self:
        if self.recipient != "*" and self.stage in ("connect", "ehlo", "mail"):
            raise ValueError(f"at {self.stage} no recipient is known yet; leave recipient out")
        return self

    @property
    def reply(self) -> str:
        """The line to answer with, where this rule answers at all."""
        code, text = _REPLIES.get(self.do, (250, "OK"))
        return f"{self.code or code} {text if self.text is None else self.text}"


class Faults:
    """The rules, and how often each may still strike."""

    def __init__(self, rules: Sequence[Rule] = ()) -> None:
        self._rules = [(rule, [rule.times]) for rule in rules]

    def strike(self, stage: FaultStage, recipients: Sequence[str] = ("",)) -> Rule | None:
        """The first rule that holds here and is not used up; it is used once by this."""
        for rule, left in self._rules:
            if rule.stage == stage and left[0] != 0 and _matches(rule.recipient, recipients):
                left[0] = None if left[0] is None else left[0] - 1
                return rule
        return None


def _matches(pattern: str, recipients: Sequence[str]) -> bool:
    return any(fnmatchcase(recipient.lower(), pattern.lower()) for recipient in recipients)


def read_faults(path: Path) -> Faults:
    """The rules of a file. Raises ConfigError with file, line and key for what cannot be read."""
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), yaml.SafeLoader)
    except OSError as error:
        raise ConfigError(str(path), None, "", f"the faults cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(str(path), None, "", "the faults are not UTF-8; save the file as UTF-8") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise ConfigError(str(path), line, "", f"this is not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise ConfigError(str(path), None, "", "this is not YAML: a character in it is not allowed") from error
    if node is None:
        return Faults()
    if not isinstance(node, yaml.SequenceNode):
        raise ConfigError(str(path), node.start_mark.line + 1, "", "a list of rules is wanted, each begun with a dash")
    return Faults([_rule(path, item) for item in node.value])


def _rule(path: Path, node: yaml.Node) -> Rule:
    loader: Any = yaml.SafeLoader("")
    line = node.start_mark.line + 1
    try:
        return Rule.model_validate(loader.construct_document(node))
    except yaml.YAMLError as error:
        raise ConfigError(str(path), line, "", "this rule holds a value that YAML cannot make sense of") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(str(path), line, key, first["msg"].removeprefix("Value error, ")) from error
