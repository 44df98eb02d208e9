"""The bank's tables (schema public), one noun per file. The money itself is in the ledger's."""

from __future__ import annotations

from bank.service.models.accesses import AccessToken, AccountAccess
from bank.service.models.accounts import Account
from bank.service.models.answers import ANSWERS, FalseAnswer, WithheldAnswer
from bank.service.models.api_keys import ApiKeyRow
from bank.service.models.banks import Bank
from bank.service.models.base import Base
from bank.service.models.behaviours import Behaviour
from bank.service.models.books import Book
from bank.service.models.callbacks import Callback, CallbackAddress
from bank.service.models.checkpoints import Checkpoint
from bank.service.models.clients import Client, ClientMove
from bank.service.models.codes import AccountTurns, Code, CodeLimit, CodeMessage, CodeTry
from bank.service.models.fees import Fee
from bank.service.models.operations import OperationRow
from bank.service.models.payouts import Payout
from bank.service.models.refunds import RefundPart
from bank.service.models.requests import RequestRow

__all__ = [
    "ANSWERS",
    "AccessToken",
    "Account",
    "AccountAccess",
    "AccountTurns",
    "ApiKeyRow",
    "Bank",
    "Base",
    "Behaviour",
    "Book",
    "Callback",
    "CallbackAddress",
    "Checkpoint",
    "Client",
    "ClientMove",
    "Code",
    "CodeLimit",
    "CodeMessage",
    "CodeTry",
    "FalseAnswer",
    "Fee",
    "OperationRow",
    "Payout",
    "RefundPart",
    "RequestRow",
    "WithheldAnswer",
]
