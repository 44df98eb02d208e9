"""A transaction of the chain as the signer reads it, from its own bytes; what it does not understand it refuses.

Two kinds are understood: a call of a token's `transfer` (TriggerSmartContract), and a payment in TRX
(TransferContract). Bytes that hold anything else, or the same in another encoding than protobuf's own, are refused:
a node might read them in another way.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from google.protobuf.message import DecodeError, Message
from tronpy.exceptions import BadAddress
from tronpy.keys import to_base58check_address, to_raw_address
from tronpy.proto import tron_pb2

SUN: Final = 1_000_000  # in one TRX
TOKEN_UNIT: Final = 1_000_000  # minor units of one USDT
MAX_RAW_BYTES: Final = 1_024  # a transfer has some 210
_PREFIX: Final = b"\x41"
_ADDRESS_CHARACTERS: Final = 34
_TRANSFER: Final = bytes.fromhex("a9059cbb")  # the first four bytes of keccak("transfer(address,uint256)")
_CONTRACT: Final = tron_pb2.Transaction.Contract
_TYPE_URL: Final = "type.googleapis.com/protocol."
_LAST_MS: Final = 253_402_300_799_000  # the end of the year 9999
_ENDLESS: Final = 2**63  # no supply of a token reaches it, and the database has no larger number


class NotUnderstood(Exception):
    """The bytes are no transaction of the two kinds; the message says what is wrong and quotes nothing."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """What a transaction does. `contract` None: it pays in TRX. Amounts in minor units of the token, or in sun."""

    raw: bytes
    sender: str
    contract: str | None
    recipient: str
    amount_minor: int
    fee_limit_sun: int
    expires_at: datetime

    @property
    def digest(self) -> bytes:
        """What is signed: SHA-256 of the bytes. In hex it is the transaction's id."""
        return hashlib.sha256(self.raw).digest()

    @property
    def txid(self) -> str:
        return self.digest.hex()


def is_address(text: str) -> bool:
    """Whether `text` is an address on TRON in Base58Check."""
    if len(text) != _ADDRESS_CHARACTERS or not text.startswith("T"):
        return False
    try:
        found = to_raw_address(text)
    except (BadAddress, ValueError):
        return False
    return len(found) == 21 and found[:1] == _PREFIX


def parse(raw: bytes) -> Transaction:
    """Raises `NotUnderstood`."""
    if len(raw) > MAX_RAW_BYTES:
        raise NotUnderstood(f"more than {MAX_RAW_BYTES} bytes")
    message = _read(tron_pb2.Transaction.raw(), raw)
    _only(message, {"ref_block_bytes", "ref_block_hash", "expiration", "contract", "timestamp", "fee_limit"})
    if len(message.ref_block_bytes) != 2 or len(message.ref_block_hash) != 8:
        raise NotUnderstood("the block that it refers to is not given in 2 and 8 bytes")
    if not 0 < message.expiration <= _LAST_MS or message.timestamp < 0 or message.fee_limit < 0:
        raise NotUnderstood("a time or the limit of the fee is out of range")
    if len(message.contract) != 1:
        raise NotUnderstood("not exactly one contract")
    contract = message.contract[0]
    _only(contract, {"type", "parameter"})
    kinds = {
        _CONTRACT.TriggerSmartContract: ("TriggerSmartContract", _token),
        _CONTRACT.TransferContract: ("TransferContract", _trx),
    }
    if contract.type not in kinds:
        raise NotUnderstood("a kind of contract that is never signed")
    name, read = kinds[contract.type]
    if contract.parameter.type_url != _TYPE_URL + name:
        raise NotUnderstood("the type of the contract and that of its parameter differ")
    sender, called, recipient, amount_minor = read(contract.parameter.value)
    if not 0 < amount_minor < _ENDLESS:
        raise NotUnderstood("the amount is out of range")
    expires_at = datetime.fromtimestamp(message.expiration / 1000, UTC)
    return Transaction(raw, sender, called, recipient, amount_minor, message.fee_limit, expires_at)


def as_json(transaction: Transaction, signature: bytes) -> dict[str, Any]:
    """The signed transaction as a node takes it (`wallet/broadcasttransaction`), addresses in hex."""
    message = tron_pb2.Transaction.raw.FromString(transaction.raw)
    [contract] = message.contract
    name = _CONTRACT.ContractType.Name(contract.type)
    inner = getattr(tron_pb2, name).FromString(contract.parameter.value)
    value = {field.name: found.hex() if isinstance(found, bytes) else found for field, found in inner.ListFields()}
    raw_data = {
        "contract": [{"parameter": {"value": value, "type_url": contract.parameter.type_url}, "type": name}],
        "ref_block_bytes": message.ref_block_bytes.hex(),
        "ref_block_hash": message.ref_block_hash.hex(),
        "expiration": message.expiration,
    }
    optional = {"timestamp": message.timestamp, "fee_limit": message.fee_limit}
    return {
        "visible": False,
        "txID": transaction.txid,
        "raw_data": raw_data | {name: found for name, found in optional.items() if found},
        "raw_data_hex": transaction.raw.hex(),
        "signature": [signature.hex()],
    }


_Parts = tuple[str, str | None, str, int]


def _token(value: bytes) -> _Parts:
    call = _read(tron_pb2.TriggerSmartContract(), value)
    _only(call, {"owner_address", "contract_address", "data"})
    data: bytes = call.data
    # A selector and two words of 32 bytes: an address of 20 bytes after zeros, and the amount.
    if len(data) != 68 or data[:4] != _TRANSFER or any(data[4:16]):
        raise NotUnderstood("the call is no transfer(address,uint256)")
    recipient = _address(_PREFIX + data[16:36])
    return _address(call.owner_address), _address(call.contract_address), recipient, int.from_bytes(data[36:])


def _trx(value: bytes) -> _Parts:
    payment = _read(tron_pb2.TransferContract(), value)
    _only(payment, {"owner_address", "to_address", "amount"})
    return _address(payment.owner_address), None, _address(payment.to_address), payment.amount


def _address(raw: bytes) -> str:
    if len(raw) != 21 or raw[:1] != _PREFIX:
        raise NotUnderstood("an address is not 21 bytes that begin with 41")
    return str(to_base58check_address(raw))


def _read(message: Any, raw: bytes) -> Any:
    """The message in `raw`; refused unless writing what was understood gives the same bytes."""
    try:
        message.ParseFromString(raw)
    except DecodeError:
        raise NotUnderstood("no message of protobuf") from None
    message.DiscardUnknownFields()
    if message.SerializeToString(deterministic=True) != raw:
        raise NotUnderstood("unknown fields, or another encoding than protobuf's own")
    return message


def _only(message: Message, known: set[str]) -> None:
    more = {field.name for field, _ in message.ListFields()} - known
    if more:
        raise NotUnderstood(f"fields that are never signed: {', '.join(sorted(more))}")
