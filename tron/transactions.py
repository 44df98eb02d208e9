"""Unsigned transactions, made here and not by the node: what is signed does not depend on its honesty.

The id of a transaction is the SHA-256 of its bytes. Two that agree in everything are one on the chain: `salt` (the
caller's key) keeps them apart, in the field `timestamp`, which the chain does not judge.

Loading tronpy takes most of a second, so the client loads this module only when a transaction is made.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, Final

from google.protobuf.any_pb2 import Any as AnyMessage
from tronpy.proto import tron_pb2

from tron.addresses import raw, word
from tron.values import Header, Unsigned, milliseconds

TRANSFER: Final = "a9059cbb"  # the first four bytes of keccak("transfer(address,uint256)")
_DAY_MS: Final = 86_400_000


def token_transfer(
    reference: Header,
    contract: str,
    sender: str,
    recipient: str,
    minor: int,
    *,
    fee_limit_sun: int,
    expires_at: datetime,
    salt: str,
) -> Unsigned:
    """A TRC-20 transfer of `minor` units. It burns at most `fee_limit_sun` for energy, and then fails.

    The chain takes it only on top of the block `reference`, and in blocks before `expires_at`, at most a day ahead.
    Raises `ValueError` for an address that is none or an amount that is not positive.
    """
    if not 0 < minor < 2**256:
        raise ValueError("an amount is positive")
    call = tron_pb2.TriggerSmartContract(
        owner_address=raw(sender),
        contract_address=raw(contract),
        data=bytes.fromhex(TRANSFER + word(recipient) + f"{minor:064x}"),
    )
    return _unsigned("TriggerSmartContract", call, reference, expires_at, salt, fee_limit_sun)


def trx_transfer(
    reference: Header, sender: str, recipient: str, sun: int, *, expires_at: datetime, salt: str
) -> Unsigned:
    """A transfer of `sun`; otherwise as `token_transfer`. It makes the recipient's account when there is none."""
    if not 0 < sun < 2**63:
        raise ValueError("an amount is positive")
    transfer = tron_pb2.TransferContract(owner_address=raw(sender), to_address=raw(recipient), amount=sun)
    return _unsigned("TransferContract", transfer, reference, expires_at, salt, 0)


def _unsigned(
    kind: str, message: Any, reference: Header, expires_at: datetime, salt: str, fee_limit_sun: int
) -> Unsigned:
    packed = AnyMessage(type_url=f"type.googleapis.com/protocol.{kind}", value=message.SerializeToString())
    contract = tron_pb2.Transaction.Contract(
        type=tron_pb2.Transaction.Contract.ContractType.Value(kind), parameter=packed
    )
    apart_ms = int.from_bytes(hashlib.sha256(salt.encode()).digest()[:8], "big") % _DAY_MS
    raw_data = tron_pb2.Transaction.raw(
        ref_block_bytes=bytes.fromhex(reference.id[12:16]),
        ref_block_hash=bytes.fromhex(reference.id[16:32]),
        expiration=milliseconds(expires_at),
        timestamp=milliseconds(reference.time) - apart_ms,
        contract=[contract],
        fee_limit=fee_limit_sun,
    ).SerializeToString()
    return Unsigned(hashlib.sha256(raw_data).hexdigest(), raw_data.hex(), expires_at)
