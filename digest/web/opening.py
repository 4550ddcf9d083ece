"""The door of the readers' pages from the settings and the pipeline."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from digest import files, forgetting, wiring
from digest.compose import name_of_language
from digest.config import Newsletter, Settings
from digest.pipeline import Pipeline
from digest.record import dossier
from digest.web.door import Door, Offer, SignUpWords
from subscribers.models import Subscriber


def open_door(settings: Settings, pipeline: Pipeline) -> Door:
    """All that the pages need, over an open pipeline."""
    desk, stores = pipeline.desk, wiring.letter_stores(settings)

    def forget(subscriber_id: int, via: str, now: datetime) -> None:
        forgetting.forget(pipeline.database, stores, subscriber_id, via=via, now=now)

    return Door(
        read=pipeline.database.read,
        write=pipeline.database.write,
        keys=pipeline.keys,
        brand=wiring.brand(settings),
        newsletters={
            key: Offer(newsletter.name, desk.plan(key).frame.topics, _words(newsletter))
            for key, newsletter in settings.newsletters.items()
        },
        clock=pipeline.clock,
        web_url=settings.web.url,
        domain=desk.message_domain,
        forget=forget,
        held_of=_held_of,
        languages=tuple((code, name_of_language(code)) for code in files.languages()),
        trusted_proxies=settings.web.trusted_proxies,
        templates=files.read_templates(settings.templates, under="web"),
    )


def _held_of(session: Session, subscriber_id: int) -> Mapping[str, Any]:
    person = session.get(Subscriber, subscriber_id)
    return dossier.held_of(session, person.address_key if person else "")


def _words(newsletter: Newsletter) -> SignUpWords:
    words = newsletter.sign_up
    plainly = (
        f"Yes, send me “{newsletter.name}” by mail, on the topics I chose. I can leave at any time with one click."
    )
    return SignUpWords(words.heading or newsletter.name, words.lead, words.text, words.consent or plainly)
