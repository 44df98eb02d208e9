from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.fields import Id, Moment, MoneyOut
from domain.deals import DealState
from edge.wire import Line, Wire
from fronts.percents import PercentText

Title = Annotated[Line, Field(min_length=1, max_length=100)]


class PlatformSettingsOut(Wire):
    """What an administrator sets for the whole platform."""

    default_commission_percent: Annotated[str, Field(examples=["5.00"])]
    sign_up_marketplace_id: str | None
    """The marketplace in which people may sign up; null: nobody can sign up."""


class DefaultCommissionIn(Wire):
    percent: PercentText


class DefaultCommissionOut(Wire):
    default_commission_percent: str
    offers: int
    """How many offers follow it; those with a commission of their own keep it, and deals keep theirs."""


class SignUpRuleIn(Wire):
    marketplace_id: Id | None


class TitleIn(Wire):
    en: Title
    ru: Title


class TitleOut(Wire):
    """What clients read instead of the name of a deal's state."""

    state: DealState
    en: str
    ru: str


class TitlesOut(Wire):
    items: list[TitleOut]
    next: None


class FeeOut(Wire):
    payer_bank: int
    payee_bank: int
    percent: Annotated[str, Field(examples=["1.00"])]
    minimum: MoneyOut
    refreshed_at: Moment
    age_s: int
    """Seconds since it was copied from the banks' client, by the database's clock."""


class FeesOut(Wire):
    items: list[FeeOut]
    next: None
    """The whole table comes in one page."""
