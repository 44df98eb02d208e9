"""What the client reads from a node: one frozen dataclass for each answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

NO_TRANSACTIONS: Final = "0" * 64  # the Merkle root of a block without transactions

Receipt = Mapping[str, Any]
"""A transaction's receipt as the node sends it, addresses in hex."""


@dataclass(frozen=True, slots=True)
class Header:
    """A block without its transactions. `id` and `parent_id` are 64 hex digits; the id begins with the number."""

    number: int
    id: str
    parent_id: str
    time: datetime
    empty: bool
    """Whether it has no transactions, by its Merkle root."""


@dataclass(frozen=True, slots=True)
class Block:
    """A block with the receipts of all its transactions, in their order."""

    header: Header
    receipts: Sequence[Receipt]


@dataclass(frozen=True, slots=True)
class TransactionInfo:
    """What became of a transaction in a block."""

    txid: str
    block: int
    time: datetime
    succeeded: bool
    result: str
    """SUCCESS, or the reason: REVERT, OUT_OF_ENERGY …"""
    message: str
    fee_sun: int
    """All that was burnt for it, charged to its sender, also when it failed."""
    energy: int


@dataclass(frozen=True, slots=True)
class Account:
    """`active`: whether the chain has the account. Without it an address receives tokens but cannot send."""

    address: str
    sun: int
    active: bool


@dataclass(frozen=True, slots=True)
class Resources:
    """What an account can spend before TRX is burnt: bandwidth in bytes, and energy."""

    bandwidth: int
    energy: int


@dataclass(frozen=True, slots=True)
class Prices:
    """The chain's parameters: what a unit of energy, a byte, and a new account cost, in sun."""

    energy_sun: int
    byte_sun: int
    new_account_sun: int
    """Both fees of the transfer that makes it."""


@dataclass(frozen=True, slots=True)
class Unsigned:
    """A transaction to sign: the signature is made over `txid`. No block from `expires_at` on takes it."""

    txid: str
    raw_data_hex: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """The node has the transaction; `again`: it had it already."""

    txid: str
    again: bool


def time_of(milliseconds: int) -> datetime:
    """A block's time, which is in whole milliseconds."""
    seconds, rest = divmod(milliseconds, 1000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1000)


def milliseconds(time: datetime) -> int:
    """The chain's form of a time; below a millisecond it is cut off."""
    return int(time.replace(microsecond=0).timestamp()) * 1000 + time.microsecond // 1000


def read_header(answer: Mapping[str, Any]) -> Header:
    """Raises `ValueError`, `KeyError` or `TypeError` when it is none."""
    data = answer["block_header"]["raw_data"]
    # protobuf leaves zeros out: the first block of a chain has neither number nor parent
    number, time = _whole(data.get("number", 0)), _whole(data["timestamp"])
    found = _hash(answer["blockID"])
    if int(found[:16], 16) != number:
        raise ValueError("the id is of another block")
    root = data.get("txTrieRoot") or NO_TRANSACTIONS
    return Header(number, found, _hash(data["parentHash"]), time_of(time), root == NO_TRANSACTIONS)


def read_info(txid: str, answer: Mapping[str, Any]) -> TransactionInfo:
    """Raises as `read_header`, also when it is about another transaction."""
    if answer["id"] != txid:
        raise ValueError("about another transaction")
    receipt = answer.get("receipt", {})
    # A transfer of TRX has no result of its own: it is in a block only when it was carried out.
    result = str(receipt.get("result", "SUCCESS"))
    failed = "result" in answer or result != "SUCCESS"
    return TransactionInfo(
        txid=txid,
        block=_whole(answer["blockNumber"]),
        time=time_of(_whole(answer["blockTimeStamp"])),
        succeeded=not failed,
        result=result if result != "SUCCESS" or not failed else str(answer["result"]),
        message=text_of(answer.get("resMessage", "")),
        fee_sun=_whole(answer.get("fee", 0)),
        energy=_whole(receipt.get("energy_usage_total", 0)),
    )


def read_prices(answer: Mapping[str, Any]) -> Prices:
    """Raises as `read_header`."""
    found = {one["key"]: one.get("value", 0) for one in answer["chainParameter"]}
    new = _whole(found["getCreateAccountFee"]) + _whole(found["getCreateNewAccountFeeInSystemContract"])
    return Prices(_whole(found["getEnergyFee"]), _whole(found["getTransactionFee"]), new)


def read_resources(answer: Mapping[str, Any]) -> Resources:
    """An address that the chain does not know has none. Raises as `read_header`."""

    def left(limit: str, used: str) -> int:
        return max(0, _whole(answer.get(limit, 0)) - _whole(answer.get(used, 0)))

    # Free and staked bandwidth are not added up: one transaction is paid from one of them.
    return Resources(
        max(left("freeNetLimit", "freeNetUsed"), left("NetLimit", "NetUsed")), left("EnergyLimit", "EnergyUsed")
    )


def text_of(message: object) -> str:
    """A message of a node, which may be hex or plain."""
    text = str(message)
    try:
        return bytes.fromhex(text).decode("utf-8", "replace")
    except ValueError:
        return text


def _whole(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("not a whole number")
    return value


def _hash(value: object) -> str:
    if not isinstance(value, str) or len(bytes.fromhex(value)) != 32:
        raise ValueError("not a hash")
    return value
