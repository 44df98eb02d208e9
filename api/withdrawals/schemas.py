from __future__ import annotations

from api.fields import Id, Moment, MoneyIn, MoneyOut, PageOut
from domain.withdrawals import WithdrawalState
from edge.wire import Wire, utc, utc_or_none
from store.wallets.withdrawals import Withdrawal


class WithdrawalIn(Wire):
    account_id: Id
    amount: MoneyIn


class WithdrawalOut(Wire):
    """`total` = `amount` + `fee` leaves the wallet. `paid` is with the bank, which may still return the money.

    `awaiting_funds`: the platform's account at the bank has too little now. The money stays held and is paid later.
    """

    withdrawal_id: str
    wallet_id: str
    bank_id: int
    account: str
    state: WithdrawalState
    amount: MoneyOut
    fee: MoneyOut
    total: MoneyOut
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
