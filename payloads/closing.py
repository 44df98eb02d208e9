"""What the check of a deal's closing statement writes to Temporal's history: the bank's operations, without people."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class OperationLine:
    """An operation of a bank with the deal's reference, amounts in minor units; `source` is the debit it belongs to."""

    key: str
    kind: str
    status: str
    amount_minor: int
    fee_minor: int
    commission: bool = False
    source: str | None = None


@dataclass(frozen=True)
class BankSide:
    """`resolved` is how many steps had been answered before the banks were asked, None while an answer was awaited."""

    deal_id: str
    operations: list[OperationLine] = field(default_factory=list)
    resolved: int | None = None


@dataclass(frozen=True)
class ClosingView:
    """Whether the statement balances, and if not what differs, in words.

    `compared` is False when money has moved since the banks were asked: their answers are outdated.
    """

    balanced: bool
    differences: list[str] = field(default_factory=list)
    compared: bool = True
