from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from domain.divisions import Held, divide
from domain.fees import percent_of

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
