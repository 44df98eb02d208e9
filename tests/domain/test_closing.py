"""Where a deal's money is, in words: at which bank on its way, and who has it in the end."""

from __future__ import annotations

from domain.closing import MOST_PHRASES, Totals, division, under_way
from domain.money import Money


def _rub(units: int) -> Money:
    return Money(units * 100, "RUB")


def test_the_end_names_every_share_and_nothing_that_is_not_there() -> None:
    ended = Totals(taken=510_00, paid_out=475_00, commission=25_00, fees=10_00)
    assert division(ended, "RUB") == [
        "of 510.00 RUB paid in: the seller 475.00 RUB, commission 25.00 RUB, bank fees 10.00 RUB"
    ]
    assert division(Totals(taken=300_00, refunded=300_00), "RUB") == ["of 300.00 RUB paid in: refunded 300.00 RUB"]
    assert division(Totals(), "RUB") == []


def test_money_that_the_platform_or_the_seller_is_owed_is_named() -> None:
    owing = Totals(taken=100_00, guarantee=40_00, refunded=100_00, owed=40_00)
    said = (
        "100.00 RUB paid in and 40.00 RUB from the guarantee account: owed to the seller 40.00 RUB, refunded 100.00 RUB"
    )
    assert division(owing, "RUB") == [f"of {said}"]


def test_money_under_way_is_summed_by_bank_and_state() -> None:
    parts = [("held", 1, _rub(100)), ("held", 1, _rub(50)), ("returning", 2, _rub(30)), ("held", 0, _rub(5))]
    assert under_way([*parts, ("completed", 3, _rub(9)), ("awaiting_code", 3, _rub(8))]) == [
        "150.00 RUB held at bank 1",
        "5.00 RUB held at the buyer's wallet",
        "30.00 RUB on its way back at bank 2",
    ]


def test_the_details_of_a_deal_with_many_banks_stay_short() -> None:
    assert len(under_way([("held", bank, _rub(1)) for bank in range(1, 20)])) == MOST_PHRASES
