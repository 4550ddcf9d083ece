"""The commands that open a message: MAIL, RCPT and DATA, with what the server offers and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from digest.senders.wire import encode_address, original_recipient
from digest.types import Outgoing

Commands = tuple[bytes, bytes, bytes]


class TooBigError(ValueError):
    """The message is larger than the server takes; nothing of it was sent."""


@dataclass(frozen=True, slots=True)
class Offers:
    """What the server's answer to EHLO offers."""

    pipelining: bool = False
    eight_bit: bool = False
    smtputf8: bool = False
    dsn: bool = False
    size: bool = False
    largest: int = 0
    """Octets of a message, where SIZE named a limit; 0: none is known (RFC 1870, section 4)."""

    @classmethod
    def read(cls, extensions: Mapping[str, str]) -> Self:
        """From the extensions' names in lower case, and their parameters."""
        limit = extensions.get("size", "")
        return cls(
            pipelining="pipelining" in extensions,
            eight_bit="8bitmime" in extensions,
            smtputf8="smtputf8" in extensions,
            dsn="dsn" in extensions,
            size="size" in extensions,
            largest=int(limit) if limit.isascii() and limit.isdigit() and len(limit) < 20 else 0,
        )


def open_message(mail: Outgoing, offers: Offers) -> Commands:
    """MAIL, RCPT and DATA for one message. Raises AddressError and TooBigError; nothing is sent then."""
    if offers.largest and len(mail.message) > offers.largest:
        raise TooBigError(f"{len(mail.message)} octets; the server takes {offers.largest}")
    sender = encode_address(mail.mail_from, offers.smtputf8)
    recipient = encode_address(mail.recipient, offers.smtputf8)
    options = f" SIZE={len(mail.message)}" if offers.size else ""
    if offers.eight_bit and not mail.message.isascii():
        options += " BODY=8BITMIME"
    if offers.smtputf8 and not (mail.mail_from.isascii() and mail.recipient.isascii()):
        options += " SMTPUTF8"
    notify = ""
    if offers.dsn and mail.envid:
        # Headers are enough: the token tells which letter it was (RFC 3461, section 4).
        options += f" RET=HDRS ENVID={mail.envid}"
        notify = " NOTIFY=FAILURE,DELAY"
        # The address as it stands, in UTF-8, needs SMTPUTF8 (RFC 6533, section 3).
        original = mail.recipient if offers.smtputf8 else recipient
        notify += f" ORCPT={original_recipient(original)}"
    return (
        f"MAIL FROM:<{sender}>{options}\r\n".encode(),
        f"RCPT TO:<{recipient}>{notify}\r\n".encode(),
        b"DATA\r\n",
    )
