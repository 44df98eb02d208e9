"""Deadlines by the real clock: confirmations in the last and in the first moment, and a thousand ends in one second."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import median

from sqlalchemy import text

from tests.prove.play import FINAL, HELD, PAY_WITHIN_S, Part, Play
from tests.prove.rig import Rig

EDGE_S = 0.05
LEAD_S = 3.0  # from the moment that the clocks are set to the first deadline
APART_S = 0.06  # so that twenty codes do not wait for each other
IN_A_ROUND = 20

_SET = text("""
INSERT INTO test_clock
SELECT d.id, d.pay_by - t.deadline
FROM deals d JOIN unnest(CAST(:ids AS uuid[]), CAST(:deadlines AS timestamptz[])) AS t (id, deadline) USING (id)
ON CONFLICT (row_id) DO UPDATE SET ahead = excluded.ahead
""")


async def _set_clocks(rig: Rig, plays: list[Play], deadlines: list[datetime]) -> None:
    """The deals' clocks now run so that their deadlines are at these moments of this machine's clock."""
    async with rig.market.database.transaction() as session:
        await session.execute(_SET, {"ids": [play.deal.id for play in plays], "deadlines": deadlines})


@dataclass
class Aim:
    """How long before its timestamp a code is entered: the time that this machine took last."""

    lead_s: float = 0.015
    stray_s: list[float] = field(default_factory=list)

    def learn(self) -> None:
        self.lead_s += median(self.stray_s)
        self.stray_s.clear()


async def round_at_the_edge(
    rig: Rig, dice: random.Random, aim: Aim, deals: int = IN_A_ROUND
) -> tuple[list[Play], list[float]]:
    """So many deals whose last code is entered within a moment of the deadline: before it, or after.

    Returns the deals, ended, and by how many seconds each code came after its deadline (negative: before it).
    """
    plays = await asyncio.gather(*(_ready(rig, dice.randrange(2_00, 900_00), dice.random()) for _ in range(deals)))
    first = datetime.now(UTC) + timedelta(seconds=LEAD_S)
    deadlines = [first + timedelta(seconds=number * APART_S) for number in range(len(plays))]
    await _set_clocks(rig, plays, deadlines)
    await asyncio.gather(*(rig.market.signal(play.deal) for play in plays))  # their timers are set by the new clock
    wanted_s = [dice.uniform(-EDGE_S, EDGE_S) for _ in deadlines]
    moments = [
        deadline + timedelta(seconds=wanted - aim.lead_s) for deadline, wanted in zip(deadlines, wanted_s, strict=True)
    ]
    await asyncio.gather(*(_submit_at(play, moment) for play, moment in zip(plays, moments, strict=True)))
    for play in plays:
        await rig.watch.until(play.deal, *FINAL)
    after_s = [await _after_deadline_s(play) for play in plays]
    aim.stray_s += [after - wanted for after, wanted in zip(after_s, wanted_s, strict=True)]
    aim.learn()
    return plays, after_s


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


async def _submit_at(play: Play, moment: datetime) -> None:
    await asyncio.sleep(max(0.0, (moment - datetime.now(UTC)).total_seconds()))
    part: Part = play.parts[-1]
    await play.rig.market.submit(part.payment, part.code, signal=False)
    part.answers.append("held")
    await play.rig.market.signal(play.deal, part.payment)


async def _after_deadline_s(play: Play) -> float:
    [*_, attempt] = await play.rig.market.attempts(play.parts[-1].payment)
    submitted: datetime = attempt.submitted_at
    return (submitted - (await play.rig.market.now(play.deal)).pay_by).total_seconds()


async def all_in_one_second(rig: Rig, deals: int, dice: random.Random) -> tuple[list[Play], float]:
    """`deals` deals, half of them about one offer and a twentieth partly paid, expire in the same second.

    Returns them, and the seconds from the deadline until the last of them was final, by the database's clock.
    """
    gate = asyncio.Semaphore(16)
    seller = await rig.party()
    popular = await rig.market.offer(seller, "500.00", quantity=deals, pay_within_s=PAY_WITHIN_S)

    async def begun(number: int) -> Play:
        async with gate:
            if number % 2:
                return await Play.begin_with(rig, popular, seller)
            play = await Play.begin(rig, dice.randrange(2_00, 900_00), 500, HELD)
            if number % 20 == 0:
                part = await play.pay(play.price // 2)
                await play.submit(part)
                await play.answered(part)
            return play

    plays = await asyncio.gather(*map(begun, range(deals)))
    deadline = datetime.now(UTC) + timedelta(seconds=5.0 + deals / 40)  # until all their timers are set
    await _set_clocks(rig, plays, [deadline] * deals)

    async def signalled(play: Play) -> None:
        async with gate:
            await rig.market.signal(play.deal)

    await asyncio.gather(*map(signalled, plays))
    await asyncio.gather(*(rig.watch.until(play.deal, *FINAL) for play in plays))
    query = text(
        "SELECT extract(epoch FROM max(d.final_at - (d.pay_by - c.ahead))) "
        "FROM deals d JOIN test_clock c ON c.row_id = d.id WHERE d.id = ANY (:ids)"
    )
    async with rig.market.database.transaction() as session:
        return plays, float(await session.scalar(query, {"ids": [play.deal.id for play in plays]}) or 0)
