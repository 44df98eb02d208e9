"""What operators read in the Temporal UI about payment requests and withdrawals."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.payment_requests import RequestState
    from domain.withdrawals import WithdrawalState
    from payloads.payment_request import PaymentRequestOrder, PaymentRequestView
    from payloads.withdrawal import WithdrawalOrder, WithdrawalView

_REQUEST = {
    RequestState.ASKED: "Asked; the payer has not answered",
    RequestState.CONFIRMED: "Paid",
    RequestState.DECLINED: "Declined by the payer",
    RequestState.WITHDRAWN: "Retracted by the payee",
    RequestState.EXPIRED: "Nobody answered in time",
}
_WITHDRAWAL = {
    WithdrawalState.AWAITING_CODE: "Held in the wallet; the owner has not entered the code",
    WithdrawalState.PAYING: "Confirmed; the bank is asked to pay it out",
    WithdrawalState.AWAITING_FUNDS: "Confirmed; our guarantee account at the bank has too little to pay it",
    WithdrawalState.PAID: "Paid out; the bank may still send it back",
    WithdrawalState.DONE: "Paid out",
    WithdrawalState.RETURNED: "Sent back by the bank, and in the wallet again",
    WithdrawalState.REFUSED: "Refused by the bank, and free in the wallet again",
    WithdrawalState.CANCELLED: "Cancelled by its owner, and free in the wallet again",
    WithdrawalState.EXPIRED: "No code came in time: free in the wallet again",
}


def request_words(order: PaymentRequestOrder, request: PaymentRequestView) -> str:
    """Markdown for the current details of a payment request's workflow."""
    return "\n".join(
        [
            f"### {_REQUEST[RequestState(request.state)]}",
            f"- **{order.amount}** from wallet `{order.payer_wallet_id}` to wallet `{order.payee_wallet_id}`",
        ]
    )


def withdrawal_words(order: WithdrawalOrder, withdrawal: WithdrawalView) -> str:
    """Markdown for the current details of a withdrawal's workflow."""
    lines = [
        f"### {_WITHDRAWAL[WithdrawalState(withdrawal.state)]}",
        f"- **{order.amount}** and a fee of {order.fee}, from wallet `{order.wallet_id}` to bank {order.bank_id}",
    ]
    if withdrawal.state == WithdrawalState.AWAITING_FUNDS:
        lines.append(
            f"- **An operator should look**: bank {order.bank_id} needs {order.amount}, and the fee, on the guarantee "
            "account. The money is safe in the wallet's hold; a deposit there gets it paid at once."
        )
    if withdrawal.flagged:
        lines.append("- **An operator should look**: the bank gave no answer for too long, or contradicts itself.")
    return "\n".join(lines)
