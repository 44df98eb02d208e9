"""What a top-up's workflow and its activities write to Temporal's history: references and public facts."""

from __future__ import annotations

from dataclasses import dataclass

from payloads.step import StepInput


@dataclass(frozen=True)
class TopUpOrder:
    """Starts a top-up's workflow. `amount` is a text for people (`300.000000 USDT`), `pay_by` a time with its zone.

    `fresh`: nothing has arrived, so that there is nothing to look at before its time to pay is over.
    """

    top_up_id: str
    wallet_id: str
    gateway: str
    currency: str
    amount: str
    pay_by: str
    deal_id: str | None = None
    fresh: bool = False


@dataclass(frozen=True)
class TopUpRef(StepInput):
    top_up_id: str


@dataclass(frozen=True)
class TopUpView:
    """A top-up as its row says; amounts are texts for people.

    `wait_s`: how long until there is something to decide, by the market database's clock. `ended`: the time to pay is
    over, and the gateway has not read everything that may still be in time.
    """

    top_up_id: str
    state: str
    wait_s: float = 0.0
    final: bool = False
    ended: bool = False
    received: str = ""
    late: str = ""
    seen: str = ""
