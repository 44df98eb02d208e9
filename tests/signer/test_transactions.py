"""The signer reads a transaction from its bytes, and refuses what it does not understand."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from google.protobuf.any_pb2 import Any as Packed
from tronpy.keys import to_raw_address
from tronpy.proto import calculate_txid_from_raw_data, tron_pb2

from signer.service.transactions import NotUnderstood, as_json, is_address, parse
from tests.fixtures.signer import TOKEN, raw_data, token_transfer, trx_payment

OURS = "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH"
THEIRS = "TJzXt1sZautjqXnpjQT4xSCBHNSYgBkDr3"
TRANSFER = bytes.fromhex("a9059cbb")
WORD = to_raw_address(THEIRS)[1:].rjust(32, b"\0")


def call(data: bytes, **more: Any) -> bytes:
    owner, contract = to_raw_address(OURS), to_raw_address(TOKEN)
    found = tron_pb2.TriggerSmartContract(**{"owner_address": owner, "contract_address": contract, "data": data} | more)
    return raw_data("TriggerSmartContract", found)


def changed(**fields: Any) -> bytes:
    """A good transfer with other fields around it."""
    message = tron_pb2.Transaction.raw.FromString(bytes.fromhex(token_transfer(OURS, THEIRS, 5)))
    for name, value in fields.items():
        setattr(message, name, value)
    return bytes(message.SerializeToString())


def contract_with(**fields: Any) -> bytes:
    message = tron_pb2.Transaction.raw.FromString(bytes.fromhex(token_transfer(OURS, THEIRS, 5)))
    for name, value in fields.items():
        setattr(message.contract[0], name, value)
    return bytes(message.SerializeToString())


def two_contracts() -> bytes:
    message = tron_pb2.Transaction.raw.FromString(bytes.fromhex(token_transfer(OURS, THEIRS, 5)))
    message.contract.append(message.contract[0])
    return bytes(message.SerializeToString())


def other_type_url() -> bytes:
    message = tron_pb2.Transaction.raw.FromString(bytes.fromhex(token_transfer(OURS, THEIRS, 5)))
    message.contract[0].parameter.CopyFrom(
        Packed(type_url="type.googleapis.com/protocol.TransferContract", value=message.contract[0].parameter.value)
    )
    return bytes(message.SerializeToString())


def test_a_transfer_of_tokens_is_read() -> None:
    found = parse(bytes.fromhex(token_transfer(OURS, THEIRS, 1_500_000, fee_limit=7)))
    assert (found.sender, found.contract, found.recipient) == (OURS, TOKEN, THEIRS)
    assert (found.amount_minor, found.fee_limit_sun) == (1_500_000, 7)


def test_a_payment_in_trx_is_read() -> None:
    found = parse(bytes.fromhex(trx_payment(OURS, THEIRS, 9)))
    assert (found.sender, found.contract, found.recipient, found.amount_minor) == (OURS, None, THEIRS, 9)


@pytest.mark.parametrize("raw", [token_transfer(OURS, THEIRS, 5), trx_payment(OURS, THEIRS, 5)])
def test_the_json_of_a_transaction_is_that_transaction(raw: str) -> None:
    """tronpy makes bytes of the JSON by itself: their hash is the id."""
    shown = as_json(parse(bytes.fromhex(raw)), b"s" * 65)
    assert shown["raw_data_hex"] == raw
    assert shown["txID"] == hashlib.sha256(bytes.fromhex(raw)).hexdigest()
    assert calculate_txid_from_raw_data(shown["raw_data"]) == shown["txID"]


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"\xff\xff\xff", id="no protobuf"),
        pytest.param(b"", id="empty"),
        pytest.param(changed(data=b"memo"), id="a memo"),
        pytest.param(changed(scripts=b"x"), id="scripts"),
        pytest.param(changed(ref_block_num=5), id="a field that nodes ignore"),
        pytest.param(changed() + b"\xa0\x06\x01", id="an unknown field"),
        pytest.param(changed() + changed(), id="the same message twice over"),
        pytest.param(changed() + changed()[-4:], id="a field twice"),
        pytest.param(changed(expiration=0), id="never expires"),
        pytest.param(changed(expiration=2**62), id="expires beyond all calendars"),
        pytest.param(changed(fee_limit=-1), id="a negative fee"),
        pytest.param(changed(ref_block_bytes=b""), id="no block"),
        pytest.param(two_contracts(), id="two contracts"),
        pytest.param(contract_with(Permission_id=2), id="another permission"),
        pytest.param(contract_with(provider=b"x"), id="a provider"),
        pytest.param(contract_with(type=46), id="a change of permissions"),
        pytest.param(contract_with(type=1), id="a type that is not the parameter's"),
        pytest.param(other_type_url(), id="a parameter of another type"),
        pytest.param(call(bytes.fromhex("095ea7b3") + WORD + (5).to_bytes(32)), id="approve instead of transfer"),
        pytest.param(call(TRANSFER + WORD + (5).to_bytes(32) + b"\0"), id="a byte too many"),
        pytest.param(call(TRANSFER + WORD + (5).to_bytes(31)), id="a byte too few"),
        pytest.param(call(TRANSFER + b"\1" + WORD[1:] + (5).to_bytes(32)), id="more than an address"),
        pytest.param(call(TRANSFER + WORD + (0).to_bytes(32)), id="nothing is moved"),
        pytest.param(call(TRANSFER + WORD + (2**63).to_bytes(32)), id="more than there is"),
        pytest.param(call(TRANSFER + WORD + (5).to_bytes(32), call_value=1), id="pays the contract too"),
        pytest.param(call(TRANSFER + WORD + (5).to_bytes(32), owner_address=b"\x41" * 20), id="a short address"),
        pytest.param(call(TRANSFER + WORD + (5).to_bytes(32), owner_address=b"\x42" * 21), id="of another chain"),
        pytest.param(bytes.fromhex(trx_payment(OURS, THEIRS, 0)), id="pays nothing"),
        pytest.param(bytes.fromhex(trx_payment(OURS, THEIRS, -5)), id="pays less than nothing"),
        pytest.param(changed() + b"\x00" * 1024, id="too long"),
    ],
)
def test_what_is_not_understood_is_refused(raw: bytes) -> None:
    with pytest.raises(NotUnderstood):
        parse(raw)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        (OURS, True),
        (OURS[:-1] + "J", False),
        (OURS.lower(), False),
        (OURS[:-1], False),
        ("", False),
        ("41" + "0" * 40, False),
        ("1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", False),
    ],
)
def test_an_address_has_its_checksum(text: str, right: bool) -> None:
    assert is_address(text) is right
