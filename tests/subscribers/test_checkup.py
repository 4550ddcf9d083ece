"""What looks wrong with the addresses of a list."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from subscribers import check_up, parse_address, subscribe
from subscribers.checkup import likely_meant
from tests.subscribers.conftest import NOW, SECRET


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gmial.com", "gmail.com"),
        ("gmai.com", "gmail.com"),
        ("gmaill.com", "gmail.com"),
        ("gmail.co", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("hotnail.com", "hotmail.com"),
        ("yaho.com", "yahoo.com"),
        ("gmail.com", ""),
        ("ymail.com", ""),
        ("gmx.com", ""),
        ("example.org", ""),
        ("he.com", ""),
        ("gmal.con", ""),
    ],
)
def test_a_domain_one_slip_from_a_large_one_is_a_typo(typed: str, meant: str) -> None:
    assert likely_meant(typed) == meant


def test_what_is_found_is_told_with_why(session: Session) -> None:
    for address, confirmed, age in (
        ("info@example.org", True, 0),
        ("ann@gmial.com", True, 0),
        ("bea@mailinator.com", True, 0),
        ("cat@example.org", False, 31),
        ("dot@example.org", False, 29),
        ("eve@example.org", True, 90),
    ):
        subscribe(
            session, SECRET, address=parse_address(address), newsletter="weekly", topics=None, via="test",
            confirmed=confirmed, now=NOW - timedelta(days=age),
        )  # fmt: skip
    assert [(finding.address, finding.kind) for finding in check_up(session, NOW)] == [
        ("info@example.org", "role"),
        ("ann@gmial.com", "typo"),
        ("bea@mailinator.com", "disposable"),
        ("cat@example.org", "unconfirmed"),
    ]
