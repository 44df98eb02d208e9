"""The crowd: clients of all banks buy from each other in whole and in parts, while banks stall and lose replies."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

from demo.expect import expect
from demo.pace import TooSlow, before_the_deadline
from demo.world import Person, World

SHORT_S = 20  # time to pay for buyers who will not pay in full
LONG_S = 600
WITHIN_S = 120.0
MOODY = (4, 6, 8)  # the banks that misbehave for the crowd; the acts set the others themselves


@dataclass
class Crowd:
    """`ended` counts deals by final state, `wrong` names those that did not end as they had to."""

    deals: int
    ended: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    @property
    def done(self) -> int:
        return sum(self.ended.values()) + len(self.wrong)


async def trade(world: World, crowd: Crowd, seed: int) -> None:
    """Plays all of the crowd's deals; each buyer buys one thing at a time."""
    dice = random.Random(seed)  # noqa: S311  # the same crowd for the same seed
    people = dice.sample(world.crowd, len(world.crowd))
    buyers: asyncio.Queue[tuple[Person, Person, random.Random]] = asyncio.Queue()
    for number in range(crowd.deals):
        buyer, seller = (
            people[number % len(people)],
            people[(number + 1 + dice.randrange(len(people) - 1)) % len(people)],
        )
        buyers.put_nowait((buyer, seller, random.Random(dice.random())))  # noqa: S311  # as above
    faults = asyncio.create_task(_misbehave(world, dice))
    try:
        await asyncio.gather(*(_clients(world, crowd, buyers) for _ in range(min(10, crowd.deals))))
    finally:
        faults.cancel()
        for bank_id in MOODY:
            await world.bank.behave(bank_id)


async def _clients(world: World, crowd: Crowd, buyers: asyncio.Queue[tuple[Person, Person, random.Random]]) -> None:
    while not buyers.empty():
        buyer, seller, dice = buyers.get_nowait()
        try:
            async with buyer.busy:  # with two purchases at once the buyer could not distinguish the mailed codes
                crowd.ended[await _deal(world, buyer, seller, dice)] += 1
        except Exception as error:  # noqa: BLE001 # one failed deal is a finding and stops no other
            crowd.wrong.append(f"{buyer.name} buys from {seller.name}: {type(error).__name__}: {error}")


async def _deal(world: World, buyer: Person, seller: Person, dice: random.Random) -> str:
    """One deal. Three of four buyers pay in full; one in four stops after a part and gets it back."""
    price = dice.randrange(100, 5_000) * 10
    pays = dice.random() < 0.75
    deal = await world.bought(seller, buyer, f"{price}.00", "Something", LONG_S if pays else SHORT_S)
    first = price // 2 if not pays or dice.random() < 0.5 else price
    # On a slow machine this buyer may not get as far as planned; the deal must expire all the same.
    with suppress(TooSlow):
        async with before_the_deadline(world, deal, "to pay a part"):
            await world.pay(deal, buyer, f"{first}.00")
    if pays and first < price:
        await world.pay(deal, buyer)
    wanted = "completed" if pays else "expired"
    ended = await world.market.until_deal(deal.id, "completed", "expired", within_s=WITHIN_S)
    expect(ended.state == wanted, f"the deal must be {wanted} and is {ended.state}")
    return str(ended.state)


async def _misbehave(world: World, dice: random.Random) -> None:
    """Now one bank, now another is slow or loses replies."""
    while True:
        for bank_id in MOODY:
            await world.bank.behave(bank_id, slow_s=dice.choice([0.0, 0.3, 1.0]), lose_replies=dice.choice([0, 1]))
        await asyncio.sleep(2.0)
