"""Random stories of deals: what a buyer, a seller and time may do, drawn from a seed."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

from domain.agreements import Party as Side
from domain.overrides import OverrideKind
from tests.prove.play import AT_ONCE, HELD, INSPECTED, Play
from tests.prove.rig import Rig

COMMISSIONS_BP = (0, 1, 333, 500, 2_500, None, None)  # None: a service, with the platform's commission
ENDINGS = (
    *("time", "time", "undone by buyer", "undone by seller", "refund", "refund all"),
    *("disputed, for the buyer", "disputed, for the seller", "settled"),
)
WALLETS = 0.3  # of the parts; all others are paid from accounts at banks
KINDS = ("right", "right", "right", "right", "wrong first", "never", "late", "withdrawn", "poor first")


async def story(rig: Rig, dice: random.Random) -> Play:
    """One deal from its beginning to its end; returned for its differences to be looked at."""
    price, terms = dice.randrange(1_00, 900_00), dice.choice((HELD, HELD, AT_ONCE, AT_ONCE, INSPECTED))
    cuts = sorted(dice.sample(range(1, price), dice.choice((0, 0, 1))))
    amounts = [end - start for start, end in zip([0, *cuts], [*cuts, price], strict=True)]
    kinds = [dice.choice(KINDS) for _ in amounts]
    from_wallet = [dice.random() < WALLETS for _ in amounts]
    ending = dice.choice(ENDINGS)
    play = await Play.begin(rig, price, dice.choice(COMMISSIONS_BP), terms)
    late = []
    for amount, kind, wallet in zip(amounts, kinds, from_wallet, strict=True):
        if kind == "poor first":
            await play.pay_without_money(amount)
        part = await (play.pay_from_wallet if wallet else play.pay)(amount)
        if kind == "wrong first":
            await play.guess(part)
        if kind in ("right", "wrong first", "poor first"):
            await play.submit(part)
        elif kind == "withdrawn":
            await play.withdraw(part)
        elif kind == "late":
            late.append(part)
    await _end(play, ending, dice)
    if late and play.undone_by == "":
        await play.pass_deadline()
        for part in late:
            await play.submit(part)
    await play.finish()
    if ending.startswith("refund") and (await rig.market.now(play.deal)).state == "completed":
        await play.refund(price if ending == "refund all" else dice.randrange(1, price + 1))
    return play


async def _end(play: Play, ending: str, dice: random.Random) -> None:
    """The parties undo it where they may, while it is open or inspected; of what is inspected one may be disputed."""
    submitted = [part for part in play.parts if "held" in part.answers]
    for part in submitted:
        await play.answered(part)
    funded = sum(part.payment.amount_minor for part in submitted) == play.price
    if ending.startswith("undone"):
        if funded and play.terms is INSPECTED:
            await play.rig.watch.until(play.deal, "funded")
        elif funded:
            return
        await play.undo(Side.BUYER if ending.endswith("buyer") else Side.SELLER)
    elif funded and play.terms is INSPECTED and ending.startswith("disputed"):
        kind = OverrideKind.REFUND if ending.endswith("buyer") else OverrideKind.RELEASE
        await play.dispute(kind, dice.choice((0, dice.randrange(1, play.price))))
    elif funded and play.terms is INSPECTED and ending == "settled":
        back = dice.choice((play.price, dice.randrange(1, play.price)))
        undisputed = dice.choice((0, dice.randrange(play.price - back + 1)))
        await play.settle(dice.choice(list(Side)), back, undisputed)
    elif funded and play.terms is INSPECTED and ending == "time":
        await play.accept()


async def every_end(rig: Rig) -> list[Play]:
    """A deal for each way in which deals end, independent of chance."""
    return list(await asyncio.gather(_completed(rig), _expired(rig), _cancelled(rig), _refunded(rig), _split(rig)))


async def _completed(rig: Rig) -> Play:
    play = await Play.begin(rig, 500_00, 500)
    await play.submit(await play.pay(500_00))
    await play.finish()
    return play


async def _expired(rig: Rig) -> Play:
    play = await Play.begin(rig, 500_00, 500)
    part = await play.pay(200_00)
    await play.submit(part)
    await play.answered(part)
    await play.finish()
    return play


async def _cancelled(rig: Rig) -> Play:
    play = await Play.begin(rig, 500_00, 500)
    await play.undo(Side.BUYER)
    await play.finish()
    return play


async def _refunded(rig: Rig) -> Play:
    play = await Play.begin(rig, 500_00, 500, INSPECTED)
    await play.submit(await play.pay(500_00))
    await play.dispute(OverrideKind.REFUND)
    await play.finish()
    return play


async def _split(rig: Rig) -> Play:
    play = await Play.begin(rig, 500_00, 500, INSPECTED)
    await play.submit(await play.pay(500_00))
    await play.settle(Side.SELLER, 100_00, undisputed=300_00)
    await play.finish()
    return play


async def tell(rig: Rig, deals: int, seed: int, at_once: int = 12) -> list[Play]:
    """`deals` stories, some `at_once`; what fails in one is a difference of the proof and stops no other."""
    gate = asyncio.Semaphore(at_once)

    async def one(number: int) -> Play | None:
        async with gate:
            try:
                return await story(rig, random.Random(f"{seed}/{number}"))
            except Exception as error:  # noqa: BLE001  # a story that broke off is a finding
                rig.figures.differences.append(f"story {number}: {type(error).__name__}: {error}")
                return None

    return [play for play in await asyncio.gather(*map(one, range(deals))) if play is not None]


async def compare(rig: Rig, plays: Sequence[Play]) -> None:
    """Adds to the proof's differences what is not as the model says."""
    for play in plays:
        rig.figures.differences += await play.differences()
