"""Random deals on the real stack come out as the reference model says, which knows nothing of the product."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from datetime import timedelta

import pytest

from store.deals import Deal
from store.payments import Payment
from tests import model
from tests.fixtures.sagas import Market, Party

DEALS = 6
OPENING = 100_000  # RUB
COMMISSIONS_BP = (0, 1, 333, 500, 2_500)


@dataclass(frozen=True)
class Plan:
    """One deal: `kinds` says of each part how its payer behaves."""

    price: int
    commission_bp: int
    amounts: tuple[int, ...]
    kinds: tuple[str, ...]


def _plan(drawn: random.Random) -> Plan:
    price = drawn.randrange(1_00, 900_00)
    cuts = sorted(drawn.sample(range(1, price), drawn.randrange(3)))
    amounts = tuple(end - start for start, end in zip([0, *cuts], [*cuts, price], strict=True))
    kinds = tuple(
        drawn.choice(("right", "right", "right", "right after a wrong one", "late", "never")) for _ in amounts
    )
    return Plan(price, drawn.choice(COMMISSIONS_BP), amounts, kinds)


@pytest.mark.parametrize("seed", [1, 2])
async def test_random_deals_end_as_the_model_says(market: Market, seed: int) -> None:
    drawn = random.Random(seed)
    await market.bank.behave(1, slow_s=drawn.choice((0.0, 0.1)), steps=("debit",))

    ended = await asyncio.gather(*(_played(market, _plan(drawn)) for _ in range(DEALS)))

    assert [end.seen for end in ended] == [end.foreseen for end in ended]
    assert {end.seen[0] for end in ended} == {"completed", "expired"}, "the seed draws deals of one kind only"


@dataclass(frozen=True)
class End:
    """State of the deal, balances of buyer and seller: as they are, and as the model says."""

    seen: tuple[str, str, str]
    foreseen: tuple[str, str, str]


async def _played(market: Market, plan: Plan) -> End:
    seller, buyer = await market.party(2, None), await market.party(1, f"{OPENING}.00")
    deal = await market.deal(seller, buyer, _text(plan.price), commission_bp=plan.commission_bp)
    parts = [
        await _paid(market, deal, buyer, amount, kind) for amount, kind in zip(plan.amounts, plan.kinds, strict=True)
    ]
    expected = model.outcome(plan.price, plan.commission_bp, tuple(parts))

    await market.pass_time(deal, timedelta(seconds=700))
    ended = await market.until(deal, "completed", "expired")
    return End(
        seen=(ended.state, await market.balance(buyer), await market.balance(seller)),
        foreseen=(
            "completed" if expected.funded else "expired",
            f"{_text(OPENING * 100 + expected.buyer)}, 0.00 held",
            f"{_text(expected.seller)}, 0.00 held",
        ),
    )


async def _paid(market: Market, deal: Deal, buyer: Party, amount: int, kind: str) -> model.Part:
    """Pays one part as `kind` says, and returns what the model is to know of it."""
    payment = await market.pay(deal, buyer, _text(amount))
    code = await market.code(buyer)
    await market.until(payment, "awaiting_code")
    attempts: list[model.Attempt] = []
    if kind == "right after a wrong one":
        await market.submit(payment, "0000-0000")
        await market.until(payment, "awaiting_code")
        attempts.append(model.Attempt(-1.0, "rejected"))
    if kind.startswith("right"):
        await market.submit(payment, code)
        await market.until(payment, "held", "releasing", "completed")
        attempts.append(model.Attempt(-1.0, "held"))
    elif kind == "late":
        await _submitted_late(market, deal, payment, code)
        attempts.append(model.Attempt(+1.0, "held"))
    return model.Part(amount, payment.fee_minor, tuple(attempts))


async def _submitted_late(market: Market, deal: Deal, payment: Payment, code: str) -> None:
    """The deal's clock alone is moved past the deadline and back: parts that come after are in time again."""
    await market.set_clock(deal, timedelta(seconds=601))
    attempt = await market.submit(payment, code)
    assert attempt.state == "late"
    await market.set_clock(deal, timedelta(0))


def _text(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"
