"""A digest as anybody may see it in a browser: what it says, and nothing of whom it went to."""

import email
from email.message import EmailMessage
from email.policy import SMTP
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from digest.blueprint import Blueprint
from digest.models import BlueprintRow, DigestRow

_NOBODYS = "in-your-letter"
"""Stands where a letter has a reader's own link: there is no such token, so the page behind it helps nobody to act."""


def letter(session: Session, view: str) -> str | None:
    """The HTML of a digest by the name of its page, without any reader's slots; None where there is none any more."""
    body = session.scalar(
        select(BlueprintRow.body)
        .join(DigestRow, DigestRow.blueprint_id == BlueprintRow.id)
        .where(DigestRow.view == view, DigestRow.view != "")
        .limit(1)
    )
    if body is None:
        return None
    blueprint = Blueprint.from_bytes(body)
    message = email.message_from_bytes(
        blueprint.fill({slot.name: _NOBODYS for slot in blueprint.slots}), EmailMessage, policy=SMTP
    )
    part = message.get_body(("html",))
    return cast(str, part.get_content()) if part else None
