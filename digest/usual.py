"""The usual reader: she got every edition before this one. Staff look at an edition through her eyes."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from digest.compose import digest_key
from digest.models import EditionRow
from digest.record import contents, readers
from digest.types import Content, DigestKey


@dataclass(frozen=True, slots=True)
class UsualReader:
    """What she gets of an edition, whichever topics she follows. Made by `usual_reader`."""

    content: Content
    since: datetime
    """Up to where the last edition reached."""
    earlier: tuple[tuple[datetime, Content], ...]
    """The editions before, oldest first, and up to where each reached; left empty where no topic can roll over."""
    first_window: datetime
    """Where her window started at the first of them."""

    def key(self, topics: Collection[str] | None = None) -> DigestKey:
        """The key of her digest if she follows these topics (None: all); without topics where she gets no letter."""
        wanted = tuple(topic.slug for topic in self.content.topics) if topics is None else topics
        since = self.first_window if self.earlier else self.since
        held: tuple[int, ...] = ()
        for reached, content in self.earlier:
            key = digest_key(content, wanted, since, held)
            if key.topics:
                since, held = reached, key.held
            elif not key.held:
                since = reached
        return digest_key(self.content, wanted, since, held)

    def has_news(self) -> bool:
        """Whether she gets a letter, following everything or one topic alone."""
        return any(self.key(topics).topics for topics in self._choices())

    def _choices(self) -> Iterator[Collection[str] | None]:
        yield None
        # A topic that is too thin beside others may be enough to one who waited for it alone.
        for topic in self.content.topics if self.earlier else ():
            yield (topic.slug,)


def usual_reader(session: Session, edition: EditionRow, content: Content, max_age: timedelta) -> UsualReader:
    """The usual reader of an edition that says `content`."""
    past = readers.past_editions(session, edition, max_age)
    rolls_over = any(topic.minimum > 1 for topic in content.topics)
    earlier = tuple(contents.earlier(session, edition)) if rolls_over else ()
    before = [reached for reached in past.cutoff_at if earlier and reached < earlier[0][0]]
    return UsualReader(
        content, past.window_of_newcomer(edition.cutoff_at), earlier, max(before, default=past.first_window)
    )
