from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..models.fee_bearer import FeeBearer
from ..models.terms_cause import TermsCause

T = TypeVar("T", bound="FeeRuleOut")


@_attrs_define
class FeeRuleOut:
    """What happens to the bank's fee when released money goes back, and for which cause.

    Attributes:
        cause (TermsCause): Why released money goes back.
        fee (FeeBearer): What happens to the payer's bank fee when money goes back.
        words (str):
    """

    cause: TermsCause
    fee: FeeBearer
    words: str

    def to_dict(self) -> dict[str, Any]:
        cause = self.cause.value

        fee = self.fee.value

        words = self.words

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "cause": cause,
                "fee": fee,
                "words": words,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        cause = TermsCause(d.pop("cause"))

        fee = FeeBearer(d.pop("fee"))

        words = d.pop("words")

        fee_rule_out = cls(
            cause=cause,
            fee=fee,
            words=words,
        )

        return fee_rule_out
