"""What sending takes on the chain: a node that builds and carries transactions, and the signer that has the keys.

Every method raises while an answer is unknown, so that its activity is tried again. A node's word about one sending
decides nothing; about what is final, a second provider has to agree, if there is one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeVar

from domain.outgoing import LIVES, InBlock, Prepared, Purpose
from domain.sweeps import Possession, Prices
from edge import tracing
from rails.asking import SOON_S, not_now
from signer.client import Accounts, NotSigned, Signed, SignerClient, SignerUnavailable, Source
from signer.client import Unknown as NoSignature
from store.chain.outgoing import OutgoingTransaction
from tron.client import Answer, Done, Refused, TronClient

T = TypeVar("T")

TIMEOUT_S: Final = 8.0  # of one exchange: a step has up to four, within the time-out in workflows.sending
LIMIT_OF_THE_DAY: Final = "daily_limit"
KEY_REUSED: Final = "key_reused"  # the signer has signed something else under this key: it contradicts our rows


@dataclass(frozen=True, slots=True)
class Known:
    """The time of the newest solidified block, and what it or an earlier one has of a transaction."""

    solid_time: datetime
    found: InBlock | None


class Outgoing:
    """`nodes`: the provider that is used, and a second one if there is one. `contract` is the token's address."""

    def __init__(self, nodes: Sequence[TronClient], signer: SignerClient, contract: str) -> None:
        self._node, self._nodes = nodes[0], nodes
        self._signer = signer
        self._contract = contract

    async def accounts(self) -> Accounts:
        try:
            return await self._signer.accounts()
        except SignerUnavailable as error:
            raise not_now(f"signer: {error}", None) from None

    async def build(self, row: OutgoingTransaction, sender: str) -> Prepared:
        """On top of the newest solidified block. Two numbers are two transactions, even if all else agrees."""
        lives_s = int(LIVES.total_seconds())
        if row.token_minor is not None:
            built = await self._node.build_token_transfer(
                self._contract,
                sender,
                row.to_address,
                row.token_minor,
                fee_limit_sun=row.fee_limit_sun,
                lives_s=lives_s,
                salt=row.key,
            )
        else:
            assert row.trx_sun is not None
            built = await self._node.build_trx_transfer(
                sender, row.to_address, row.trx_sun, lives_s=lives_s, salt=row.key
            )
        unsigned = _value(built)
        return Prepared(unsigned.txid, unsigned.raw_data_hex, unsigned.expires_at)

    async def sign(self, row: OutgoingTransaction) -> Signed | NotSigned | NoSignature:
        """The signer's answer; `NoSignature` only for the limit of the day and for a contradiction."""
        assert row.raw is not None
        purpose = Purpose(row.purpose)
        source: Source = row.address_index if row.address_index is not None else _ACCOUNTS[purpose]
        answer = await self._signer.sign(row.key, purpose.value, row.raw, source)
        if isinstance(answer, NoSignature) and answer.code not in (LIMIT_OF_THE_DAY, KEY_REUSED):
            raise not_now(f"signer: {answer.why}", _soon(answer.retry_after_s))
        return answer

    async def broadcast(self, row: OutgoingTransaction) -> str:
        """Gives it to each node; what the first one said, for operators."""
        assert row.raw is not None and row.signature is not None
        raw, signature = row.raw, row.signature
        said, *_ = await asyncio.gather(*(node.broadcast(raw, signature) for node in self._nodes))
        if isinstance(said, Done):
            return "known already" if said.value.again else "taken"
        return said.code if isinstance(said, Refused) else f"unknown: {said.why}"

    async def known(self, row: OutgoingTransaction) -> Known:
        """What the solidified chain says. The head is read first: what is not found then was in no block before it."""
        assert row.txid is not None
        every = await asyncio.gather(*(self._known(node, row.txid) for node in self._nodes))
        if any(one.found != every[0].found for one in every):
            raise not_now("the providers do not agree", None)
        return Known(min(one.solid_time for one in every), every[0].found)

    async def solid_time(self) -> datetime:
        """By the provider that is furthest behind."""
        heads = await asyncio.gather(*(node.solid_head() for node in self._nodes))
        return min(_value(head).time for head in heads)

    async def prices(self) -> Prices:
        found = _value(await self._node.prices())
        return Prices(found.energy_sun, found.byte_sun, found.new_account_sun)

    async def sun(self, address: str) -> int:
        """TRX of an account, as of the newest block."""
        return _value(await self._node.account(address)).sun

    async def possession(self, address: str) -> Possession:
        account = _value(await self._node.account(address))
        resources = _value(await self._node.resources(address))
        return Possession(account.active, account.sun, resources.bandwidth, resources.energy)

    async def transfer_energy(self, sender: str, recipient: str, minor: int) -> int | None:
        """What moving the token takes now; None: the contract would not carry it out."""
        answer = await self._node.transfer_energy(self._contract, sender, recipient, minor)
        return None if isinstance(answer, Refused) else _value(answer)

    async def aclose(self) -> None:
        await asyncio.gather(self._signer.aclose(), *(node.aclose() for node in self._nodes))

    async def _known(self, node: TronClient, txid: str) -> Known:
        head = _value(await node.solid_head())
        info = _value(await node.transaction(txid))
        found = None if info is None else InBlock(info.block, info.succeeded, info.result, info.fee_sun)
        return Known(head.time, found)


def outgoing_of(
    node: tuple[str, str] | None, second_url: str | None, signer: tuple[str, str] | None
) -> Outgoing | None:
    """`node`: its address, and the token's contract; `signer`: its address, and our key. None unless there are both."""
    if node is None or signer is None:
        return None
    urls = [node[0]] if second_url is None else [node[0], second_url]
    nodes = [TronClient(url, timeout_s=TIMEOUT_S) for url in urls]
    client = SignerClient(*signer, timeout_s=TIMEOUT_S)
    tracing.follow(client.http)
    return Outgoing(nodes, client, node[1])


_ACCOUNTS: Final[Mapping[Purpose, Literal["main", "gas"]]] = {Purpose.GAS: "gas", Purpose.WITHDRAWAL: "main"}


def _value(answer: Answer[T]) -> T:
    if isinstance(answer, Done):
        return answer.value
    if isinstance(answer, Refused):
        raise not_now(f"node: {answer.code}", None)
    raise not_now(f"node: {answer.why}", _soon(answer.retry_after_s))


def _soon(seconds: int | None) -> int | None:
    return None if seconds is None else min(max(seconds, 1), SOON_S)
