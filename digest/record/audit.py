"""Who changed what, and when."""

from datetime import datetime

from sqlalchemy.orm import Session

from digest.models import AuditRow


def note(session: Session, *, who: str, what: str, about: str = "", now: datetime) -> None:
    """Add what a person did. `about` names things by their numbers: no address may stand in it."""
    session.add(AuditRow(at=now, who=who, what=what, about=about))
