"""The market's figures follow what happens: open payments, answers that banks owe, what is stuck, what is missing."""

from __future__ import annotations

from datetime import UTC, datetime

from edge.figures import Reading
from store.deals.stuck import Stuck, What
from store.operations.figures import market_figures, of_stuck
from tests.fixtures.sagas import Market


def _named(readings: list[Reading]) -> dict[str, dict[tuple[str, ...], float]]:
    return {one.figure.name: dict(one.values) for one in readings}


async def test_an_open_payment_and_an_answer_that_is_awaited_are_seen_until_they_end(market: Market) -> None:
    _, buyer, deal = await market.sale()
    payment, code = await market.asked_for_code(deal, buyer)
    now = _named(await market_figures(market.database))
    assert now["holdfast_open_payments"] == {("1", "awaiting_code"): 1}
    assert now["holdfast_open_deals"] == {("awaiting_payment",): 1}
    assert now["holdfast_oldest_unknown_answer_seconds"] == {(): 0}
    assert now["holdfast_books_behind"] == {(): 0}
    assert all(len(found) for name, found in now.items() if name == "holdfast_stuck")

    await market.bank.behave(1, slow_s=600.0, steps=("debit",))
    await market.submit(payment, code)
    owed = _named(await market_figures(market.database))
    assert owed["holdfast_open_payments"] == {("1", "processing"): 1}
    assert owed["holdfast_oldest_unknown_answer_seconds"][()] > 0


def test_what_is_stuck_is_counted_and_what_is_missing_is_summed_by_bank() -> None:
    since = datetime.now(UTC)

    def stuck(what: What, awaits: str | None, minor: int) -> Stuck:
        return Stuck(what, since, None, None, None, awaits, minor, "RUB")

    found = [stuck("funds", "bank/2", 100), stuck("funds", "bank/2", 50), stuck("funds", "bank/3", 7)]
    now = _named(of_stuck([*found, stuck("payable", None, 30), stuck("flagged", None, 1)]))
    assert now["holdfast_guarantee_missing_minor"] == {("2", "RUB"): 150, ("3", "RUB"): 7}
    assert now["holdfast_owed_to_sellers_minor"] == {("RUB",): 30}
    assert {what: count for (what,), count in now["holdfast_stuck"].items() if count} == {
        "funds": 3,
        "payable": 1,
        "flagged": 1,
    }
    assert now["holdfast_stuck"][("dispute",)] == 0
