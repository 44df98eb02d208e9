"""Transfers of one TRC-20 token, decoded from the receipts of a block. Pure functions over a provider's answer.

A provider is not trusted. What has nothing to do with the token is ignored. What claims to be a transfer of the token
and cannot be read makes the whole block unreadable, so that it is asked for again and never skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from domain.errors import NoAnswer

# keccak256("Transfer(address,address,uint256)")
TRANSFER: Final = "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"

# How an address stands in a topic: 20 bytes in a word of 32. Old compilers leave TRON's prefix 41 before them.
_PADDINGS: Final = frozenset({"0" * 24, "0" * 22 + "41"})
_WORD: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


class Unreadable(NoAnswer):
    """A provider's answer about a block is not what the protocol says. The block is asked for again."""


@dataclass(frozen=True, slots=True)
class TokenTransfer:
    """A transfer that the token's contract has logged in a successful transaction.

    `log_index` counts all logs of the transaction from 0. `sender` and `recipient` are 20 bytes in hex, without prefix.
    The amount is in the token's own units, and positive.
    """

    txid: str
    log_index: int
    sender: str
    recipient: str
    amount_minor: int

    @property
    def external_id(self) -> str:
        """What it is known by: one credit for each."""
        return f"{self.txid}:{self.log_index}"


def transfers_in(receipts: object, block: int, contract: str) -> list[TokenTransfer]:
    """The transfers of the token at `contract` (20 bytes in hex) in all receipts of a block, in the chain's order.

    Those of nothing are left out. Raises `Unreadable`.
    """
    if not isinstance(receipts, list):
        raise Unreadable("the receipts are no list")
    found: list[TokenTransfer] = []
    seen = set[str]()
    for receipt in receipts:
        if not isinstance(receipt, dict) or receipt.get("blockNumber") != block:
            raise Unreadable("a receipt of another block")
        logs = receipt.get("log")
        if not logs:
            continue
        of_receipt = list(_transfers(receipt, logs, contract))
        if of_receipt:
            txid = of_receipt[0].txid
            if txid in seen:
                raise Unreadable("two receipts of one transaction")
            seen.add(txid)
            found += of_receipt
    return found


def _transfers(receipt: Mapping[str, Any], logs: object, contract: str) -> Iterator[TokenTransfer]:
    if not isinstance(logs, list):
        raise Unreadable("the logs are no list")
    for index, log in enumerate(logs):
        if not isinstance(log, dict) or log.get("address") != contract:
            continue
        topics = log.get("topics")
        if not isinstance(topics, list) or not topics or topics[0] != TRANSFER:
            continue
        if not _succeeded(receipt):
            return
        if len(topics) != 3:
            raise Unreadable("a transfer with other topics")
        amount = int(_word(log.get("data")), 16)
        if amount:
            yield TokenTransfer(_word(receipt.get("id")), index, _account(topics[1]), _account(topics[2]), amount)


def _succeeded(receipt: Mapping[str, Any]) -> bool:
    """Whether a contract's call has had its effect: both places that tell have to say so."""
    details = receipt.get("receipt")
    result = details.get("result") if isinstance(details, dict) else None
    if not isinstance(result, str):
        raise Unreadable("a transfer in a receipt without a result")
    # The protocol leaves the first value out, and spells it like this.
    return result == "SUCCESS" and receipt.get("result") in (None, "SUCESS")


def _word(value: object) -> str:
    if not isinstance(value, str) or not _WORD.fullmatch(value):
        raise Unreadable("not 32 bytes in hex")
    return value


def _account(topic: object) -> str:
    word = _word(topic)
    if word[:24] not in _PADDINGS:
        raise Unreadable("a topic that is no address")
    return word[24:]
