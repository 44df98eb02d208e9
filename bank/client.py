"""The typed client of a bank: every answer is done, refused or unknown, and unknown is never taken for failed."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final, TypeVar
from urllib.parse import quote
from uuid import UUID

import httpx

from bank.calls import (
    Call,
    CodeSent,
    Operation,
    Paid,
    capture,
    confirm,
    credit,
    debit,
    debit_confirmed,
    open_operation,
    pay,
    read_operation,
    request_code,
    void,
)
from bank.errors import (
    Answer,
    BankUnavailable,
    Done,
    KeyUnknown,
    Refused,
    Unknown,
)
from bank.guard import Guard, NotCalled
from bank.measures import CALL_SECONDS, counted
from bank.ownership import KnownAccount, read_known
from bank.payouts import Payout, payout, read_payout
from bank.refunds import Refund, refund
from bank.remittances import Remittance, Remittances, read_remittances, send_back
from bank.replies import Reply, encoded, judged, problem_code, read_page, seconds, unknown
from bank.tables import BankRow, FeeRow, read_bank_row, read_fee_row
from domain.errors import Refusal
from domain.money import Money

__all__ = [
    "Answer",
    "BankClient",
    "BankRow",
    "BankUnavailable",
    "Call",
    "CodeSent",
    "Done",
    "FeeRow",
    "KeyUnknown",
    "Operation",
    "Paid",
    "Payout",
    "Refund",
    "Refused",
    "Remittance",
    "Remittances",
    "Unknown",
    "capture",
    "confirm",
    "credit",
    "debit",
    "debit_confirmed",
    "open_operation",
    "pay",
    "payout",
    "refund",
    "request_code",
    "send_back",
    "void",
]

_LOG: Final = logging.getLogger(__name__)
T = TypeVar("T")
BASE_PATH: Final = "/api/v1"
MAX_ANSWER_BYTES: Final = 4 * 1024 * 1024  # the fee table of 100 banks is about 1 MB; anything above is garbage
PAGE_SIZE: Final = 100  # of the bank's lists
MAX_PAGES: Final = 100  # a deal has a handful of operations; an endless list is a fault of the bank
MAX_CONNECTIONS: Final = 100
NO_LIMIT: Final = 10_000  # calls at once: more than wait for a connection


class BankClient:
    """Talks to the bank at `base_url` (scheme, host, port). `timeout_s` bounds a whole call, answer included.

    `id` is that of a registered client program; the one of the settings has none. A `guard` may refuse to call it, and
    a `transport` chooses the addresses to which it is let.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        timeout_s: float = 5.0,
        id: UUID | None = None,  # noqa: A002 # as rows have it
        guard: Guard | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.id = id
        self.address = base_url.rstrip("/")
        self.guard = guard or Guard("default", NO_LIMIT)
        self._timeout_s = timeout_s
        self.http: Final = httpx.AsyncClient(
            base_url=base_url.rstrip("/") + BASE_PATH,
            headers={"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"},
            timeout=timeout_s,
            limits=httpx.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=MAX_CONNECTIONS),
            follow_redirects=False,  # a redirected POST would reach an unintended server
            # Certificates are always checked; plain http has none, and reading the trust store takes 40 ms.
            verify=not base_url.lower().startswith("http://"),
            trust_env=False,  # a proxy variable must not reroute payments
            transport=transport,
        )

    async def of(self, _: int) -> BankClient:
        """Where there is no other client program this one serves every bank (`bank.banks.Banks`)."""
        return self

    async def every(self) -> Sequence[BankClient]:
        return [self]

    async def send(self, call: Call[T]) -> Answer[T]:
        """Sends `call` exactly once."""
        content, headers = encoded(call.body), {"Idempotency-Key": call.key}
        with CALL_SECONDS.time():
            reply = await self._exchange("POST", call.path, headers=headers, content=content)
        return counted(reply if isinstance(reply, Unknown) else judged(reply, call.read))

    async def ask(self, call: Call[T]) -> Answer[T] | KeyUnknown:
        """Asks for the bank's answer to `call`; `KeyUnknown` when it has not completed such a request."""
        reply = await self._exchange("GET", "/answers", params={"key": call.key})
        if isinstance(reply, Unknown):
            return reply
        if reply.status == 404 and problem_code(reply) == "key_unknown":
            return KeyUnknown()
        if reply.status != 200:
            return unknown(reply, f"asking failed with HTTP {reply.status}")
        match reply.body:
            case {"status": int(status), "body": dict(body)}:
                return judged(Reply(status, body), call.read)
        return Unknown("answer not understood")

    async def check_funds(self, account: str, amount: Money, operation: str) -> bool | Unknown:
        """Whether `account` has enough available for our `operation` of `amount`, which awaits its code, including the
        fee.

        Unknown when the bank does not say: it answers only a few times an hour.
        """
        body = {"account": account, "amount": amount.amount, "currency": amount.currency, "operation": operation}
        reply = await self._exchange("POST", "/funds-checks", content=encoded(body))
        if isinstance(reply, Unknown):
            return reply
        match reply:
            case Reply(200, {"sufficient": bool(sufficient)}):
                return sufficient
        return Unknown(f"HTTP {reply.status} {problem_code(reply)}".rstrip(), reply.retry_after_s)

    async def known_account(self, number: str) -> Answer[KnownAccount]:
        """The account of a client of the bank; refused with `unknown_account`."""
        reply = await self._exchange("GET", f"/known-accounts/{quote(number, safe='')}")
        return reply if isinstance(reply, Unknown) else judged(reply, partial(read_known, number))

    async def operation(self, key: str) -> Answer[Operation]:
        """The operation in its present state; refused with `unknown_operation`."""
        reply = await self._exchange("GET", f"/operations/{quote(key, safe='')}")
        return reply if isinstance(reply, Unknown) else judged(reply, read_operation)

    async def payout(self, key: str) -> Answer[Payout]:
        """The payout in its present state; refused with `unknown_operation`."""
        reply = await self._exchange("GET", f"/payouts/{quote(key, safe='')}")
        return reply if isinstance(reply, Unknown) else judged(reply, read_payout)

    async def operations(self, reference: str) -> Answer[list[Operation]]:
        """Every operation with this `reference`, oldest first; an empty list if there is none."""
        return await self._pages("/operations", {"reference": reference}, read_operation, MAX_PAGES)

    async def all_operations(self) -> Answer[list[Operation]]:
        """Every operation ever requested with this client's key, oldest first."""
        return await self._pages("/operations", {}, read_operation, None)

    async def all_payouts(self) -> Answer[list[Payout]]:
        """Every payout ever requested with this client's key."""
        return await self._pages("/payouts", {}, read_payout, None)

    async def remittances(self, account: str, after: int) -> Answer[Remittances]:
        """What came to the platform's `account` after the `after`-th remittance: one page, oldest first."""
        query = {"account": account, "after": str(after)}
        reply = await self._exchange("GET", "/remittances", params=query)
        return reply if isinstance(reply, Unknown) else judged(reply, partial(read_remittances, account, after))

    async def note_checkpoint(self, books: str, number: int, nonce: str) -> tuple[int, str] | Unknown:
        """Reports our checkpoint; returns number and nonce of the latest checkpoint that the bank knows."""
        content = encoded({"sequence": number, "nonce": nonce})
        reply = await self._exchange("PUT", f"/checkpoints/{quote(books, safe='')}", content=content)
        if isinstance(reply, Unknown):
            return reply
        match reply:
            case Reply(200, {"sequence": int(latest), "nonce": str(drawn)}):
                return latest, drawn
        return Unknown(f"HTTP {reply.status}")

    async def fees(self) -> list[FeeRow]:
        """The whole fee table; a pair that is missing costs nothing. Raises `BankUnavailable`."""
        return await self._table("/fees", read_fee_row)

    async def banks(self) -> list[BankRow]:
        """Every bank by id. Raises `BankUnavailable`."""
        return await self._table("/banks", read_bank_row)

    async def aclose(self) -> None:
        await self.http.aclose()

    async def _pages(
        self, path: str, query: Mapping[str, str], read: Callable[[Mapping[str, Any]], T], most: int | None
    ) -> Answer[list[T]]:
        found: list[T] = []
        page = dict(query)
        while most is None or len(found) < most * PAGE_SIZE:
            reply = await self._exchange("GET", path, params=page)
            answer = reply if isinstance(reply, Unknown) else judged(reply, partial(read_page, read))
            if not isinstance(answer, Done):
                return answer
            rows, after = answer.value
            found += rows
            if after is None:
                return Done(found)
            if not rows or after == page.get("after"):
                return Unknown("pages without an end")
            page["after"] = after
        return Unknown("too many pages")

    async def _table(self, path: str, read: Callable[[Mapping[str, Any]], T]) -> list[T]:
        reply = await self._exchange("GET", path)
        if isinstance(reply, Unknown):
            raise BankUnavailable(reply.why)
        if reply.status != 200:
            raise BankUnavailable(f"HTTP {reply.status}")
        items = reply.body.get("items")
        if not isinstance(items, list):
            raise BankUnavailable("answer not understood")
        rows: list[T] = []
        for item in items:  # one bank's unreadable row must not hide the others
            try:
                rows.append(read(item))
            except (ValueError, KeyError, TypeError, Refusal) as error:
                _LOG.warning("a row of %s is not understood: %s", path, type(error).__name__)
        if items and not rows:
            raise BankUnavailable("answer not understood")
        return rows

    async def _exchange(self, method: str, path: str, **request: Any) -> Reply | Unknown:
        try:
            async with self.guard.place():
                reply = await self._call(method, path, **request)
                self.guard.note(answered=isinstance(reply, Reply) and reply.status < 500)
                return reply
        except NotCalled as why:
            return Unknown(str(why))

    async def _call(self, method: str, path: str, **request: Any) -> Reply | Unknown:
        try:
            async with asyncio.timeout(self._timeout_s), self.http.stream(method, path, **request) as response:
                content = bytearray()
                async for chunk in response.aiter_bytes():
                    content += chunk
                    if len(content) > MAX_ANSWER_BYTES:
                        return Unknown("answer too long")
                return Reply(response.status_code, json.loads(content), seconds(response.headers.get("retry-after")))
        except (TimeoutError, httpx.TimeoutException):
            return Unknown("time-out")
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            return Unknown(f"connection: {type(error).__name__}")
        except (ValueError, RecursionError):
            return Unknown("answer is not JSON")
