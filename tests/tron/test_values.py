"""Addresses, transactions and answers, without a node."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import base58
import pytest
from tronpy.proto import calculate_txid_from_raw_data

from tron.addresses import address_of, is_address, raw, word
from tron.transactions import token_transfer, trx_transfer
from tron.values import Header, milliseconds, read_header, read_info, time_of

USDT = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
FROM, TO = "TNPeeaaFB7K9cmo4uQpcU32zGK8G1NYqeL", "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8"
ID = f"{100:016x}" + "ab" * 24
HEAD = Header(100, ID, "00" * 32, datetime(2026, 5, 1, 12, tzinfo=UTC), empty=True)
EXPIRES = HEAD.time + timedelta(minutes=5)


def transfer(**other: Any):
    given: dict[str, Any] = {"fee_limit_sun": 30_000_000, "expires_at": EXPIRES, "salt": "sweep/1", **other}
    return token_transfer(HEAD, USDT, FROM, TO, 1_500_000, **given)


def test_an_address_is_one_only_with_its_checksum() -> None:
    assert is_address(USDT)
    assert raw(USDT).hex() == "41a614f803b6fd780986a42c78ec9c7f77e6ded13c"
    assert address_of(raw(USDT)[1:]) == address_of(raw(USDT)) == USDT
    assert word(USDT) == "000000000000000000000000a614f803b6fd780986a42c78ec9c7f77e6ded13c"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6T",
        USDT + " ",
        "41a614f803b6fd780986a42c78ec9c7f77e6ded13c",
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
        "T" * 34,
    ],
)
def test_anything_else_is_no_address(text: str) -> None:
    assert not is_address(text)


def test_transfers_have_the_id_that_tronpy_computes() -> None:
    made = transfer()
    value = {
        "owner_address": FROM,
        "contract_address": USDT,
        "data": f"a9059cbb{word(TO)}{1_500_000:064x}",
    }
    assert made.txid == tronpys(made.raw_data_hex, "TriggerSmartContract", value, fee_limit=30_000_000)
    trx = trx_transfer(HEAD, FROM, TO, 7, expires_at=EXPIRES, salt="gas/1")
    amount = {"owner_address": FROM, "to_address": TO, "amount": 7}
    assert trx.txid == tronpys(trx.raw_data_hex, "TransferContract", amount)


def tronpys(raw_data_hex: str, kind: str, value: dict[str, Any], **other: Any) -> str:
    from tronpy.proto import tron_pb2

    parsed = tron_pb2.Transaction.raw.FromString(bytes.fromhex(raw_data_hex))
    assert parsed.expiration == milliseconds(EXPIRES)
    contract = {"type": kind, "parameter": {"type_url": f"type.googleapis.com/protocol.{kind}", "value": value}}
    return calculate_txid_from_raw_data(
        {
            "ref_block_bytes": ID[12:16],
            "ref_block_hash": ID[16:32],
            "expiration": milliseconds(EXPIRES),
            "timestamp": parsed.timestamp,
            "contract": [contract],
            **other,
        }
    )


def test_the_same_transfer_under_another_key_is_another_transaction() -> None:
    assert transfer().txid == transfer().txid
    assert transfer(salt="sweep/2").txid != transfer().txid


def test_a_time_of_the_chain_is_kept_to_the_millisecond() -> None:
    assert milliseconds(time_of(1_777_777_777_123)) == 1_777_777_777_123


def header(**other: Any) -> dict[str, Any]:
    data = {"number": 100, "txTrieRoot": "01" * 32, "parentHash": "02" * 32, "timestamp": 1_777_777_777_000, **other}
    return {"blockID": ID, "block_header": {"raw_data": data}}


def test_a_header_must_fit_its_id() -> None:
    assert read_header(header()).empty is False
    assert read_header(header(txTrieRoot="0" * 64)).empty is True
    for wrong in (header(number=101), header(number="100"), header(parentHash="02"), {}):
        with pytest.raises((ValueError, KeyError, TypeError)):
            read_header(wrong)


def info(**other: Any) -> dict[str, Any]:
    return {"id": "ee" * 32, "blockNumber": 5, "blockTimeStamp": 1_777_777_777_000, **other}


@pytest.mark.parametrize(
    ("answer", "succeeded", "result"),
    [
        (info(receipt={"net_usage": 268}), True, "SUCCESS"),
        (info(receipt={"result": "SUCCESS"}), True, "SUCCESS"),
        (info(receipt={"result": "REVERT"}, result="FAILED"), False, "REVERT"),
        (info(receipt={"result": "SUCCESS"}, result="FAILED"), False, "FAILED"),
        (info(receipt={"result": "OUT_OF_ENERGY"}), False, "OUT_OF_ENERGY"),
    ],
)
def test_a_transaction_succeeded_only_when_nothing_says_otherwise(
    answer: dict[str, Any], succeeded: bool, result: str
) -> None:
    found = read_info("ee" * 32, answer)
    assert (found.succeeded, found.result) == (succeeded, result)


def test_the_receipt_of_another_transaction_is_no_answer() -> None:
    with pytest.raises(ValueError, match="another"):
        read_info("ff" * 32, info())


def test_an_address_is_written_as_base58check_writes_it() -> None:
    for short in (
        bytes(20),
        b"\xff" * 20,
        bytes(range(20)),
        *(number.to_bytes(20, "big") for number in (1, 57, 58, 3364)),
    ):
        assert address_of(short) == base58.b58encode_check(b"\x41" + short).decode()
        assert raw(address_of(short)) == b"\x41" + short
