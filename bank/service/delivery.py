"""Brings codes to their owners: after the commit, outside any transaction, again and again until the code is dead.

The outbox keeps a code sealed until its mail was taken, so that neither a crash nor a dead mail server loses it.
A mail that was taken just before a crash is sent again with the same Message-ID.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.acts.codes import seal_context
from bank.service.mails import code_mail
from bank.service.models import Account, Client, Code, CodeMail, OperationRow
from domain.money import Money
from edge.database import OUTAGES, Database
from edge.mailer import Mailer, MailFailed
from edge.sealing import Sealer

SWEEP_EVERY_S: Final = 1.0
BATCH: Final = 20
MAX_BACKOFF_S: Final = 30  # a code lives ten minutes: waiting longer would waste its life
LEASE_S: Final = 20  # above the SMTP time-out: nobody else tries a mail that is being sent

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Claimed:
    """A mail to be sent now. `tries` counts this one."""

    code: Code
    operation: OperationRow
    owner: Client
    sealed: bytes
    payee_name: str
    tries: int


class Delivery:
    """One per program: `deliver` for a mail just committed, `run` for what is left over."""

    def __init__(self, database: Database, mailer: Mailer, sealer: Sealer) -> None:
        self._database = database
        self._mailer = mailer
        self._sealer = sealer
        self._started: set[asyncio.Task[None]] = set()

    async def deliver(self, code_id: int, wait_s: float) -> None:
        """Starts sending the mail of a code and waits at most `wait_s` seconds for it; failures are retried later."""
        await asyncio.wait({self._start(code_id)}, timeout=wait_s)

    async def run(self) -> None:
        """Retries due mails for ever; cancelled at the end of the program."""
        while True:
            try:
                await self._sweep()
            except OUTAGES as error:
                _LOG.warning("mails wait for the database: %s", type(error).__name__)
            await asyncio.sleep(SWEEP_EVERY_S)

    async def stop(self) -> None:
        """Waits for the mails being sent."""
        await asyncio.gather(*self._started, return_exceptions=True)

    async def _sweep(self) -> None:
        async with self._database.transaction() as session:
            await _give_up_dead_codes(session)
            due = (CodeMail.sealed.is_not(None), CodeMail.due_at <= func.clock_timestamp())
            ids = (await session.scalars(select(CodeMail.code_id).where(*due).limit(BATCH))).all()
        if ids:
            await asyncio.wait({self._start(code_id) for code_id in ids})

    def _start(self, code_id: int) -> asyncio.Task[None]:
        task = asyncio.create_task(self._try(code_id))
        self._started.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        # A bug with one mail must not stop the others: it is logged, and the mail tried again after its lease.
        self._started.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _LOG.error("a mail failed unexpectedly", exc_info=error)

    async def _try(self, code_id: int) -> None:
        try:
            claimed = await self._database.run(lambda session: _claim(session, code_id))
            if claimed is not None:
                await self._database.run(await self._send(claimed))
        except OUTAGES as error:
            _LOG.warning("mail of code %s waits for the database: %s", code_id, type(error).__name__)

    async def _send(self, claimed: _Claimed) -> _Outcome:
        code, operation, owner = claimed.code, claimed.operation, claimed.owner
        mail = code_mail(
            to=owner.email,
            name=owner.name,
            code_id=code.id,
            code=self._sealer.open(claimed.sealed, seal_context(code.id)),
            amount=Money(operation.amount_minor, operation.currency),
            fee=Money(operation.fee_minor, operation.currency),
            payee_account=operation.payee_account,
            payee_name=claimed.payee_name,
            expires_at=code.expires_at,
        )
        try:
            await self._mailer.send(mail)
        except MailFailed as error:
            _LOG.warning("mail of code %s failed: %s", code.id, error)
            return _Outcome(code.id, claimed.tries, str(error), error.permanent)
        return _Outcome(code.id, claimed.tries, None, False)


class _Outcome:
    """What became of one try, to be stored in a transaction of its own."""

    def __init__(self, code_id: int, tries: int, failure: str | None, permanent: bool) -> None:
        self._code_id = code_id
        self._tries = tries
        self._failure = failure
        self._permanent = permanent

    async def __call__(self, session: AsyncSession) -> None:
        values: dict[str, object] = {"failure": self._failure}
        if self._failure is None:
            values |= {"sealed": None, "delivered_at": func.clock_timestamp()}
        elif self._permanent:
            values |= {"sealed": None, "given_up_at": func.clock_timestamp()}
        else:
            values |= {"due_at": _in_seconds(min(2 ** (self._tries - 1), MAX_BACKOFF_S))}
        # Another process may have ended it meanwhile.
        open_mail = (CodeMail.code_id == self._code_id, CodeMail.sealed.is_not(None))
        await session.execute(update(CodeMail).where(*open_mail).values(values))


async def _claim(session: AsyncSession, code_id: int) -> _Claimed | None:
    """Takes a due mail for `LEASE_S` seconds and reads what it needs; None when there is nothing to send."""
    due = (CodeMail.code_id == code_id, CodeMail.sealed.is_not(None), CodeMail.due_at <= func.clock_timestamp())
    claim = update(CodeMail).where(*due).values(due_at=_in_seconds(LEASE_S), tries=CodeMail.tries + 1)
    taken = (await session.execute(claim.returning(CodeMail.sealed, CodeMail.tries))).one_or_none()
    if taken is None:
        return None
    return await _facts(session, code_id)


async def _facts(session: AsyncSession, code_id: int) -> _Claimed:
    payer, payee = Account.__table__.alias("payer"), Account.__table__.alias("payee")
    payee_owner = Client.__table__.alias("payee_owner")
    payee_name = func.coalesce(payee_owner.c.name, "the marketplace")
    statement = (
        select(Code, OperationRow, Client, CodeMail.sealed, payee_name, CodeMail.tries)
        .join(CodeMail, CodeMail.code_id == Code.id)
        .join(OperationRow, OperationRow.key == Code.operation_key)
        .join(payer, payer.c.number == OperationRow.payer_account)
        .join(Client, Client.id == payer.c.client_id)
        .join(payee, payee.c.number == OperationRow.payee_account)
        .outerjoin(payee_owner, payee_owner.c.id == payee.c.client_id)
        .where(Code.id == code_id)
    )
    row = (await session.execute(statement)).one()
    return _Claimed(row[0], row[1], row[2], row[3], row[4], row[5])


async def _give_up_dead_codes(session: AsyncSession) -> None:
    dead = select(Code.id).where(
        or_(Code.killed_at.is_not(None), Code.used_at.is_not(None), Code.expires_at < func.clock_timestamp())
    )
    waiting = and_(CodeMail.sealed.is_not(None), CodeMail.code_id.in_(dead))
    await session.execute(update(CodeMail).where(waiting).values(sealed=None, given_up_at=func.clock_timestamp()))


def _in_seconds(seconds: int) -> ColumnElement[Any]:
    return func.clock_timestamp() + text(f"interval '{seconds} seconds'")
