from __future__ import annotations

import pytest

from domain.errors import Malformed
from domain.terms import (
    DEFAULT_INSPECTION_S,
    Cause,
    FeeBearer,
    FeePolicy,
    Release,
    Settlement,
    agree_terms,
    fee_words,
)


def test_what_is_paid_out_at_once_cannot_await_an_acceptance() -> None:
    with pytest.raises(Malformed, match="terms_conflict"):
        agree_terms(Settlement.IMMEDIATE, Release.ON_ACCEPTANCE, None, FeePolicy())


def test_there_is_time_to_inspect_only_before_an_acceptance() -> None:
    with pytest.raises(Malformed, match="terms_conflict"):
        agree_terms(Settlement.HOLD, Release.ON_FUNDING, 60, FeePolicy())
    assert agree_terms(Settlement.HOLD, Release.ON_ACCEPTANCE, 60, FeePolicy()).inspection_s == 60
    assert agree_terms(Settlement.HOLD, Release.ON_ACCEPTANCE, None, FeePolicy()).inspection_s == DEFAULT_INSPECTION_S


def test_by_default_the_buyer_bears_the_fee_only_for_their_own_request() -> None:
    policy = FeePolicy()
    assert {cause: policy.bearer(cause) for cause in Cause} == {
        Cause.DEADLINE: FeeBearer.RETURNED,
        Cause.BUYER: FeeBearer.PAYER,
        Cause.SELLER: FeeBearer.RETURNED,
        Cause.DISPUTE: FeeBearer.RETURNED,
    }
    assert FeePolicy.from_dict(policy.as_dict()) == policy


def test_every_cause_and_bearer_has_words_for_the_payer() -> None:
    sentences = {fee_words(cause, bearer) for cause in Cause for bearer in FeeBearer}
    assert len(sentences) == 8 and all(sentence.endswith(".") for sentence in sentences)
