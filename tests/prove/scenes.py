"""Scenes with an operator, which random stories never reach: a worker dies at each step of them in turn."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from domain.overrides import OverrideKind, Result
from domain.refunds import TRY_AGAIN_AFTER
from domain.terms import Cause
from edge.database import Database
from market.nouns import NAMES
from market.overrides import request
from store.payments.overrides import Asked, Override
from store.payments.payments import Payment, lock_with_deal
from store.people.operators import create_operator
from tests.fixtures.bank import read_code
from tests.fixtures.temporal import in_real_time
from tests.prove.play import Part, Play
from tests.prove.rig import TROUBLED, Rig
from tests.prove.watch import PATIENCE_S, until_counted

ALONE_UP_TO = 1_000_000
_OPEN = text("SELECT count(*) FROM overrides WHERE final_at IS NULL")


@dataclass(frozen=True)
class Scene:
    """`points` are in the order in which the scene comes to them. A scene without a deal looks at its end itself."""

    play: Callable[[Rig], Awaitable[Play | None]]
    points: Sequence[str]

    @property
    def name(self) -> str:
        return self.play.__name__


def step(name: str) -> list[str]:
    """The three places of a step with a bank."""
    return [*call(name), f"{name}:after-commit"]


def call(name: str) -> list[str]:
    return [f"{name}:before-effect", f"{name}:after-effect"]


def transaction(name: str) -> list[str]:
    return [f"{name}:before-effect", f"{name}:after-commit"]


async def _silent_debit(rig: Rig) -> tuple[Play, Part]:
    """A code was submitted; the bank has done its work and does not say so."""
    silent: dict[str, Any] = {"do": "accept", "steps": ["debit"], "webhook": "never", "withhold_s": 80_000}
    await rig.market.bank.behave(TROUBLED, silent)
    play = await Play.begin(rig, 500_00, 500, bank_id=TROUBLED)
    part = await play.pay(500_00)
    await play.submit(part)
    asked = text("SELECT count(*) FROM withheld_answers WHERE key LIKE :keys")
    await until_counted(
        rig.market.bank.database, asked, {"keys": f"payment/{part.payment.id}/%"}, lambda found: found > 0
    )
    await rig.market.bank.behave(TROUBLED)
    return play, part


async def _asked(rig: Rig, part: Part, asked: Asked, *, signal: bool = True) -> Override:
    async with rig.market.database.transaction() as session:
        operator = await create_operator(session, "Olga")
        deal, payment = await lock_with_deal(session, part.payment.id)
        override = await request(session, deal, payment, asked, operator.id, alone_up_to=ALONE_UP_TO)
    if signal:
        await _signal(rig, part, override)
    return override


async def _signal(rig: Rig, part: Part, override: Override) -> None:
    async with rig.market.database.transaction() as session:
        deal, _ = await lock_with_deal(session, part.payment.id)
    with in_real_time(rig.market.environment):
        await rig.market.sagas.wake(override, deal)


async def _speak(rig: Rig, part: Part) -> None:
    """From now on the bank reports what it has withheld."""
    owner = Database(rig.market.bank.stored.owner_url, pool_size=1)
    async with owner.transaction() as session:
        shown = text("UPDATE withheld_answers SET until = clock_timestamp() WHERE key LIKE :keys")
        await session.execute(shown, {"keys": f"payment/{part.payment.id}/%"})
    await owner.close()


async def _no_override_is_open(rig: Rig) -> None:
    await until_counted(rig.market.database, _OPEN, {}, lambda found: found == 0)


def _forced(result: Result) -> Asked:
    return Asked(OverrideKind.FORCE, "the bank's desk was called", "their letter", "debit/1", result)


async def forced_done(rig: Rig) -> Play:
    """A silent debit counts as done, and the bank confirms it at last."""
    play, part = await _silent_debit(rig)
    await _asked(rig, part, _forced(Result.DONE))
    await rig.watch.until(part.payment, "held", "releasing", "completed")
    await _speak(rig, part)
    await _no_override_is_open(rig)
    await play.finish()
    return play


async def forced_refused(rig: Rig) -> Play:
    """A silent debit counts as refused once the bank has promised that it never will be done; nothing is kept."""
    play, part = await _silent_debit(rig)
    await _asked(rig, part, _forced(Result.REFUSED))
    await rig.watch.until(part.payment, "failed")
    part.withdrawn = True
    await _speak(rig, part)
    await _no_override_is_open(rig)
    await play.finish()
    return play


async def forced_too_late(rig: Rig) -> Play:
    """The bank has spoken before the override is carried out: it is rejected, and the bank's word counts."""
    play, part = await _silent_debit(rig)
    override = await _asked(rig, part, _forced(Result.DONE), signal=False)
    await _speak(rig, part)
    await rig.market.sagas.ask_again(Payment, part.payment.id)
    await play.finish()
    await _signal(rig, part, override)
    await _no_override_is_open(rig)
    return play


