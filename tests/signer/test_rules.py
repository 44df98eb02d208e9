"""Each rule of the signer by its name, without a server."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from signer.client import REFUSALS
from signer.service.acts import DETAILS
from signer.service.rules import NOBODY, Account, Known, Limits, Purpose, Source, over_the_day, refusal
from signer.service.transactions import Transaction

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
MAIN, GAS, TOKEN, DERIVED, USER, OTHER = "main", "gas", "token", "derived", "user", "other contract"
LIMITS = Limits(100, 1_000, 10_000, 50_000, 30, timedelta(hours=1))
SWEEP = (Purpose.SWEEP, Source(index=7), Transaction(b"", DERIVED, TOKEN, MAIN, 10**12, 30, NOW))
FUEL = (Purpose.GAS, Source(account=Account.GAS), Transaction(b"", GAS, None, DERIVED, 100, 0, NOW))
PAYOUT = (Purpose.WITHDRAWAL, Source(account=Account.MAIN), Transaction(b"", MAIN, TOKEN, USER, 10_000, 30, NOW))
SENDERS = {Source(index=7): DERIVED, Source(account=Account.GAS): GAS, Source(account=Account.MAIN): MAIN}


def judged(purpose: Purpose, source: Source, transaction: Transaction) -> str | None:
    known = Known(TOKEN, MAIN, GAS, SENDERS[source], derived=transaction.recipient == DERIVED)
    return refusal(purpose, source, transaction, known, LIMITS, NOW)


@pytest.mark.parametrize("signed", [SWEEP, FUEL, PAYOUT])
def test_what_a_purpose_is_for_is_signed(signed: tuple[Purpose, Source, Transaction]) -> None:
    assert judged(*signed) is None


@pytest.mark.parametrize(
    ("allowed", "changes", "code"),
    [
        (SWEEP, {"sender": USER}, "sender_not_allowed"),
        (SWEEP, {"contract": OTHER}, "contract_not_allowed"),
        (SWEEP, {"contract": None}, "contract_not_allowed"),
        (SWEEP, {"recipient": USER}, "destination_not_allowed"),
        (SWEEP, {"recipient": DERIVED}, "destination_not_allowed"),
        (SWEEP, {"recipient": GAS}, "destination_not_allowed"),
        (SWEEP, {"fee_limit_sun": 31}, "fee_over_limit"),
        (SWEEP, {"expires_at": NOW + timedelta(hours=1, seconds=1)}, "expiration_too_long"),
        (SWEEP, {"expires_at": NOW + timedelta(hours=1)}, None),
        (FUEL, {"sender": MAIN}, "sender_not_allowed"),
        (FUEL, {"contract": TOKEN}, "contract_not_allowed"),
        (FUEL, {"recipient": USER}, "destination_not_allowed"),
        (FUEL, {"recipient": MAIN}, "destination_not_allowed"),
        (FUEL, {"amount_minor": 101}, "amount_over_limit"),
        (PAYOUT, {"sender": GAS}, "sender_not_allowed"),
        (PAYOUT, {"contract": OTHER}, "contract_not_allowed"),
        (PAYOUT, {"contract": None}, "contract_not_allowed"),
        *((PAYOUT, {"recipient": own}, "destination_not_allowed") for own in (MAIN, GAS, DERIVED, TOKEN, NOBODY)),
        (PAYOUT, {"amount_minor": 10_001}, "amount_over_limit"),
    ],
)
def test_anything_else_is_refused_by_name(
    allowed: tuple[Purpose, Source, Transaction], changes: dict[str, Any], code: str | None
) -> None:
    purpose, source, transaction = allowed
    assert judged(purpose, source, replace(transaction, **changes)) == code


@pytest.mark.parametrize(
    ("purpose", "source"),
    [
        (Purpose.SWEEP, Source(account=Account.MAIN)),
        (Purpose.SWEEP, Source(account=Account.GAS)),
        (Purpose.GAS, Source(account=Account.MAIN)),
        (Purpose.GAS, Source(index=7)),
        (Purpose.WITHDRAWAL, Source(account=Account.GAS)),
        (Purpose.WITHDRAWAL, Source(index=7)),
    ],
)
def test_each_purpose_has_its_own_sender(purpose: Purpose, source: Source) -> None:
    _, _, transaction = next(signed for signed in (SWEEP, FUEL, PAYOUT) if signed[0] is purpose)
    assert judged(purpose, source, replace(transaction, sender=SENDERS[source])) == "sender_not_allowed"


@pytest.mark.parametrize(
    ("purpose", "spent", "amount", "over"),
    [
        (Purpose.WITHDRAWAL, 49_999, 1, False),
        (Purpose.WITHDRAWAL, 49_999, 2, True),
        (Purpose.GAS, 1_000, 1, True),
        (Purpose.SWEEP, 10**15, 10**15, False),
    ],
)
def test_a_day_has_a_limit_unless_money_only_reaches_the_main_wallet(
    purpose: Purpose, spent: int, amount: int, over: bool
) -> None:
    assert over_the_day(purpose, spent, amount, LIMITS) is over


def test_the_client_knows_every_final_refusal() -> None:
    assert {*DETAILS, "transaction_not_understood"} == REFUSALS


def test_a_source_is_read_as_it_is_written() -> None:
    assert [Source.read(str(source)) for source in SENDERS] == list(SENDERS)
