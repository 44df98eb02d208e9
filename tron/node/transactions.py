"""Signed transactions: read from JSON or bytes, and who signed them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from coincurve import PublicKey
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import DecodeError
from tronpy.keys import keccak256
from tronpy.proto import tron_pb2

from tron.addresses import PREFIX, address_of, raw
from tron.protobuf import octets

TRANSFER: Final = "TransferContract"
TRIGGER: Final = "TriggerSmartContract"
TYPE_URL: Final = "type.googleapis.com/protocol."
_KINDS: Final = {1: (TRANSFER, tron_pb2.TransferContract), 31: (TRIGGER, tron_pb2.TriggerSmartContract)}


class NotTaken(Exception):
    """The node does not take a transaction; `code` is java-tron's `response_code`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction of TRX (`to` gets `sun`) or a call of the contract `to` with `data`. Addresses are 21 bytes."""

    txid: bytes
    raw: bytes
    signatures: tuple[bytes, ...]
    kind: str
    owner: bytes
    to: bytes
    sun: int
    data: bytes
    fee_limit: int
    expiration: int
    timestamp: int
    ref_bytes: bytes
    ref_hash: bytes

    @property
    def whole(self) -> bytes:
        """`Transaction` of the protocol, without results."""
        return octets(1, self.raw) + b"".join(octets(2, one) for one in self.signatures)

    @property
    def is_transfer(self) -> bool:
        return self.kind == TRANSFER


def read(raw_data: bytes, signatures: Sequence[bytes] = ()) -> Transaction:
    """Raises `NotTaken` for what is none, or of a kind that this node does not have."""
    try:
        parsed = tron_pb2.Transaction.raw.FromString(raw_data)
        [contract] = parsed.contract
        name, message = _KINDS[contract.type]
        value = message.FromString(contract.parameter.value)
    except (DecodeError, ValueError, KeyError):
        raise NotTaken("CONTRACT_VALIDATE_ERROR", "Contract validate error : this kind is not supported") from None
    to, sun = (value.to_address, value.amount) if name == TRANSFER else (value.contract_address, value.call_value)
    if not _is_address(value.owner_address) or not _is_address(to):
        raise NotTaken("CONTRACT_VALIDATE_ERROR", "Contract validate error : Invalid address!")
    return Transaction(
        txid=hashlib.sha256(raw_data).digest(),
        raw=raw_data,
        signatures=tuple(signatures),
        kind=name,
        owner=value.owner_address,
        to=to,
        sun=sun,
        data=value.data if name == TRIGGER else b"",
        fee_limit=parsed.fee_limit,
        expiration=parsed.expiration,
        timestamp=parsed.timestamp,
        ref_bytes=parsed.ref_block_bytes,
        ref_hash=parsed.ref_block_hash,
    )


def read_whole(content: bytes) -> Transaction:
    """Of the bytes of `Transaction`. Raises `NotTaken`."""
    try:
        parsed = tron_pb2.Transaction.FromString(content)
    except DecodeError:
        raise NotTaken("OTHER_ERROR", "not a transaction") from None
    return read(_first_field(content), parsed.signature)


def _first_field(content: bytes) -> bytes:
    """The raw data as they are: the id is a hash of these bytes, not of what a parser makes of them."""
    if content[:1] != b"\x0a":
        raise NotTaken("OTHER_ERROR", "not a transaction")
    length, shift = 0, 0
    for at, one in enumerate(content[1:], start=2):
        length |= (one & 0x7F) << shift
        shift += 7
        if one < 0x80:
            return content[at : at + length]
    raise NotTaken("OTHER_ERROR", "not a transaction")


def read_json(body: Mapping[str, Any]) -> Transaction:
    """As java-tron reads it: from `raw_data`, also when `raw_data_hex` says something else. Raises `NotTaken`."""
    try:
        if "raw_data" not in body:
            return read(bytes.fromhex(body["raw_data_hex"]), _signatures(body))
        return read(_raw_of(body["raw_data"]), _signatures(body))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NotTaken("OTHER_ERROR", "not a transaction") from None


def _signatures(body: Mapping[str, Any]) -> list[bytes]:
    return [bytes.fromhex(one) for one in body.get("signature") or ()]


def _raw_of(data: Mapping[str, Any]) -> bytes:
    [contract] = data["contract"]
    kind, value = contract["type"], contract["parameter"]["value"]
    if kind == TRANSFER:
        message = tron_pb2.TransferContract(
            owner_address=any_address(value["owner_address"]),
            to_address=any_address(value["to_address"]),
            amount=value["amount"],
        )
    else:
        message = tron_pb2.TriggerSmartContract(
            owner_address=any_address(value["owner_address"]),
            contract_address=any_address(value["contract_address"]),
            data=bytes.fromhex(value.get("data", "")),
            call_value=value.get("call_value", 0),
            call_token_value=value.get("call_token_value", 0),
            token_id=value.get("token_id", 0),
        )
    packed = AnyMessage(type_url=TYPE_URL + kind, value=message.SerializeToString())
    inner = tron_pb2.Transaction.Contract(
        type=tron_pb2.Transaction.Contract.ContractType.Value(kind),
        parameter=packed,
        Permission_id=contract.get("Permission_id", 0),
    )
    made: bytes = tron_pb2.Transaction.raw(
        ref_block_bytes=bytes.fromhex(data["ref_block_bytes"]),
        ref_block_num=data.get("ref_block_num", 0),
        ref_block_hash=bytes.fromhex(data["ref_block_hash"]),
        expiration=data["expiration"],
        data=bytes.fromhex(data.get("data", "")),
        contract=[inner],
        timestamp=data.get("timestamp", 0),
        fee_limit=data.get("fee_limit", 0),
    ).SerializeToString()
    return made


def check_signature(transaction: Transaction) -> None:
    """Raises `NotTaken` SIGERROR unless its owner, and nobody else, has signed it."""
    if not transaction.signatures:
        raise NotTaken("SIGERROR", "Validate signature error: miss sig or contract")
    if len(transaction.signatures) > 1:
        raise NotTaken(
            "SIGERROR", "Validate signature error: Signature count is 2 more than key counts of permission : 1"
        )
    [signature] = transaction.signatures
    if signer(transaction.txid, signature) != transaction.owner:
        said = f"{signature.hex()} is signed by another key but it is not contained of permission."
        raise NotTaken("SIGERROR", f"Validate signature error: {said}")


def signer(txid: bytes, signature: bytes) -> bytes | None:
    """The address whose key has made the signature, by recovery; None for a signature that is none."""
    if len(signature) != 65:
        return None
    # The last byte is 0 or 1, or as Ethereum writes it, 27 or 28.
    normal = signature[:64] + bytes([signature[64] - 27 if signature[64] >= 27 else signature[64]])
    try:
        key = PublicKey.from_signature_and_message(normal, txid, hasher=None)
    except Exception:  # noqa: BLE001 # the library raises plain exceptions for points that are not on the curve
        return None
    return PREFIX + keccak256(key.format(compressed=False)[1:])[-20:]  # type: ignore[no-any-return]  # tronpy is untyped


def any_address(text: str) -> bytes:
    """21 bytes of an address in people's form or in hex. Raises `ValueError`."""
    if text.startswith("T"):
        return raw(text)
    found = bytes.fromhex(text.removeprefix("0x"))
    return raw(address_of(found))


def _is_address(found: bytes) -> bool:
    return len(found) == 21 and found.startswith(PREFIX)
