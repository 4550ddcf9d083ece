"""What the gate looks at of an edition: its content, its letters to nobody, and what has changed at the sources."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from digest.blueprint import Blueprint
from digest.compose import Composer
from digest.gate import Context, Finding, fill_sample, judge_all, judge_edition
from digest.models import BlueprintRow, EditionRow
from digest.record import freeze
from digest.types import Content
from digest.usual import UsualReader

Letters = Iterable[tuple[str, bytes]]
"""Letters, each with whom it is for."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What there is to judge. The letters may be composed only as they are asked for, and once."""

    content: Content
    changed: Sequence[str]
    withdrawn: Sequence[str]
    letters: Letters

    def judge(self, *, http_allowed: bool) -> list[Finding]:
        """What is wrong with it. `http_allowed`: whether our own links may be http."""
        context = Context.of(self.content, http_allowed=http_allowed)
        return [
            *judge_edition(self.content, changed=self.changed, withdrawn=self.withdrawn),
            *judge_all(self.letters, context),
        ]


def full_letter(usual: UsualReader, date: datetime) -> Iterator[tuple[str, bytes]]:
    """The letter of a reader of every topic; none where it would hold nothing new."""
    key = usual.key()
    if key.topics:
        yield "letter of every topic", fill_sample(_composer(usual, date).compose(key))


def usual_letters(usual: UsualReader, date: datetime) -> Iterator[tuple[str, bytes]]:
    """The letter of a reader of every topic, and that of one of each topic alone, as far as they differ."""
    composer, told = _composer(usual, date), set()
    choices = [("letter of every topic", None), *((f"letter of {t.name}", (t.slug,)) for t in usual.content.topics)]
    for name, topics in choices:
        key = usual.key(topics)
        if key.topics and key not in told:
            told.add(key)
            yield name, fill_sample(composer.compose(key))


def _composer(usual: UsualReader, date: datetime) -> Composer:
    return Composer(usual.content, nonce=secrets.token_hex(8), date=date)


def stored_letters(session: Session, edition: EditionRow) -> Iterator[tuple[str, bytes]]:
    """Every digest of an edition whose recipients are fixed."""
    for key, digest in freeze.stored_digests(session, edition).items():
        row = session.get_one(BlueprintRow, digest.blueprint_id)
        yield f"letter of {key.partition(' since ')[0]}", fill_sample(Blueprint.from_bytes(row.body))
        session.expunge(row)
