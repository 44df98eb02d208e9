"""Which addresses count as public, and that the one that was judged is the one that is called."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from types import ModuleType

import pytest

from domain.errors import Malformed
from edge.outward import Outward, OutwardFailed, host_and_port, is_public_unicast
from tests.fixtures.receiver import receiving


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "2a00:1450:4001::1"])
def test_ordinary_addresses_are_public(address: str) -> None:
    assert is_public_unicast(address)


@pytest.mark.parametrize(
    "address",
    """127.0.0.1 10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 255.255.255.255 240.0.0.1
    ::1 :: ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 64:ff9b::7f00:1 64:ff9b::8.8.8.8 64:ff9b:1::1 2002:7f00:1::
    2002:808:808::1 2001:0:1::1 fe80::1 fe80::1%eth0 fc00::1 fec0::1 ff02::1""".split(),
)
def test_addresses_that_lead_inside_are_not_however_they_are_disguised(address: str) -> None:
    assert not is_public_unicast(address)


async def test_only_a_trusted_host_is_called_by_http_and_at_a_private_address() -> None:
    strict = Outward()
    async with receiving() as receiver:
        trusting = Outward([receiver.url.removeprefix("http://").partition("/")[0]])
        trusting.check(receiver.url)
        assert await trusting.post(receiver.url, {"X-Test": "1"}, "hello") == 204
        (received,) = receiver.received
        assert (received.body, received.headers["x-test"]) == (b"hello", "1")
        assert received.headers["host"] in receiver.url
        with pytest.raises(Malformed, match="bad_url"):
            strict.check(receiver.url)
        # Even an address that was let in by mistake, or a name that leads inside by now, is not called.
        with pytest.raises(OutwardFailed, match="not a public address"):
            await strict.post(receiver.url, {}, "hello")
        with pytest.raises(OutwardFailed, match="not a public address"):
            await trusting.post(receiver.url.replace("127.0.0.1", "localhost"), {}, "hello")
        assert len(receiver.received) == 1
    await trusting.aclose()
    await strict.aclose()


@pytest.mark.parametrize(
    ("trusted", "called", "refused"),
    [
        ("api", ["http://api/x", "http://api:80/"], ["http://api:8000/", "http://api.test/"]),
        ("api:8000", ["http://API:8000/x"], ["http://api/", "http://api:80/", "http://api:8001/"]),
        ("127.0.0.1:*", ["http://127.0.0.1/", "http://127.0.0.1:28000/"], ["http://127.0.0.2/"]),
        ("[::1]:8000", ["http://[::1]:8000/"], ["http://[::1]/", "http://[::2]:8000/"]),
    ],
)
def test_a_host_is_trusted_at_the_port_that_is_named_and_at_no_other(
    trusted: str, called: list[str], refused: list[str]
) -> None:
    outward = Outward([trusted])
    for url in called:
        outward.check(url)
    for url in refused:
        with pytest.raises(Malformed, match="bad_url"):
            outward.check(url)


@pytest.mark.parametrize(
    "host",
    """localhost LOCALHOST localhost. shop.localhost 127.0.0.1 127.1 2130706433 0x7f000001 0177.0.0.1 0.0.0.0
    10.0.0.1 192.168.1.1:8443 169.254.169.254 [::1] [::ffff:127.0.0.1] [fe80::1] [fe80::1%25lo] [fc00::1]:8443
    [64:ff9b::7f00:1]""".split(),
)
def test_a_host_that_leads_inside_is_refused_where_it_is_named(host: str) -> None:
    with pytest.raises(Malformed, match="not a public address"):
        Outward().check(f"https://{host}/webhooks")


async def test_a_name_that_cannot_be_looked_up_is_refused_and_never_called() -> None:
    outward = Outward()
    for host in ("a" * 64, f"shop.{'a' * 64}.example", "shop..example", ".example"):
        with pytest.raises(Malformed, match="bad_url"):
            outward.check(f"https://{host}/webhooks")
        with pytest.raises(OutwardFailed):
            await outward.post(f"https://{host}/webhooks", {}, "hello")


def test_a_name_is_not_looked_up_where_it_is_named() -> None:
    for host in ("shop.example", "8.8.8.8", "[2606:4700::1111]", "no-such-name.invalid", "localhost.example"):
        Outward().check(f"https://{host}/webhooks")


@pytest.mark.parametrize("text", ["http://api", "api:", "api:80:80", "::1", "api:x", ""])
def test_what_is_no_host_with_a_port_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="host"):
        host_and_port(text)


class _Noting(MetaPathFinder):
    """Notes what is looked for, and finds nothing."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        self.names.append(name)


async def test_a_request_that_is_sent_has_python_look_for_no_module(monkeypatch: pytest.MonkeyPatch) -> None:
    noting = _Noting()
    async with receiving() as receiver:
        outward = Outward([receiver.url.removeprefix("http://").partition("/")[0]])
        await outward.post(receiver.url, {}, "the first imports what it needs")
        monkeypatch.setattr(sys, "meta_path", [noting, *sys.meta_path])
        assert await outward.post(receiver.url, {}, "hello") == 204
        await outward.aclose()
    assert noting.names == []
