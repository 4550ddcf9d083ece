"""An event for the reader's own calendar; letters lead here."""

import re

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromPath

from digest.record import contents
from digest.web.calendar import calendar
from digest.web.door import Door
from digest.web.pages import Pages
from digest.web.reading import reads


@reads("/events/{file:str}")
def show_event(
    file: FromPath[str], door: NamedDependency[Door], pages: NamedDependency[Pages]
) -> Response[str] | Response[bytes]:
    """`9.ics`: the event with that number."""
    # As many digits as every database takes for a number.
    found = re.fullmatch(r"([0-9]{1,9})\.ics", file)
    if not found:
        return pages.stranger()
    with door.read() as session:
        announced = contents.event(session, int(found[1]))
    if announced is None:
        return pages.stranger()
    event, changed_at = announced
    body = calendar(event, changed_at=changed_at, domain=door.domain, product=door.brand.name)
    headers = {"Content-Disposition": f'inline; filename="event-{found[1]}.ics"'}
    return Response(body, media_type="text/calendar", headers=headers)
