"""A build that cannot go on with an open workflow is refused before it is deployed."""

from __future__ import annotations

from releases import WORKFLOWS
from replay_check import check, replayed
from tests.fixtures.sagas import Market, eventually
from tests.replay.reordered import DelayedPayment


async def test_a_build_is_refused_when_the_history_of_an_open_workflow_does_not_fit_it(market: Market) -> None:
    _, buyer, deal = await market.sale()
    payment = await market.paid(deal, buyer, "200.00")
    await market.until(payment, "held")
    open_ones = {f"deal/{deal.id}", f"payment/{payment.id}"}
    await eventually(market.sagas.open_workflow_ids, lambda seen: seen >= open_ones, "both in Temporal's list")

    today = await check(market.sagas)
    assert (today.misfits, dict(today.replayed)) == ({}, {"Deal": 1, "Payment": 1})

    others = [kind for kind in WORKFLOWS if kind.__name__ not in ("PaymentWorkflow", "DealWorkflow")]
    changed = await replayed(market.sagas.open_histories(), market.sagas.converter, [*others, DelayedPayment])
    assert set(changed.misfits) == open_ones
    assert "Deal" in changed.misfits[f"deal/{deal.id}"], "the build does not know deals any more"
    assert "NondeterminismError" in changed.misfits[f"payment/{payment.id}"]
