from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from api.fields import Id, Moment, MoneyIn, MoneyOut, PageOut
from domain.withdrawals import WithdrawalState
from edge.wire import Wire, one_of, utc, utc_or_none
from store.wallets.withdrawals import Withdrawal


class WithdrawalIn(Wire):
    """To a bank account of the owner, or to an `address` on TRON (USDT alone)."""

    model_config = Wire.model_config | {"json_schema_extra": one_of("account_id", "address")}

    account_id: Id | None = None
    address: Annotated[str, Field(max_length=64, examples=["TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"])] | None = None
    amount: MoneyIn

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.account_id is None) == (self.address is None):
            raise ValueError("either account_id or address")
        return self


class WithdrawalOut(Wire):
    """`total` = `amount` + `fee` leaves the wallet. `paid` is with the bank, which may still return the money.

    `awaiting_funds`: the platform has too little at the bank, or on the chain, now. The money stays held and is paid
    later. `awaiting_approval`: a large amount to an address, which an operator has to approve.
    """

    withdrawal_id: str
    wallet_id: str
    bank_id: int | None
    gateway: str | None
    """`usdt_tron` for an address, null for a bank account."""
    account: str
    """The number of the account, or the address."""
    state: WithdrawalState
    amount: MoneyOut
    fee: MoneyOut
    total: MoneyOut
    transaction: str | None
    """The id of the transaction that has paid it, on TRON."""
    refused_code: str | None
    expires_at: Moment
    """Until when a code is accepted; then the hold is freed."""
    created_at: Moment
    confirmed_at: Moment | None
    paid_at: Moment | None
    ended_at: Moment | None

    @classmethod
    def of(cls, withdrawal: Withdrawal) -> WithdrawalOut:
        return cls.model_validate(
            {
                "withdrawal_id": str(withdrawal.id),
                "wallet_id": str(withdrawal.wallet_id),
                "bank_id": withdrawal.bank_id,
                "gateway": withdrawal.gateway,
                "transaction": None if withdrawal.gateway is None else withdrawal.operation,
                "account": withdrawal.account,
                "state": WithdrawalState(withdrawal.state),
                "amount": MoneyOut.of(withdrawal.amount),
                "fee": MoneyOut.of(withdrawal.fee),
                "total": MoneyOut.of(withdrawal.total),
                "refused_code": withdrawal.refused_code,
                "expires_at": utc(withdrawal.expires_at),
                "created_at": utc(withdrawal.created_at),
                "confirmed_at": utc_or_none(withdrawal.confirmed_at),
                "paid_at": utc_or_none(withdrawal.paid_at),
                "ended_at": utc_or_none(withdrawal.final_at),
            }
        )


class WithdrawalsOut(PageOut[WithdrawalOut]):
    pass


class ApprovalIn(Wire):
    approve: bool
