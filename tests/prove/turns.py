"""Two deals wait on one wallet, and one deposit is enough for either: the older gets it, once, though workers die."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass

from sqlalchemy import text

from domain.agreements import Party as Side
from domain.money import Money
from domain.terms import Release, Terms
from store.deals.deals import Deal
from store.wallets.wallets import Wallet
from tests.fixtures.party_wallets import give, wallet_of, wallet_state
from tests.prove.rig import Rig
from tests.prove.watch import until_counted

AT_ONCE = 5
KILL_WITHIN_S = 1.5  # of the first deposit; a look at the wallet comes within a second of it
TERMS = Terms(release=Release.ON_ACCEPTANCE, inspection_s=24 * 3600)
PAY_WITHIN_S = 3600

_NEWS = text("SELECT count(*) FROM wallet_news WHERE account_id = :account AND done_at IS NULL")


@dataclass
class Turn:
    """The older deal, the younger one that costs as much or less, and the wallet on which both wait."""

    older: Deal
    younger: Deal
    wallet: Wallet
    interrupted: bool = False
    """Whether a worker died between the deposit and the payment."""


async def all_turns(rig: Rig, turns: int, dice: random.Random) -> list[Turn]:
    """So many turns, a few at once, with a kill or two for each handful; what is not as it must be is a difference."""
    done: list[Turn] = []
    while len(done) < turns:
        handful = await asyncio.gather(*(_waiting(rig, dice) for _ in range(min(AT_ONCE, turns - len(done)))))
        killing = asyncio.create_task(_kill(rig, dice))
        for found in await asyncio.gather(*(_pay_in(rig, turn, dice) for turn in handful)):
            rig.figures.differences += found
        await killing
        for found in await asyncio.gather(*(_end(rig, turn) for turn in handful)):
            rig.figures.differences += found
        done += handful
    return done


async def _waiting(rig: Rig, dice: random.Random) -> Turn:
    seller, buyer = await rig.party(), await rig.party()
    wallet = await wallet_of(rig.market, buyer)
    price = dice.randrange(2_00, 900_00)
    prices = [price, dice.choice((price, price // 2))]
    order = dice.choice(((0, 1), (1, 0)))  # in which they are proposed, which does not matter
    proposed = {
        place: await rig.market.proposed(
            seller,
            buyer,
            Money(prices[place], "RUB").amount,
            pay_within_s=PAY_WITHIN_S,
            terms=TERMS,
            from_wallet=True,
        )
        for place in order
    }
    for place in (0, 1):
        await rig.market.confirm(proposed[place])
    return Turn(proposed[0], proposed[1], wallet)


async def _kill(rig: Rig, dice: random.Random) -> None:
    """One worker dies around the deposits, and often the other one after it."""
    numbers = dice.sample((0, 1), dice.choice((1, 2)))
    for number in numbers:
        await asyncio.sleep(dice.uniform(0, KILL_WITHIN_S))
        rig.workers.kill(number)


async def _pay_in(rig: Rig, turn: Turn, dice: random.Random) -> list[str]:
    """One deposit of the older deal's price, in one or in two parts at the same time, until that deal is funded."""
    await asyncio.sleep(dice.uniform(0, KILL_WITHIN_S))
    kills, price = rig.workers.kills, turn.older.price_minor
    parts = dice.choice(((price,), (price // 2, price - price // 2)))
    await asyncio.gather(*(_deposit(rig, turn.wallet, Money(part, "RUB")) for part in parts))
    await rig.watch.until(turn.older, "funded")
    turn.interrupted = rig.workers.kills > kills
    await until_counted(rig.market.database, _NEWS, {"account": turn.wallet.account_id}, lambda found: found == 0)
    amount = turn.older.price.amount
    return await _differences(rig, turn, ("funded", 1, "awaiting_payment", 0, f"{amount}, {amount} held"))


async def _deposit(rig: Rig, wallet: Wallet, money: Money) -> None:
    async with rig.market.database.transaction() as session:
        await give(session, wallet.id, money.amount)


async def _end(rig: Rig, turn: Turn) -> list[str]:
    """The older is accepted and paid out; the younger is given up, with nothing left for it."""
    await rig.market.accept(turn.older)
    await rig.watch.until(turn.older, "completed")
    await rig.market.cancel(turn.younger, Side.BUYER)
    await rig.watch.until(turn.younger, "cancelled")
    return await _differences(rig, turn, ("completed", 1, "cancelled", 0, "0.00, 0.00 held"))


async def _differences(rig: Rig, turn: Turn, wanted: tuple[object, ...]) -> list[str]:
    """State and number of payments of both deals, and what is in the wallet."""
    seen: list[object] = []
    for deal in (turn.older, turn.younger):
        seen += [(await rig.market.now(deal)).state, len(await rig.market.payments(deal))]
    seen.append(await wallet_state(rig.market, turn.wallet))
    return [] if tuple(seen) == wanted else [f"deals {turn.older.id} and {turn.younger.id}: {seen}, not {wanted}"]
