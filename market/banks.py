"""Which client program serves a bank: that of the settings, or one that an administrator has registered.

Every program of the market has its own objects for them, each with its time-out, its limit and its breaker. They are
looked at again every few seconds, and at once for a bank that is not known.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from typing import Final, Protocol
from uuid import UUID
from weakref import ReferenceType, ref

import structlog
from pydantic import SecretStr

from bank.client import BankClient
from bank.guard import Guard
from domain.bank_clients import BankClientState
from domain.wallets import PLATFORM
from edge import tracing
from edge.database import OUTAGES, Database
from edge.outward import Outward
from edge.sealing import Sealer
from market.bank_clients import key_context
from store.banks.bank_clients import BankClientRow, bank_clients, serving

log = structlog.get_logger()
NOWHERE: Final = "http://127.0.0.1:9"  # and never called
FRESH_S: Final = 5.0
"""For how long what was read is used. What may begin at a bank is decided by rows, not by this."""


class BankSettings(Protocol):
    """What a program knows of banks by its settings."""

    @property
    def bank_url(self) -> str: ...
    @property
    def bank_api_key(self) -> SecretStr: ...
    @property
    def bank_timeout_s(self) -> float: ...
    @property
    def bank_host_names(self) -> Collection[str]: ...
    @property
    def sealing_key_bytes(self) -> Sequence[bytes]: ...


def banks_of(settings: BankSettings, database: Database, *, asks_disabled: bool = False) -> BankClients:
    """All client programs, that of the settings first."""
    key = settings.bank_api_key.get_secret_value()
    first = BankClient(settings.bank_url, key, timeout_s=settings.bank_timeout_s)
    sealer, outward = Sealer(settings.sealing_key_bytes), Outward(settings.bank_host_names)
    return BankClients(database, sealer, first, outward, asks_disabled=asks_disabled)


class BankClients:
    """The port of `bank.banks` over the rows. `first` is the client of the settings.

    Beside that one only what `outward` lets through is called. `asks_disabled`: for an audit, and what follows from it.
    """

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        first: BankClient,
        outward: Outward,
        *,
        fresh_s: float = FRESH_S,
        asks_disabled: bool = False,
    ) -> None:
        tracing.follow(first.http)
        self.first = first
        self._database = database
        self._sealer = sealer
        self._outward = outward
        self._fresh_s = fresh_s
        self._asks_disabled = asks_disabled
        self._clients: dict[UUID, tuple[int, BankClient]] = {}
        self._serving: dict[int, UUID | None] = {}
        self._in_use: list[UUID] = []
        self._retired: list[tuple[ReferenceType[BankClient], Callable[[], Awaitable[None]]]] = []
        self._fresh_until = 0.0
        self._reading = asyncio.Lock()

    async def of(self, bank_id: int) -> BankClient:
        await self._read()
        if bank_id != PLATFORM and bank_id not in self._serving:  # a bank that has just come: it must not be mistaken
            self.forget()
            await self._read(surely=True)
        id_ = self._serving.get(bank_id)
        return self.first if id_ is None else self._clients[id_][1]

    async def every(self) -> Sequence[BankClient]:
        await self._read()
        return [self.first, *(self._clients[id_][1] for id_ in self._in_use)]

    def once(self, row: BankClientRow, *, url: str | None = None, api_key: str | None = None) -> BankClient:
        """A client for a test of what a row says, or is to say, in any state; to be closed by the caller."""
        return self._made(row, disabled=False, url=url, api_key=api_key)

    def forget(self) -> None:
        """Rows have changed: they are read before the next call."""
        self._fresh_until = 0.0

    async def aclose(self) -> None:
        for client in (self.first, *(client for _, client in self._clients.values())):
            await client.aclose()
        for _, close in self._retired:
            await close()

    async def _read(self, *, surely: bool = False) -> None:
        if asyncio.get_running_loop().time() < self._fresh_until:
            return
        async with self._reading:
            if asyncio.get_running_loop().time() < self._fresh_until:
                return
            # Those that are known serve on while the database does not answer.
            with suppress(*(OUTAGES if self._serving and not surely else ())):
                async with self._database.reading() as session:
                    serving_, rows = await serving(session), await bank_clients(session)  # in this order: each is known
                self._take(rows, serving_)
            await self._close_unused()
            self._fresh_until = asyncio.get_running_loop().time() + self._fresh_s

    def _take(self, rows: Sequence[BankClientRow], serving_: dict[int, UUID | None]) -> None:
        for row in rows:
            known = self._clients.get(row.id)
            if known is not None and known[0] == row.version:
                continue
            if known is not None:
                self._retired.append((ref(known[1]), known[1].http.aclose))
            self._clients[row.id] = row.version, self._usable(row)
        self._serving = serving_
        self._in_use = [row.id for row in rows if self._uses(row)]

    def _uses(self, row: BankClientRow) -> bool:
        return self._asks_disabled or row.state != BankClientState.DISABLED

    def _usable(self, row: BankClientRow) -> BankClient:
        """A disabled client for a row that cannot be used, such as one sealed by a lost key. Others are unaffected."""
        try:
            return self._made(row, disabled=not self._uses(row))
        except Exception as error:
            log.exception("bank_client_unusable", client=str(row.id), error=type(error).__name__)
            return BankClient(NOWHERE, "", id=row.id, guard=Guard(row.name, 1, disabled=True))

    def _made(
        self, row: BankClientRow, *, disabled: bool, url: str | None = None, api_key: str | None = None
    ) -> BankClient:
        url = url or row.url
        client = BankClient(
            url,
            api_key or self._sealer.open(row.sealed_key, key_context(row.id)),
            timeout_s=row.timeout_ms / 1000,
            id=row.id,
            guard=Guard(row.name, row.max_calls, disabled=disabled),
            transport=self._outward.transport(url, connections=row.max_calls),
        )
        tracing.follow(client.http)
        return client

    async def _close_unused(self) -> None:
        """Closes clients that nobody holds any more: who holds one may still ask it one question after another."""
        unused = [close for client, close in self._retired if client() is None]
        self._retired = [(client, close) for client, close in self._retired if client() is not None]
        for close in unused:
            await close()
