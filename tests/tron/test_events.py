"""What counts as a transfer of the token, and what makes a provider's answer unreadable."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tron.events import TRANSFER, TokenTransfer, Unreadable, transfers_in

TOKEN, FAKE = "a614f803b6fd780986a42c78ec9c7f77e6ded13c", "b1" * 20
ALICE, BOB = "0a" * 20, "0b" * 20
BLOCK = 61_000_000
APPROVAL = "8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925"

Receipt = dict[str, Any]


def log_of(amount: int = 5_000_000, contract: str = TOKEN, topic: str = TRANSFER, padding: str = "0" * 24) -> Receipt:
    return {"address": contract, "topics": [topic, padding + ALICE, padding + BOB], "data": f"{amount:064x}"}


def receipt_of(*logs: Receipt, txid: str = "1c" * 32, **changes: Any) -> Receipt:
    return {
        "id": txid,
        "blockNumber": BLOCK,
        "blockTimeStamp": 1_700_000_000_000,
        "contractResult": ["0" * 63 + "1"],
        "receipt": {"result": "SUCCESS", "energy_usage_total": 64_285},
        "log": list(logs),
        **changes,
    }


def found_in(*receipts: Receipt) -> list[TokenTransfer]:
    return transfers_in(list(receipts), BLOCK, TOKEN)


def test_a_transfer_is_known_by_its_transaction_and_log() -> None:
    (found,) = found_in(receipt_of(log_of()))
    assert found == TokenTransfer("1c" * 32, 0, ALICE, BOB, 5_000_000)
    assert found.external_id == f"{'1c' * 32}:0"


def test_the_log_index_counts_the_logs_of_other_contracts_and_events_too() -> None:
    logs = [log_of(contract=FAKE), log_of(), log_of(topic=APPROVAL), log_of()]
    assert [one.log_index for one in found_in(receipt_of(*logs))] == [1, 3]


def test_the_same_amount_twice_is_two_transfers() -> None:
    found = found_in(receipt_of(log_of(), txid="aa" * 32), receipt_of(log_of(), txid="bb" * 32))
    assert len({one.external_id for one in found}) == len(found) == 2


def test_an_address_may_carry_the_prefix_of_the_network() -> None:
    (found,) = found_in(receipt_of(log_of(padding="0" * 22 + "41")))
    assert (found.sender, found.recipient) == (ALICE, BOB)


@pytest.mark.parametrize(
    "receipt",
    [
        pytest.param(receipt_of(log_of(contract=FAKE)), id="another contract"),
        pytest.param(receipt_of(log_of(contract=f"41{TOKEN}")), id="the contract with a prefix that logs never have"),
        pytest.param(receipt_of(log_of(topic=APPROVAL)), id="another event of the token"),
        pytest.param(receipt_of(log_of(amount=0)), id="nothing"),
        pytest.param(receipt_of(log_of(), result="FAILED", receipt={"result": "REVERT"}), id="reverted"),
        pytest.param(receipt_of(log_of(), receipt={"result": "OUT_OF_ENERGY"}), id="out of energy"),
        pytest.param(receipt_of(log_of(), result="FAILED"), id="failed, whatever the details say"),
        pytest.param(receipt_of(), id="a call without an event"),
        pytest.param({"id": "2d" * 32, "blockNumber": BLOCK, "receipt": {"net_usage": 268}}, id="a payment in TRX"),
        pytest.param(receipt_of({"address": TOKEN, "data": "00"}), id="a log without topics"),
        pytest.param(receipt_of({"address": FAKE, "topics": "none", "data": 7}), id="nonsense of another contract"),
    ],
)
def test_what_is_no_transfer_of_the_token_is_ignored(receipt: Receipt) -> None:
    (found,) = found_in(receipt, receipt_of(log_of(), txid="ee" * 32))
    assert found.external_id == f"{'ee' * 32}:0"


def _with(change: Callable[[Receipt], object]) -> list[Receipt]:
    receipt = copy.deepcopy(receipt_of(log_of()))
    change(receipt)
    return [receipt]


@pytest.mark.parametrize(
    "receipts",
    [
        pytest.param({}, id="no list"),
        pytest.param(None, id="nothing at all"),
        pytest.param(["receipt"], id="no receipts"),
        pytest.param(_with(lambda one: one.update(blockNumber=BLOCK + 1)), id="of another block"),
        pytest.param(_with(lambda one: one.pop("blockNumber")), id="of no block"),
        pytest.param(_with(lambda one: one.update(log={"address": TOKEN})), id="logs that are no list"),
        pytest.param(_with(lambda one: one.update(id="1c")), id="a short transaction id"),
        pytest.param(_with(lambda one: one.update(id=None)), id="no transaction id"),
        pytest.param(_with(lambda one: one.pop("receipt")), id="no result"),
        pytest.param(_with(lambda one: one["log"][0].update(data="")), id="no amount"),
        pytest.param(_with(lambda one: one["log"][0].update(data="0x" + "1" * 62)), id="an amount that is no hex"),
        pytest.param(_with(lambda one: one["log"][0].update(data="0" * 128)), id="two amounts"),
        pytest.param(_with(lambda one: one["log"][0]["topics"].pop()), id="no recipient"),
        pytest.param(_with(lambda one: one["log"][0]["topics"].append("0" * 64)), id="a topic too many"),
        pytest.param(_with(lambda one: one["log"][0]["topics"].insert(1, "f" * 64)), id="other topics"),
        pytest.param(_with(lambda one: one["log"][0].update(topics=[TRANSFER, "f" * 64, "f" * 64])), id="no addresses"),
        pytest.param(_with(lambda one: one["log"][0].update(topics=[TRANSFER, 7, 8])), id="numbers for addresses"),
        pytest.param([receipt_of(log_of()), receipt_of(log_of())], id="one transaction twice"),
    ],
)
def test_a_block_in_which_a_transfer_cannot_be_read_is_not_read(receipts: object) -> None:
    with pytest.raises(Unreadable):
        transfers_in(receipts, BLOCK, TOKEN)
