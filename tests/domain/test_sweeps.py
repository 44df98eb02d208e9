"""When a sweep is worth its cost, and what an address needs to be moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.sweeps import (
    FIRST_RETRY,
    LONGEST_RETRY,
    SUN,
    TRANSFER_BYTES,
    Cause,
    Possession,
    Prices,
    Rules,
    Waiting,
    again_after,
    cause,
    cost_minor,
    least_minor,
    need,
)

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
USDT = 1_000_000
RULES = Rules(
    batch_minor=1_000 * USDT,
    batch_count=20,
    longest=timedelta(hours=24),
    trx_minor=300_000,
    cost_bp=500,
    fee_most_sun=100 * SUN,
    gas_low_sun=500 * SUN,
    main_low_sun=200 * SUN,
)
PRICES = Prices(energy_sun=210, byte_sun=1_000, new_account_sun=1_100_000)


@pytest.mark.parametrize(
    ("count", "total", "hours", "wanted"),
    [
        (0, 0, None, None),
        (1, 1_000, 0, Cause.VALUE),
        (1, 999, 0, None),
        (19, 999, 23, None),
        (20, 999, 0, Cause.COUNT),
        (1, 5, 24, Cause.AGE),
        (30, 5_000, 48, Cause.VALUE),
    ],
)
def test_value_count_and_age_each_justify_a_sweep(count: int, total: int, hours: int | None, wanted: Cause) -> None:
    oldest = None if hours is None else NOW - timedelta(hours=hours)
    assert cause(Waiting(count, total * USDT, oldest), NOW, RULES) is wanted


def test_what_moving_an_address_costs_follows_the_price_of_energy() -> None:
    # 65,000 energy at 210 sun, 350 bytes at 1,000 sun, a new account for 1.1 TRX: 15.1 TRX at 0.30 USDT.
    assert cost_minor(PRICES, RULES) == 4_530_000
    assert least_minor(PRICES, RULES) == 20 * 4_530_000
    cheap = Prices(energy_sun=100, byte_sun=1_000, new_account_sun=1_100_000)
    assert least_minor(cheap, RULES) < least_minor(PRICES, RULES)


@pytest.mark.parametrize(
    ("has", "lacks"),
    [
        (Possession(active=False, sun=0, bandwidth=0, energy=0), 71_500 * 210 + TRANSFER_BYTES * 1_000),
        (Possession(active=True, sun=0, bandwidth=600, energy=0), 71_500 * 210),
        (Possession(active=True, sun=10 * SUN, bandwidth=600, energy=0), 71_500 * 210 - 10 * SUN),
        (Possession(active=True, sun=20 * SUN, bandwidth=600, energy=0), 0),
        (Possession(active=True, sun=0, bandwidth=600, energy=71_500), 0),
        (Possession(active=False, sun=0, bandwidth=600, energy=71_500), 1),  # any TRX makes the account
    ],
)
def test_an_address_gets_what_it_lacks_and_no_more(has: Possession, lacks: int) -> None:
    found = need(65_000, has, PRICES)
    assert found.lacks_sun == lacks
    assert found.fee_limit_sun == 71_500 * 210


def test_a_failing_address_is_left_alone_for_longer_and_longer() -> None:
    assert [again_after(failures) for failures in (1, 2, 3)] == [FIRST_RETRY, 2 * FIRST_RETRY, 4 * FIRST_RETRY]
    assert again_after(50) == LONGEST_RETRY
