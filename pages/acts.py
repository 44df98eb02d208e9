"""The path of every form that changes something: once per key of the form, commit, then signals."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from api.signals import Signal, WalletSignal
from api.writes import Written
from domain.errors import Refusal
from edge.idempotency import Answer, Result, fingerprint, once
from pages.visit import Known
from store.idempotency import ANSWERS

Work = Callable[[AsyncSession], Awaitable[Written]]


class _Refused(Exception):
    """Carries a refusal past the store of answers: a form that was refused may be sent again, and be right then."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


async def act(known: Known, key: str, fields: Mapping[str, str], work: Work) -> Answer:
    """Does `work` in one transaction, exactly once per `key` of this visitor; a repeat gets the first answer.

    A key names a place in the order of things (`pay/{deal}/3`), not a rendering: a reload, a double click, the back
    button and a second tab all carry the same one. Raises the `Refusal` of `work`, `Malformed` idempotency_key_reused
    when the form was sent before with other fields, `Conflict` request_in_progress.
    """
    services = known.visit.services
    digest = fingerprint(services.settings.pepper_bytes, "POST", known.visit.request.url.path, dict(fields))

    async def transaction(session: AsyncSession) -> tuple[Answer, tuple[Signal | WalletSignal, ...]]:
        signals: list[Signal | WalletSignal] = []

        async def first_time() -> Result:
            try:
                written = await work(session)
            except Refusal as refusal:
                raise _Refused(refusal) from None
            signals.extend(written.signals)
            return written.result

        return await once(session, ANSWERS, known.visitor.caller, key, digest, first_time), tuple(signals)

    try:
        answer, signals = await services.database.run(transaction)
    except _Refused as refused:
        raise refused.refusal from None
    for signal in signals:
        services.signals.send(signal)
    return answer
