from __future__ import annotations

from bank.service.schemas.common import AccountNumber, Amount, CurrencyCode, OperationKey
from bank.service.schemas.operations import CodeIn, OperationOut
from bank.service.values import Operation
from edge.wire import Wire


class PaymentIn(CodeIn):
    """Everything that the operation was opened for is named again, so that nothing else can be paid."""

    operation_key: OperationKey
    payer_account: AccountNumber
    payee_account: AccountNumber
    amount: Amount
    currency: CurrencyCode


class PaymentOut(Wire):
    operation_key: str
    """That of the debit: by it, or by its reference, the payment is refunded."""
    debit: OperationOut
    credit: OperationOut

    @classmethod
    def of(cls, debit: Operation, credit: Operation) -> PaymentOut:
        return cls(operation_key=debit.key, debit=OperationOut.of(debit), credit=OperationOut.of(credit))
