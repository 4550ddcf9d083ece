"""No source leads us into a private network: not by address, name, redirect, nor by changing what a name means."""

import asyncio
import socket
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from hypothesis import given
from hypothesis import strategies as st

from digest.collect import guard, open_fetch
from digest.errors import FetchError

PRIVATE = [
    *("127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
    *("224.0.0.1", "255.255.255.255", "192.88.99.1", "198.18.0.1", "::1", "::", "fe80::1%eth0", "fd00::1", "fec0::1"),
    *("ff02::1", "::ffff:127.0.0.1", "::7f00:1", "::ffff:0:7f00:1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::"),
    "2001::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_refused(address: str) -> None:
    assert "no address of the public internet" in guard.why_not(address, 443)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"])
@pytest.mark.parametrize("port", [80, 443, 8080, 8443])
def test_web_servers_of_the_public_internet_may_be_asked(address: str, port: int) -> None:
    assert guard.why_not(address, port) == ""


@pytest.mark.parametrize("port", [0, 22, 25, 5432, 6379, 9200, 11211])
def test_ports_of_other_services_are_refused(port: int) -> None:
    assert f"port {port} is none of a web server's" in guard.why_not("93.184.216.34", port)


@given(st.ip_addresses(v=4).filter(lambda address: not address.is_global), st.sampled_from(["64:ff9b::", "2002:"]))
def test_no_gateway_carries_a_private_address(address: Any, gateway: str) -> None:
    high, low = divmod(int(address), 0x10000)
    through = f"{gateway}{high:x}:{low:x}" + ("::1" if gateway == "2002:" else "")
    assert guard.why_not(through, 80)
    assert guard.why_not(str(address), 80)


def refusal(url: str) -> str:
    async def run() -> None:
        async with open_fetch("") as fetch:
            await fetch(url)

    with pytest.raises(FetchError) as caught:
        asyncio.run(run())
    assert caught.value.status is None
    return str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0", "0x7f000001", "[::ffff:127.0.0.1]"])
def test_a_server_here_hears_nothing(site: Any, answer: Any, host: str) -> None:
    site.answers["/a"] = answer(b"secret")
    said = refusal(site.url.replace("127.0.0.1", host) + "/a")
    assert "a source may do so with `allow_private: true`" in said or host == "0x7f000001"
    assert site.asked == []


@pytest.fixture
def only_one_is_public(monkeypatch: pytest.MonkeyPatch) -> None:
    """127.0.0.1 stands for the public internet, and every other address of this machine is private."""
    monkeypatch.setattr(guard, "why_not", lambda host, _port: "" if host == "127.0.0.1" else "this is private")


@pytest.mark.usefixtures("only_one_is_public")
def test_a_redirect_leads_nowhere_private(site: Any, answer: Any) -> None:
    inside = site.url.replace("127.0.0.1", "127.0.0.2")
    site.answers["/a"] = answer(status=302, headers={"Location": inside + "/secret"})
    assert "this is private" in refusal(site.url + "/a")
    assert [asked.path for asked in site.asked] == ["/a"]


class Rebinding(AbstractResolver):
    """A name whose address is public when it is looked at first, and private from then on."""

    def __init__(self) -> None:
        self.addresses = ["127.0.0.1", "127.0.0.2"]

    async def resolve(self, host: str, port: int = 0, family: Any = socket.AF_INET) -> list[ResolveResult]:
        address = self.addresses.pop(0)
        found = {"hostname": host, "host": address, "port": port, "family": socket.AF_INET, "proto": 0, "flags": 0}
        return [ResolveResult(**found)]  # type: ignore[typeddict-item]

    async def close(self) -> None:
        pass


@pytest.mark.usefixtures("only_one_is_public")
def test_a_name_that_changes_its_address_gains_nothing(site: Any, answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    site.answers["/a"] = answer(b"hello")
    resolver = Rebinding()
    monkeypatch.setattr("aiohttp.connector.DefaultResolver", lambda **_: resolver)
    monkeypatch.setattr("aiohttp.connector._DNSCacheTable.expired", lambda *_: True)

    async def run() -> None:
        async with open_fetch("") as fetch:
            url = site.url.replace("127.0.0.1", "rebinding.example") + "/a"
            assert (await fetch(url)).body == b"hello"
            with pytest.raises(FetchError, match="this is private"):
                await fetch(url)

    monkeypatch.setattr("digest.collect.fetch._SECONDS_APART", 0.0)
    asyncio.run(run())
    assert len(site.asked) == 1
    assert resolver.addresses == []
