"""The letters that a page has sent. They are queued here and composed elsewhere, so that a page answers at once."""

from sqlalchemy.orm import Session

from digest.record.letters import queue_mail
from digest.tokens import Link, sign_link
from digest.web.door import Door
from digest.web.fresh import Fresh, sign_fresh
from subscribers import Mail

_HOURLY = {"preferences-link", "new-address"}
"""At most one of each to a reader within an hour of the clock: their buttons can be pressed as often as one likes."""


def send(session: Session, door: Door, mail: Mail) -> None:
    """Queue a letter with the links it carries, in the transaction of what it is about."""
    now = door.clock()
    occasion = now.strftime("%Y-%m-%dT%H") if mail.letter in _HOURLY else now.isoformat()
    queue_mail(session, mail, token=occasion, links=_links(door, mail), domain=door.domain, now=now)


def _links(door: Door, mail: Mail) -> dict[str, str]:
    link = Link(mail.subscriber_id, mail.newsletter)
    match mail.letter:
        case "confirm":
            return {"confirm": sign_fresh(door, "confirm", Fresh(link))}
        case "preferences-link":
            return {"account": sign_fresh(door, "account", Fresh(link))}
        case "new-address":
            return {"address": sign_fresh(door, "address", Fresh(link, mail.address))}
        case "goodbye":
            return {"subscribe": mail.newsletter}
        case "welcome":
            return {purpose: sign_link(door.keys, purpose, link) for purpose in ("preferences", "unsubscribe")}
    raise KeyError(mail.letter)
