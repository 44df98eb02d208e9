"""The typed client of a TRON node's HTTP interface: every answer is done, refused or unknown.

Reads of blocks and transactions ask the solidified chain unless they say otherwise. tronpy makes the transactions
(`tron.transactions`). Its provider is not used: it reads answers of any length, takes proxies from the environment, and
at a public node it falls back on API keys that all its users share.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from typing import Any, Final, TypeVar

import httpx
from pydantic_core import from_json

from tron.addresses import word
from tron.answers import DUPLICATE, REFUSALS, Answer, Done, Refused, Unknown
from tron.protobuf import octets
from tron.values import (
    Account,
    Block,
    Header,
    Prices,
    Receipt,
    Resources,
    Sent,
    TransactionInfo,
    Unsigned,
    milliseconds,
    read_header,
    read_info,
    read_prices,
    read_resources,
    text_of,
)

__all__ = ["Answer", "Done", "Refused", "TronClient", "Unknown"]

T = TypeVar("T")

MAX_ANSWER_BYTES: Final = 32 * 1024 * 1024  # receipts of a full block are about 1 MB; anything above is garbage
MAX_CONNECTIONS: Final = 32  # more than the scanner reads at a time
_SIGNATURE_BYTES: Final = 65

_SOLID: Final = "walletsolidity"
_NEWEST: Final = "wallet"


@dataclass(frozen=True, slots=True)
class _Reply:
    body: Any


class TronClient:
    """Talks to the node at `url`. `timeout_s` bounds a whole call; `api_key` is for public nodes that want one."""

    def __init__(self, url: str, *, api_key: str | None = None, timeout_s: float = 10.0) -> None:
        self.address = url.rstrip("/")
        self._timeout_s = timeout_s
        self._http = httpx.AsyncClient(
            base_url=self.address,
            headers={"TRON-PRO-API-KEY": api_key} if api_key else {},
            timeout=timeout_s,
            limits=httpx.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=MAX_CONNECTIONS),
            follow_redirects=False,
            # Certificates are always checked; plain http has none, and reading the trust store takes 40 ms.
            verify=not url.lower().startswith("http://"),
            trust_env=False,  # a proxy variable must not reroute payments
        )

    # --- blocks

    async def solid_head(self) -> Answer[Header]:
        """The newest solidified block: it can no longer be replaced."""
        return _judged(await self._ask(f"{_SOLID}/getblock", {"detail": False}), read_header)

    async def head(self) -> Answer[Header]:
        """The newest block, which another one may still replace."""
        return _judged(await self._ask(f"{_NEWEST}/getblock", {"detail": False}), read_header)

    async def header(self, number: int, *, solid: bool = True) -> Answer[Header]:
        """The header of a block; unknown when the node does not have it."""
        reply = await self._ask(f"{_chain(solid)}/getblock", {"id_or_num": str(number), "detail": False})

        def read(answer: Mapping[str, Any]) -> Header:
            header = read_header(answer)
            if header.number != number:
                raise ValueError("another block")
            return header

        return _judged(reply, read)

    async def receipts(self, number: int, *, solid: bool = True) -> Answer[list[Receipt]]:
        """The receipts of a block's transactions. A node answers so for a block that it does not have, too: `block`."""
        reply = await self._ask(f"{_chain(solid)}/gettransactioninfobyblocknum", {"num": number})
        if isinstance(reply, Unknown):
            return reply
        if reply.body == {}:  # some nodes' form of an empty list
            return Done([])
        if not isinstance(reply.body, list) or not all(isinstance(one, dict) for one in reply.body):
            return Unknown("answer not understood")
        return Done(reply.body)

    async def block(self, number: int, *, solid: bool = True) -> Answer[Block]:
        """Header and receipts of a block, asked at the same time; unknown unless they belong together.

        A block without receipts is believed only when its Merkle root says that it has no transactions.
        """
        header, receipts = await asyncio.gather(self.header(number, solid=solid), self.receipts(number, solid=solid))
        if not isinstance(header, Done):
            return header
        if not isinstance(receipts, Done):
            return receipts
        if header.value.empty != (not receipts.value):
            return Unknown("header and receipts differ")
        time_ms = milliseconds(header.value.time)
        for one in receipts.value:
            if one.get("blockNumber") != number or one.get("blockTimeStamp") != time_ms:
                return Unknown("a receipt is of another block")
        return Done(Block(header.value, receipts.value))

    # --- transactions and accounts

    async def transaction(self, txid: str, *, solid: bool = True) -> Answer[TransactionInfo | None]:
        """What became of a transaction; None while it is in no (solidified) block."""
        reply = await self._ask(f"{_chain(solid)}/gettransactioninfobyid", {"value": txid})
        return _judged(reply, lambda answer: read_info(txid, answer) if answer else None)

    async def account(self, address: str) -> Answer[Account]:
        """TRX of an account as of the newest block."""
        reply = await self._ask(f"{_NEWEST}/getaccount", {"address": address, "visible": True})

        def read(answer: Mapping[str, Any]) -> Account:
            sun = answer.get("balance", 0)
            if type(sun) is not int or (answer and answer["address"] != address):
                raise ValueError("not this account")
            return Account(address, sun, active=bool(answer))

        return _judged(reply, read)

    async def resources(self, address: str) -> Answer[Resources]:
        """What an account can spend before TRX is burnt, as of the newest block."""
        reply = await self._ask(f"{_NEWEST}/getaccountresource", {"address": address, "visible": True})
        return _judged(reply, read_resources)

    async def prices(self) -> Answer[Prices]:
        return _judged(await self._ask(f"{_NEWEST}/getchainparameters", {}), read_prices)

    async def token_balance(self, contract: str, address: str) -> Answer[int]:
        """How much of a TRC-20 token an address has, in its smallest units, as of the newest block."""
        called = await self._call(contract, address, "balanceOf(address)", word(address))
        return Done(called.value[0]) if isinstance(called, Done) else called

    async def transfer_energy(self, contract: str, sender: str, recipient: str, minor: int) -> Answer[int]:
        """The energy that a TRC-20 transfer would need now. Refused `REVERT` when the contract would not carry it out.

        Asked by a constant call, which every node answers; `estimateenergy` is switched off at many.
        """
        called = await self._call(contract, sender, "transfer(address,uint256)", word(recipient) + f"{minor:064x}")
        return Done(called.value[1]) if isinstance(called, Done) else called

    # --- making and sending

    async def build_token_transfer(
        self, contract: str, sender: str, recipient: str, minor: int, *, fee_limit_sun: int, lives_s: int, salt: str
    ) -> Answer[Unsigned]:
        """An unsigned TRC-20 transfer; see `tron.transactions`. It refers to the newest solidified block.

        It expires `lives_s` after the newest block's time: the chain judges it by that, not by any clock.
        """
        return await self._build(
            lambda made, solid, newest: made.token_transfer(
                solid,
                contract,
                sender,
                recipient,
                minor,
                fee_limit_sun=fee_limit_sun,
                expires_at=newest.time + timedelta(seconds=lives_s),
                salt=salt,
            )
        )

    async def build_trx_transfer(
        self, sender: str, recipient: str, sun: int, *, lives_s: int, salt: str
    ) -> Answer[Unsigned]:
        """An unsigned transfer of TRX; otherwise as `build_token_transfer`."""
        return await self._build(
            lambda made, solid, newest: made.trx_transfer(
                solid, sender, recipient, sun, expires_at=newest.time + timedelta(seconds=lives_s), salt=salt
            )
        )

    async def _build(self, make: Callable[[Any, Header, Header], Unsigned]) -> Answer[Unsigned]:
        solid, newest = await asyncio.gather(self.solid_head(), self.head())
        if not isinstance(solid, Done):
            return solid
        if not isinstance(newest, Done):
            return newest
        return Done(make(await asyncio.to_thread(import_module, "tron.transactions"), solid.value, newest.value))

    async def broadcast(self, raw_data_hex: str, signature_hex: str) -> Answer[Sent]:
        """Sends a signed transaction, once. Sending it again is harmless: its id is in a block at most once.

        Refused says that this sending was not taken. Whether an earlier one was, only the chain says.
        """
        signature = bytes.fromhex(signature_hex)
        if len(signature) != _SIGNATURE_BYTES:
            raise ValueError("a signature has 65 bytes")
        whole = octets(1, bytes.fromhex(raw_data_hex)) + octets(2, signature)
        reply = await self._ask(f"{_NEWEST}/broadcasthex", {"transaction": whole.hex()})
        if isinstance(reply, Unknown):
            return reply
        match reply.body:
            case {"result": True, "txid": str(txid)}:
                return Done(Sent(txid, again=False))
            case {"code": str(code), "txid": str(txid)} if code == DUPLICATE:
                return Done(Sent(txid, again=True))
            case {"code": str(code)} if code in REFUSALS:
                return Refused(code, text_of(reply.body.get("message", "")))
            case {"code": str(code)}:
                return Unknown(code)
        return Unknown("answer not understood")

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _call(self, contract: str, caller: str, function: str, argument: str) -> Answer[tuple[int, int]]:
        """The first word of what a constant call returns, and the energy that it took."""
        asked = {
            "owner_address": caller,
            "contract_address": contract,
            "function_selector": function,
            "parameter": argument,
            "visible": True,
        }
        reply = await self._ask(f"{_NEWEST}/triggerconstantcontract", asked)
        if isinstance(reply, Unknown):
            return reply
        match reply.body:
            case {"result": {"code": str(code), **rest}} if code in REFUSALS:
                return Refused(code, text_of(rest.get("message", "")))
            case {"result": {"result": True, "message": message}}:
                return Refused("REVERT", text_of(message))
            case {"result": {"result": True}, "constant_result": [str(found), *_], "energy_used": int(energy)}:
                try:
                    return Done((int(found[:64], 16), energy))
                except ValueError:
                    return Unknown("answer not understood")
        return Unknown("answer not understood")

    async def _ask(self, path: str, body: Mapping[str, object]) -> _Reply | Unknown:
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                self._http.stream("POST", f"/{path}", json=body) as response,
            ):
                if response.status_code != 200:
                    return Unknown(f"HTTP {response.status_code}", _seconds(response.headers.get("retry-after")))
                content = bytearray()
                async for chunk in response.aiter_bytes():
                    content += chunk
                    if len(content) > MAX_ANSWER_BYTES:
                        return Unknown("answer too long")
                found = from_json(bytes(content), allow_inf_nan=False)
        except (TimeoutError, httpx.TimeoutException):
            return Unknown("time-out")
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            return Unknown(f"connection: {type(error).__name__}")
        except (ValueError, RecursionError):
            return Unknown("answer is not JSON")
        if isinstance(found, dict) and "Error" in found:  # java-tron's form of an exception of its own, with status 200
            return Unknown("the node failed")
        return _Reply(found)


def _chain(solid: bool) -> str:
    return _SOLID if solid else _NEWEST


def _judged(reply: _Reply | Unknown, read: Callable[[Mapping[str, Any]], T]) -> Answer[T]:
    if isinstance(reply, Unknown):
        return reply
    try:
        return Done(read(reply.body))
    except (ValueError, KeyError, TypeError, AttributeError):
        return Unknown("answer not understood")


def _seconds(header: str | None) -> int | None:
    return int(header) if header and header.isascii() and header.isdecimal() and len(header) < 10 else None
