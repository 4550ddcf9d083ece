"""Mail to the `mailto:` of List-Unsubscribe (RFC 2369, section 3.2): whoever writes there wants to leave."""

import re

from digest.feedback.addresses import addresses_in
from digest.feedback.identity import ENVELOPE
from digest.feedback.reading import Mail
from digest.feedback.report import Recipient, Report, Verdict

_WORDS = re.compile(
    r"(?:re:\s*)?(?:please\s+)?(?:unsubscribe(?:\s+me)?|remove(?:\s+me)?|abmelden|abbestellen|désabonner|désinscription"
    r"|desuscribir|cancelar suscripción|cancellami|disiscrivimi|descadastrar|uitschrijven|отписаться|配信停止)[.!]?",
    re.IGNORECASE,
)


def read_leaving(mail: Mail) -> Report | None:
    """The wish to leave; None where the message has none."""
    sender = tuple(Recipient(address) for address in addresses_in(mail.value("from"))[:1])
    for name, value in mail.fields:
        if name in ENVELOPE:
            for address in addresses_in(value):
                if address.lower().startswith(("unsubscribe+", "unsubscribe@", "leave+")):
                    # The evidence leaves out the token.
                    return Report(Verdict.UNSUBSCRIBE, sender, f"{name}: unsubscribe")
    subject = mail.value("subject").strip()
    return Report(Verdict.UNSUBSCRIBE, sender, f"Subject: {subject}") if _WORDS.fullmatch(subject) else None