async def refund_refused(rig: Rig) -> Play:
    """A bank finally refuses a clawback; it is tried again under a new number an hour later."""
    play = await Play.begin(rig, 500_00, 0, bank_id=TROUBLED)
    await play.submit(await play.pay(500_00))
    await play.finish()
    await rig.market.bank.behave(
        TROUBLED, {"do": "refuse", "steps": ["refund"], "code": "insufficient_funds", "times": 1}
    )
    refund = await rig.market.refund(play.deal, "500.00", Cause.BUYER)
    play.back = play.price
    flagged = text("SELECT count(*) FROM refunds WHERE id = :id AND flagged_at IS NOT NULL")
    await until_counted(rig.market.database, flagged, {"id": refund.id}, lambda found: found > 0)
    await rig.market.bank.behave(TROUBLED)
    await rig.market.set_clock(play.deal, 2 * TRY_AGAIN_AFTER)
    with in_real_time(rig.market.environment):
        await rig.market.sagas.wake(refund, play.deal)
    await rig.watch.until(refund, "refunded")
    return play


async def cancelled_from_outside(rig: Rig) -> Play:
    """A payment is cancelled from the Temporal UI before any money is taken."""
    play = await Play.begin(rig, 500_00, 500)
    part = await play.pay(500_00)
    await rig.market.workflow(part.payment).cancel()
    part.withdrawn = True
    await rig.watch.until(part.payment, "cancelled")
    await play.finish()
    return play


async def another_code(rig: Rig) -> Play:
    """The payer asks for another code and pays with it: the first one is dead."""
    play = await Play.begin(rig, 500_00, 500)
    part = await play.pay(500_00)
    after = rig.market.mailbox.last_id
    await rig.market.another_code(part.payment)
    mail = await rig.market.mailbox.wait_for(to=play.buyer.email, after=after, within_s=PATIENCE_S)
    part.code = read_code(mail.text)
    await play.submit(part)
    await play.finish()
    return play


async def unheard(rig: Rig) -> Play:
    """The signal about a code is lost. The redriver finds it, though worker after worker dies while it goes round."""
    play = await Play.begin(rig, 500_00, 500)
    part = await play.pay(500_00)
    await rig.market.submit(part.payment, part.code, signal=False)
    part.answers.append("held")
    await play.finish()
    return play


SCENES = (
    Scene(another_code, step("request_code")),
    Scene(
        forced_done,
        [
            *call("send_override"),
            *step("carry_out_override"),
            *call("ask_again"),
            *step("ask_on"),
        ],
    ),
    Scene(forced_refused, [*transaction("prepare_tombstone"), *step("carry_out_override")]),
    Scene(forced_too_late, transaction("send_override")),
    Scene(refund_refused, [*transaction("try_clawback_again"), *step("compare_again")]),
    Scene(cancelled_from_outside, transaction("request_cancellation")),
    # Only one worker goes round at a time, so these need a scene in which there is only one.
    Scene(unheard, [point for name in NAMES for point in transaction(f"keep_redriving/{name}")]),
)
