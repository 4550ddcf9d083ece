"""Calendars: iCalendar, and what WordPress's usual plug-in for events gives."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from digest.errors import SourceError
from digest.sources import _ical, _tribe
from digest.sources._apart import apart
from digest.sources.links import WebAddress
from digest.types import Fetch, Found, FoundEvent, Page, SourceContext, Validators

_MOST_PAGES = 10


class CalendarSource:
    """A calendar at an address: an .ics file, or `…/wp-json/tribe/events/v1/events`."""

    kind: ClassVar[str] = "calendar"

    class Settings(BaseModel):
        """Its keys in config.yaml. `webcal://` addresses are written with https."""

        model_config = ConfigDict(extra="forbid")

        url: WebAddress

    def __init__(self, settings: Settings, context: SourceContext) -> None:
        self._url = settings.url
        self._zone = context.zone
        self._clock = context.clock

    async def collect(self, fetch: Fetch, validators: Validators) -> Found:
        """Read the calendar, if it has changed. Raises SourceError where it is none."""
        # What recurs has new dates every day, though the file stays the same; its marks name the day.
        today = f"{self._clock():%Y-%m-%d}"
        day, _, etag = validators.etag.partition(" ")
        known = Validators(etag, validators.last_modified) if day == today else None
        page = await fetch(self._url, validators=known)
        if page.status == 304:
            return Found(validators=validators, unchanged=True)
        done = Validators(f"{today} {page.validators.etag}", page.validators.last_modified)
        if _tribe.recognises(page):
            return await self._from_pages(fetch, page, done)
        if not _ical.recognises(page.body):
            raise SourceError("this is no calendar: it does not begin with BEGIN:VCALENDAR")
        found = await apart(_ical.read, page, self._zone, self._clock())
        return Found(
            events=found.events,
            validators=done,
            problems=found.problems,
            present=None if found.problems else frozenset(event.key for event in found.events),
        )

    async def _from_pages(self, fetch: Fetch, page: Page, done: Validators) -> Found:
        events: list[FoundEvent] = []
        problems: list[str] = []
        for _ in range(_MOST_PAGES):
            more, passed_over, following = await apart(_tribe.read, page, self._zone)
            events += more
            problems += passed_over
            if not following:
                return Found(events=tuple(events), validators=done, problems=tuple(problems),
                             present=None if problems else frozenset(event.key for event in events))  # fmt: skip
            page = await fetch(following)
        return Found(events=tuple(events), validators=done, problems=tuple(problems))

    @classmethod
    def recognises(cls, page: Page) -> bool:
        """Whether a page is a calendar."""
        return _ical.recognises(page.body) or _tribe.recognises(page)
