"""The typed client of the signer. An answer that did not come decides nothing: the same request is sent again."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import httpx

from domain.errors import NoAnswer

BASE_PATH: Final = "/api/v1"
MAX_ANSWER_BYTES: Final = 4 * 1024 * 1024

Purpose = Literal["sweep", "gas", "withdrawal"]
Source = int | Literal["main", "gas"]
"""Whose key signs: the index of a derived address, or an account."""

REFUSALS: Final = frozenset(
    {
        "transaction_not_understood",
        "sender_not_allowed",
        "contract_not_allowed",
        "destination_not_allowed",
        "amount_over_limit",
        "fee_over_limit",
        "expiration_too_long",
    }
)


@dataclass(frozen=True, slots=True)
class Derived:
    index: int
    address: str


@dataclass(frozen=True, slots=True)
class Accounts:
    """The addresses of the main wallet and of the gas account."""

    main: str
    gas: str


@dataclass(frozen=True, slots=True)
class Signed:
    """`txid` is the SHA-256 of the bytes that were to be signed; `transaction` is what a node takes."""

    txid: str
    signature: str
    transaction: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NotSigned:
    """The signer's final refusal, for this key; `code` is one of `REFUSALS`."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have been signed or not: no answer, or one that decides nothing. Sent again, the same request is safe.

    `code` `daily_limit`: nothing was signed; after `retry_after_s` it may be.
    """

    why: str
    retry_after_s: int | None = field(default=None, compare=False)
    code: str = field(default="", compare=False)


class SignerUnavailable(NoAnswer):
    """The signer did not answer, or not as it should; asking changed nothing."""


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    body: Any
    retry_after_s: int | None


class SignerClient:
    """Talks to the signer at `base_url` (scheme, host, port). `timeout_s` bounds a whole call, answer included."""

    def __init__(self, base_url: str, key: str, *, timeout_s: float = 5.0) -> None:
        self.address: Final = base_url.rstrip("/")
        self._timeout_s = timeout_s
        self.http: Final = httpx.AsyncClient(
            base_url=self.address + BASE_PATH,
            headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
            timeout=timeout_s,
            follow_redirects=False,  # a redirected POST would reach an unintended server
            verify=not base_url.lower().startswith("http://"),  # plain http has no certificates
            trust_env=False,  # a proxy variable must not reroute it
        )

    async def addresses(self, first: int, count: int) -> list[Derived]:
        """The addresses of `count` indexes from `first`, at most 500. Raises `SignerUnavailable`."""
        reply = await self._answered("POST", "/addresses", {"first": first, "count": count})
        try:
            found = [Derived(int(row["index"]), str(row["address"])) for row in reply["addresses"]]
        except (ValueError, KeyError, TypeError):
            raise SignerUnavailable("answer not understood") from None
        if [one.index for one in found] != list(range(first, first + count)):
            raise SignerUnavailable("answer contradicts the request")
        return found

    async def accounts(self) -> Accounts:
        """Raises `SignerUnavailable`."""
        match await self._answered("GET", "/accounts"):
            case {"main": str(main), "gas": str(gas)}:
                return Accounts(main, gas)
        raise SignerUnavailable("answer not understood")

    async def audit(self) -> Mapping[str, Any]:
        """The signer's audit: `checks` (name, examined, broken) and `violations` (check, detail).

        Raises `SignerUnavailable`.
        """
        match await self._answered("GET", "/audit"):
            case {"checks": list(), "violations": list()} as found:
                return found
        raise SignerUnavailable("answer not understood")

    async def sign(self, key: str, purpose: Purpose, raw_data_hex: str, source: Source) -> Signed | NotSigned | Unknown:
        """Has the transaction signed, once for `key`. The first answer is the answer for ever."""
        wanted = {
            "key": key,
            "purpose": purpose,
            "raw_data_hex": raw_data_hex,
            "from": {"index": source} if isinstance(source, int) else {"account": source},
        }
        reply = await self._exchange("POST", "/signatures", wanted)
        if isinstance(reply, Unknown):
            return reply
        match reply:
            case _Reply(200, {"txid": str(txid), "signature": str(signature), "transaction": dict(transaction)}):
                if txid != hashlib.sha256(bytes.fromhex(raw_data_hex)).hexdigest():
                    return Unknown("answer contradicts the request")
                return Signed(txid, signature, transaction)
            case _Reply(422, {"code": str(code), "detail": str(detail)}) if code in REFUSALS:
                return NotSigned(code, detail)
        return Unknown(f"HTTP {reply.status} {_code(reply)}".rstrip(), reply.retry_after_s, _code(reply))

    async def aclose(self) -> None:
        await self.http.aclose()

    async def _answered(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        reply = await self._exchange(method, path, body)
        if isinstance(reply, Unknown):
            raise SignerUnavailable(reply.why)
        if reply.status != 200 or not isinstance(reply.body, dict):
            raise SignerUnavailable(f"HTTP {reply.status} {_code(reply)}".rstrip())
        return reply.body

    async def _exchange(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> _Reply | Unknown:
        sent = None if body is None else json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
        try:
            async with asyncio.timeout(self._timeout_s), self.http.stream(method, path, content=sent) as response:
                content = bytearray()
                async for chunk in response.aiter_bytes():
                    content += chunk
                    if len(content) > MAX_ANSWER_BYTES:
                        return Unknown("answer too long")
                return _Reply(response.status_code, json.loads(content), _seconds(response.headers.get("retry-after")))
        except (TimeoutError, httpx.TimeoutException):
            return Unknown("time-out")
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            return Unknown(f"connection: {type(error).__name__}")
        except (ValueError, RecursionError):
            return Unknown("answer is not JSON")


def _seconds(header: str | None) -> int | None:
    return int(header) if header and header.isascii() and header.isdecimal() and len(header) < 10 else None


def _code(reply: _Reply) -> str:
    match reply.body:
        case {"code": str(code)}:
            return code
    return ""
