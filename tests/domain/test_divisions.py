from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from domain.divisions import Held, credit_of_part, credit_of_rest, divide, undisputed_parts
from domain.fees import percent_of
from domain.payments import Taken
from domain.refunds import Released, pieces, shares

HELD = st.lists(st.builds(Held, st.integers(1, 10**9), st.integers(0, 10**6)), min_size=1, max_size=6)


@given(HELD, st.integers(0, 10_000), st.integers(0, 5000), st.booleans())
def test_a_division_gives_every_minor_unit_to_somebody_and_keeps_the_commission_on_what_is_kept(
    held: list[Held], part: int, commission_bp: int, fee_goes_back: bool
) -> None:
    price = sum(each.amount_minor for each in held)
    back = price * part // 10_000
    parts = divide(held, back, commission_bp, fee_goes_back=fee_goes_back)
    assert sum(each.back_minor for each in parts) == back
    kept = sum(each.kept_minor for each in parts)
    assert kept == percent_of(price - back, commission_bp)
    assert sum(each.seller_minor for each in parts) == price - back - kept
    for each in parts:
        assert min(each.seller_minor, each.kept_minor, each.back_minor, each.fee_back_minor, each.fee_kept_minor) >= 0
        assert each.freed == (back == price)
        if each.back_minor in (0, each.held.amount_minor):
            assert each.fee_back_minor in (0, each.held.fee_minor)
    if back == price:
        assert all(each.fee_back_minor == each.held.fee_minor for each in parts)
    elif not fee_goes_back:
        assert not any(each.fee_back_minor for each in parts)


@given(
    st.lists(st.integers(1, 10**9), min_size=1, max_size=6),
    st.integers(0, 99),
    st.integers(0, 100),
    st.integers(0, 5000),
)
def test_an_undisputed_part_and_all_that_follows_leave_the_commission_on_what_the_seller_keeps(
    amounts: list[int], percent_undisputed: int, percent_back: int, commission_bp: int
) -> None:
    """First payments in the part, at most one that it divides, later ones: paid, clawed back, refunded to the end."""
    price = sum(amounts)
    undisputed = price * percent_undisputed // 100
    back = (price - undisputed) * percent_back // 100
    parts = undisputed_parts(amounts, undisputed)
    assert sum(parts) == undisputed
    later = sum(amount for amount, part in zip(amounts, parts, strict=True) if not part)
    before = credited = commission = 0
    paid: list[tuple[Taken, Released]] = []
    for amount, part in zip(amounts, parts, strict=True):
        divided = 0 < part < amount
        kept = max(0, back - later) if divided else 0
        first = credit_of_part(before, part, commission_bp)
        rest, of_all = credit_of_rest(before, part, amount - kept, commission_bp)
        assert min(first, rest, of_all) >= 0
        credited, commission = credited + first + rest, commission + of_all
        paid += pieces(before, amount, part if divided else None, kept)
        before += amount
    gone = 0
    for refund in (back, price - back):
        for share in shares([piece for _, piece in paid], gone, refund, commission_bp) if refund else []:
            if paid[share.position][0] is not Taken.KEPT:  # which nobody was paid
                credited, commission = credited - share.seller_minor, commission - share.commission_minor
        gone += refund
        assert commission == percent_of(price - gone, commission_bp)
        assert credited == price - gone - commission
