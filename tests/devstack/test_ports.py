"""Ports stay the same from run to run; a taken one is a clear error only if the user named it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from devstack.errors import PortTaken, StackError
from devstack.ports import Claims, PortUse, choose_ports, free_port, is_taken


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def remembered(tmp_path: Path) -> Path:
    return tmp_path / "ports.json"


@pytest.fixture
def claims() -> Iterator[Claims]:
    claims = Claims()
    yield claims
    claims.release()


def test_a_named_port_that_is_taken_is_refused_by_name(taken: int, remembered: Path, claims: Claims) -> None:
    uses = [PortUse("api", "HOLDFAST_API_PORT", 8000)]
    with pytest.raises(PortTaken, match=f"HOLDFAST_API_PORT={taken}: another program uses this port"):
        choose_ports(uses, remembered, claims, {"HOLDFAST_API_PORT": str(taken)})


def test_a_listener_on_all_addresses_takes_the_port_too() -> None:
    with socket.create_server(("", 0)) as server:
        assert is_taken(server.getsockname()[1])


def test_a_preferred_port_that_is_taken_is_replaced_and_the_choice_is_remembered(
    taken: int, remembered: Path, claims: Claims
) -> None:
    uses = [PortUse("api", "HOLDFAST_API_PORT", taken), PortUse("bank", "HOLDFAST_BANK_PORT", taken)]
    first = choose_ports(uses, remembered, claims, {})
    claims.release()
    assert len({taken, *first.values()}) == 3
    assert choose_ports(uses, remembered, claims, {}) == first


def test_a_named_port_wins_against_the_preference_of_another_part(remembered: Path, claims: Claims) -> None:
    port = free_port()
    uses = [PortUse("api", "HOLDFAST_API_PORT", port), PortUse("bank", "HOLDFAST_BANK_PORT", 8002)]
    chosen = choose_ports(uses, remembered, claims, {"HOLDFAST_BANK_PORT": str(port)})
    assert chosen["bank"] == port
    assert chosen["api"] != port


@pytest.mark.parametrize("value", ["", "http", "0", "70000", "-1", "80.5"])
def test_what_is_no_port_number_is_refused(value: str, remembered: Path, claims: Claims) -> None:
    with pytest.raises(StackError, match="is no port number"):
        choose_ports([PortUse("api", "HOLDFAST_API_PORT", 8000)], remembered, claims, {"HOLDFAST_API_PORT": value})


def test_one_port_for_two_parts_is_refused(remembered: Path, claims: Claims) -> None:
    uses = [PortUse("api", "HOLDFAST_API_PORT", 8000), PortUse("bank", "HOLDFAST_BANK_PORT", 8002)]
    port = str(free_port())
    with pytest.raises(PortTaken, match="the same port is given to api"):
        choose_ports(uses, remembered, claims, {"HOLDFAST_API_PORT": port, "HOLDFAST_BANK_PORT": port})


def test_a_free_port_is_none_that_the_system_gives_to_outgoing_connections() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, ExitStack() as stack:
        callers = [stack.enter_context(socket.create_connection(server.getsockname())) for _ in range(20)]
        given = min(caller.getsockname()[1] for caller in callers)
    assert max(free_port() for _ in range(20)) < given


def test_stacks_that_choose_before_any_of_them_listens_choose_different_ports(tmp_path: Path, claims: Claims) -> None:
    uses = [PortUse(name, f"HOLDFAST_{name.upper()}_PORT", free_port()) for name in ("api", "bank", "worker")]
    first = choose_ports(uses, tmp_path / "first.json", claims, {})
    other = Claims()
    try:
        second = choose_ports(uses, tmp_path / "second.json", other, {})
        assert first == {use.name: use.preferred for use in uses}
        assert set(first.values()) & set(second.values()) == set()
        with pytest.raises(PortTaken, match="HOLDFAST_API_PORT"):
            choose_ports(uses, tmp_path / "third.json", other, {"HOLDFAST_API_PORT": str(first["api"])})
    finally:
        other.release()
