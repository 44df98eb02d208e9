"""The chain is on disk: a start goes on where the last run was, even a killed one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.tron import now_ms, owner
from tron.addresses import raw
from tron.node import FAKE_CONTRACT, USDT_CONTRACT
from tron.node.chain import Chain
from tron.node.journal import Journal
from tron.node.state import TOKEN
from tron.node.tokens import FAKE, USDT


def started(path: Path) -> Chain:
    chain = Chain(now_ms)
    Journal(path, chain)
    return chain


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tron.jsonl"


def test_the_contracts_have_the_addresses_that_others_are_told() -> None:
    assert (USDT.address, FAKE.address) == (raw(USDT_CONTRACT), raw(FAKE_CONTRACT))


def test_a_start_goes_on_with_the_same_chain(path: Path) -> None:
    chain, address = started(path), raw(owner().address)
    chain.pay(address, 7, USDT)
    chain.mine(3)
    chain.pay(address, 8, USDT)
    chain.mine(silent=True)
    chain.fork(2)
    again = started(path)
    assert [block.id for block in again.blocks] == [block.id for block in chain.blocks]
    assert [block.entries for block in again.blocks] == [block.entries for block in chain.blocks]
    assert again.state.get((TOKEN, USDT.address, address)) == 15
    assert again.pay(address, 9, USDT).txid
    again.mine()
    assert started(path).state.get((TOKEN, USDT.address, address)) == 24


def test_a_line_that_a_crash_cut_off_is_left_out(path: Path) -> None:
    chain = started(path)
    chain.mine(3)
    whole = path.read_bytes()
    path.write_bytes(whole[:-5])
    again = started(path)
    assert again.head.id == chain.blocks[2].id
    again.mine(2)
    assert started(path).head.id == again.head.id
