"""The chain is on disk: a start goes on where the last run was, even a killed one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.fixtures.tron import now_ms, owner
from tron.addresses import raw
from tron.node import FAKE_CONTRACT, USDT_CONTRACT
from tron.node.chain import Chain
from tron.node.journal import Journal
from tron.node.state import TOKEN
from tron.node.tokens import FAKE, USDT


@contextmanager
def started(path: Path) -> Iterator[Chain]:
    chain = Chain(now_ms)
    journal = Journal(path, chain)
    yield chain
    journal.close()


def usdt(chain: Chain, address: bytes) -> int:
    return chain.state.get((TOKEN, USDT.address, address))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tron.jsonl"


def test_the_contracts_have_the_addresses_that_others_are_told() -> None:
    assert (USDT.address, FAKE.address) == (raw(USDT_CONTRACT), raw(FAKE_CONTRACT))


def test_a_start_goes_on_with_the_same_chain(path: Path) -> None:
    address = raw(owner().address)
    with started(path) as chain:
        chain.pay(address, 7, USDT)
        chain.mine(3)
        chain.pay(address, 8, USDT)
        chain.mine(silent=True)
        chain.fork(2)
    with started(path) as again:
        assert [block.id for block in again.blocks] == [block.id for block in chain.blocks]
        assert [block.entries for block in again.blocks] == [block.entries for block in chain.blocks]
        assert usdt(again, address) == 15
        again.pay(address, 9, USDT)
        again.mine()
    with started(path) as third:
        assert usdt(third, address) == 24


def test_a_line_that_a_crash_cut_off_is_left_out(path: Path) -> None:
    with started(path) as chain:
        chain.mine(3)
    path.write_bytes(path.read_bytes()[:-5])
    with started(path) as again:
        assert again.head.id == chain.blocks[2].id
        again.mine(2)
    with started(path) as third:
        assert third.head.id == again.head.id
