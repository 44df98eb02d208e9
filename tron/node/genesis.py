"""Who is there at the beginning: the faucet, and the witnesses that sign blocks. Everybody knows their keys."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from coincurve import PrivateKey
from google.protobuf.any_pb2 import Any as AnyMessage
from tronpy.keys import keccak256
from tronpy.proto import tron_pb2

from tron.addresses import PREFIX
from tron.node.state import MADE, SUN, TOKEN, State
from tron.node.tokens import TOKENS, TRANSFER, Token
from tron.node.transactions import TRANSFER as TRX_TRANSFER
from tron.node.transactions import TRIGGER, TYPE_URL, Transaction, read

FAUCET_SUN: Final = 10**16
_FEE_LIMIT_SUN: Final = 100_000_000
_LIVES_MS: Final = 3_600_000


@dataclass(frozen=True, slots=True)
class Account:
    secret: bytes
    address: bytes


def account_of(secret: bytes) -> Account:
    """The account whose private key is `secret`, 32 bytes."""
    public = PrivateKey(secret).public_key.format(compressed=False)[1:]
    return Account(secret, PREFIX + keccak256(public)[-20:])


def _known(name: str) -> Account:
    return account_of(hashlib.sha256(f"Holdfast's node for tests: {name}".encode()).digest())


FAUCET: Final = _known("faucet")
WITNESSES: Final = tuple(_known(f"witness {number}") for number in range(27))


def allot(state: State, time_ms: int) -> None:
    """What is there before the first block: all of it is the faucet's."""
    state.put((MADE, FAUCET.address), time_ms)
    state.put((SUN, FAUCET.address), FAUCET_SUN)
    for token in TOKENS.values():
        state.put((TOKEN, token.address, FAUCET.address), token.supply)


def sign_transfer(
    sender: Account,
    reference: bytes,
    now_ms: int,
    salt: int,
    recipient: bytes,
    amount: int,
    token: Token | None,
) -> Transaction:
    """A signed transfer of tokens, or of TRX, on top of the block `reference`."""
    if token is None:
        kind, message = (
            TRX_TRANSFER,
            tron_pb2.TransferContract(owner_address=sender.address, to_address=recipient, amount=amount),
        )
    else:
        data = TRANSFER + recipient[1:].rjust(32, b"\0") + amount.to_bytes(32, "big")
        kind, message = (
            TRIGGER,
            tron_pb2.TriggerSmartContract(owner_address=sender.address, contract_address=token.address, data=data),
        )
    raw_data = tron_pb2.Transaction.raw(
        ref_block_bytes=reference[6:8],
        ref_block_hash=reference[8:16],
        expiration=now_ms + _LIVES_MS,
        timestamp=salt,
        contract=[
            tron_pb2.Transaction.Contract(
                type=tron_pb2.Transaction.Contract.ContractType.Value(kind),
                parameter=AnyMessage(type_url=TYPE_URL + kind, value=message.SerializeToString()),
            )
        ],
        fee_limit=_FEE_LIMIT_SUN if token else 0,
    ).SerializeToString()
    signature = PrivateKey(sender.secret).sign_recoverable(hashlib.sha256(raw_data).digest(), hasher=None)
    return read(raw_data, [signature])
