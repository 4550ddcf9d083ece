"""What single DNS records mean: SPF, DKIM keys, DMARC policies and the walk up the tree."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.dkim import SigningKey, new_ed25519, new_rsa, record
from digest.doctor.dkim import check_dkim, judge_dkim
from digest.doctor.dmarc import judge_alignment, judge_dmarc, names_to_ask, walk
from digest.doctor.dns import are_away
from digest.doctor.spf import count_lookups, judge_spf
from digest.doctor.tags import read_tags

Dns = Callable[..., Any]


@pytest.mark.parametrize(
    ("records", "health"),
    [
        (["v=spf1 ip4:192.0.2.0/24 a/24 mx:mx.example.org include:_spf.example.net ~all"], "ok"),
        (["v=spf1 redirect=_spf.example.net"], "ok"),
        (["V=SPF1 exp=why.example.org unknown=ignored -ALL"], "ok"),
        (["v=spf1 a"], "warning"),
        (["v=spf1 a ?all"], "warning"),
        (["v=spf1 +all"], "error"),
        (["v=spf1 all"], "error"),
        (["v=spf1 ipv4:192.0.2.1 -all"], "error"),
        (["v=spf1 a, -all"], "error"),
        (["v=spf1 -all", "v=spf1 mx -all"], "error"),
        (["v=spf10 -all"], "error"),
    ],
)
def test_spf(records: list[str], health: str) -> None:
    assert judge_spf("example.org", records, [], 0).health == health


@pytest.mark.parametrize(
    ("relay", "term"),
    [("smtp.example.net", "a:smtp.example.net"), ("192.0.2.7", "ip4:192.0.2.7"), ("2001:db8::7", "ip6:2001:db8::7"),
     ("localhost", "ip4:ADDRESS"), ("127.0.0.1", "ip4:ADDRESS")],
)  # fmt: skip
def test_the_spf_record_to_add_names_the_relay(relay: str, term: str) -> None:
    assert f'example.org. IN TXT "v=spf1 {term} ~all"' in judge_spf("example.org", [], [relay], 0).todo


def test_spf_lookups_are_counted_through_includes_and_loops_end(dns: Dns) -> None:
    zone = {
        ("example.org", "TXT"): ("v=spf1 include:a.example ip4:192.0.2.1 mx redirect=b.example",),
        ("a.example", "TXT"): ("v=spf1 a exists:%{i}.x.example -all",),
        ("loop.example", "TXT"): ("v=spf1 include:loop.example -all",),
    }
    assert count_lookups("example.org", dns(zone)) == 5
    assert count_lookups("loop.example", dns(zone)) == 11
    assert judge_spf("loop.example", zone["loop.example", "TXT"], [], 11).health == "error"


ED25519 = SigningKey("example.org", "s1", new_ed25519())
OURS = record(ED25519)


@pytest.mark.parametrize(
    ("published", "health", "words"),
    [
        ((OURS.value,), "ok", "ed25519 with 256 bits, the one that signs"),
        ((OURS.value[:60] + " " + OURS.value[60:], "v=spf1 -all"), "ok", "the one that signs"),
        ((), "error", "has no key"),
        (("unrelated",), "error", "has no key"),
        ((OURS.value, OURS.value), "error", "has 2 keys"),
        (("v=DKIM1; k=ed25519; p=",), "error", "is revoked"),
        ((OURS.value.replace("k=ed25519; ", ""),), "error", "is not the key that signs"),
        ((record(SigningKey("example.org", "s1", new_ed25519())).value,), "error", "is not the key that signs"),
    ],
)
def test_a_published_key_is_held_against_ours(published: tuple[str, ...], health: str, words: str, dns: Dns) -> None:
    (finding,) = check_dkim("example.org", [ED25519], dns({(OURS.name, "TXT"): published}))
    assert (finding.health, words in finding.seen) == (health, True)


def test_a_missing_key_is_written_out(dns: Dns) -> None:
    (finding,) = check_dkim("example.org", [ED25519], dns({}))
    assert finding.todo == f"add {OURS}"


@pytest.mark.parametrize(("bits", "health"), [(1024, "warning"), (2048, "ok")])
def test_a_short_key_is_a_warning(bits: int, health: str) -> None:
    key = SigningKey("example.org", "s1", new_rsa(bits))
    assert judge_dkim(key, [record(key).value]).health == health


def test_the_walk_goes_up_to_the_top_and_shortens_long_names() -> None:
    assert names_to_ask("a.example.org") == ["a.example.org", "example.org", "org"]
    long = "a.b.c.d.e.f.g.h.i.example.org"
    assert names_to_ask(long)[:2] == [long, "e.f.g.h.i.example.org"]
    assert len(names_to_ask(long)) == 8


POLICY = ("v=DMARC1; p=reject; sp=none",)
WALKS = [
    ({"_dmarc.a.b.example": POLICY}, "a.b.example", "a.b.example"),
    ({"_dmarc.b.example": POLICY}, "b.example", "b.example"),
    ({"_dmarc.a.b.example": ("v=DMARC1; p=none; psd=n",), "_dmarc.b.example": POLICY}, "a.b.example", "a.b.example"),
    ({"_dmarc.example": ("v=DMARC1; p=none; psd=y",)}, "b.example", "example"),
    ({"_dmarc.b.example": POLICY, "_dmarc.example": ("v=DMARC1; psd=y",)}, "b.example", "b.example"),
    ({"_dmarc.a.b.example": ("v=DMARC1; psd=y",), "_dmarc.b.example": POLICY}, "b.example", "a.b.example"),
    ({"_dmarc.a.b.example": (*POLICY, *POLICY), "_dmarc.b.example": POLICY}, "b.example", "b.example"),
    ({"_dmarc.a.b.example": ("v=dmarc1; p=none",)}, "a.b.example", None),
]


@pytest.mark.parametrize(("zone", "organisation", "where"), WALKS)
def test_the_walk_finds_organisation_and_policy(
    zone: dict[str, tuple[str, ...]], organisation: str, where: str | None, dns: Dns
) -> None:
    found = walk("a.b.example", dns({(name, "TXT"): records for name, records in zone.items()}))
    assert found.organisation == organisation
    assert (found.policy and found.policy[0]) == where


@pytest.mark.parametrize(
    ("record", "health"),
    [
        ("v=DMARC1; p=none", "ok"),
        ("v = DMARC1;p=Reject;", "ok"),
        ("v=DMARC1", "warning"),
        ("v=DMARC1; p=maybe", "warning"),
    ],
)
def test_dmarc(record: str, health: str, dns: Dns) -> None:
    assert judge_dmarc(walk("b.example", dns({("_dmarc.b.example", "TXT"): (record,)}))).health == health


@pytest.mark.parametrize(("mode", "health"), [("", "ok"), ("aspf=r", "ok"), ("aspf=s", "warning")])
def test_alignment_is_relaxed_unless_the_record_is_strict(mode: str, health: str, dns: Dns) -> None:
    resolve = dns({("_dmarc.b.example", "TXT"): (f"v=DMARC1; p=none; {mode}",)})
    assert judge_alignment(walk("b.example", resolve), walk("bounces.b.example", resolve)).health == health


@given(record=st.text())
def test_any_text_can_be_read_for_tags(record: str) -> None:
    assert all(name == name.strip().lower() for name in read_tags(record))


@pytest.mark.parametrize(("mode", "health"), [("", "ok"), ("adkim=r", "ok"), ("adkim=s", "warning")])
def test_where_spf_is_not_aligned_our_signature_may_be(mode: str, health: str, dns: Dns) -> None:
    resolve = dns({("_dmarc.b.example", "TXT"): (f"v=DMARC1; p=none; {mode}",)})
    signers = [walk("mail.b.example", resolve)]
    assert judge_alignment(walk("b.example", resolve), walk("relay.example", resolve), signers).health == health


@pytest.mark.parametrize(("response", "away"), [(None, True), ("SERVFAIL", False)])
def test_a_server_that_answers_something_is_there(response: object, away: bool) -> None:
    errors = [("192.0.2.1", False, 53, OSError("refused"), None), ("192.0.2.2", False, 53, "SERVFAIL", response)]
    assert are_away(errors) is away
