"""Deadlines by the real clock: confirmations in the last and in the first moment, and a thousand ends in one second."""

from __future__ import annotations

import asyncio
import random
from datetime import datetime

from sqlalchemy import text

from tests.prove.play import FINAL, HELD, Part, Play
from tests.prove.rig import Rig

EDGE_S = 0.05
LEAD_S = 2.5  # from the moment that the clocks are set to the deadline
IN_A_ROUND = 20

_SET = text("""
INSERT INTO test_clock
SELECT id, pay_by - clock_timestamp() - make_interval(secs => :lead_s) FROM deals WHERE id = ANY (:ids)
ON CONFLICT (deal_id) DO UPDATE SET ahead = excluded.ahead
""")


async def _set_clocks(rig: Rig, plays: list[Play], lead_s: float) -> float:
    """The deals' clocks now say that each deadline is `lead_s` away; returns when that is, by this loop's clock."""
    loop = asyncio.get_running_loop()
    async with rig.market.database.transaction() as session:
        await session.execute(text("SELECT 1"))
        at = loop.time() + lead_s
        await session.execute(_SET, {"lead_s": lead_s, "ids": [play.deal.id for play in plays]})
    return at


async def round_at_the_edge(rig: Rig, dice: random.Random) -> tuple[list[Play], list[float]]:
    """Twenty deals whose last code is entered within a moment of the deadline: before it, or after.

    Returns the deals, ended, and by how many seconds each code came after its deadline (negative: before it).
    """
    plays = await asyncio.gather(*(_ready(rig, dice.randrange(2_00, 900_00), dice.random()) for _ in range(IN_A_ROUND)))
    at = await _set_clocks(rig, plays, LEAD_S)
    for play in plays:
        await rig.market.ring(play.deal)  # its timer is set by the new clock
    moments = [at + dice.uniform(-EDGE_S, EDGE_S) * 0.8 for _ in plays]
    await asyncio.gather(*(_submit_at(play, moment) for play, moment in zip(plays, moments, strict=True)))
    for play in plays:
        await rig.watch.until(play.deal, *FINAL)
    return plays, [await _after_deadline_s(play) for play in plays]


async def _ready(rig: Rig, price: int, chance: float) -> Play:
    """A deal whose last part only awaits its code; in one of four another part is held."""
    play = await Play.begin(rig, price, 500, HELD)
    if chance < 0.25:
        first = await play.pay(price // 2)
        await play.submit(first)
        await play.answered(first)
        price -= price // 2
    await play.pay(price)
    return play


async def _submit_at(play: Play, moment: float) -> None:
    await asyncio.sleep(max(0.0, moment - asyncio.get_running_loop().time()))
    part: Part = play.parts[-1]
    await play.rig.market.submit(part.payment, part.code, ring=False)
    part.answers.append("held")
    await play.rig.market.ring(play.deal, part.payment)


async def _after_deadline_s(play: Play) -> float:
    [*_, attempt] = await play.rig.market.attempts(play.parts[-1].payment)
    submitted: datetime = attempt.submitted_at
    return (submitted - (await play.rig.market.now(play.deal)).pay_by).total_seconds()


async def all_in_one_second(rig: Rig, deals: int, dice: random.Random) -> tuple[list[Play], float]:
    """`deals` deals, a twentieth of them partly paid, expire in the same second.

    Returns them, and the seconds from the deadline until the last of them was final, by the database's clock.
    """
    gate = asyncio.Semaphore(16)

    async def begun(number: int) -> Play:
        async with gate:
            play = await Play.begin(rig, dice.randrange(2_00, 900_00), 500, HELD)
            if number % 20 == 0:
                part = await play.pay(play.price // 2)
                await play.submit(part)
                await play.answered(part)
            return play

    plays = await asyncio.gather(*map(begun, range(deals)))
    lead_s = 5.0 + deals / 50
    await _set_clocks(rig, plays, lead_s)

    async def rung(play: Play) -> None:
        async with gate:
            await rig.market.ring(play.deal)

    await asyncio.gather(*map(rung, plays))
    await asyncio.gather(*(rig.watch.until(play.deal, *FINAL) for play in plays))
    query = text(
        "SELECT extract(epoch FROM max(d.final_at - (d.pay_by - c.ahead))) "
        "FROM deals d JOIN test_clock c ON c.deal_id = d.id"
    )
    async with rig.market.database.transaction() as session:
        return plays, float(await session.scalar(query) or 0)
