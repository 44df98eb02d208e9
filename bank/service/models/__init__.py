"""The bank's tables (schema public), as its migrations group them. The money itself is in the ledger's."""

from __future__ import annotations

from bank.service.models.accounts import Account, Bank, Book, Client, ClientMove, Fee
from bank.service.models.base import Base
from bank.service.models.codes import AccessToken, AccountAccess, AccountTurns, Code, CodeLimit, CodeMessage, CodeTry
from bank.service.models.faults import Behaviour, CountedRequest, FalseAnswer, WithheldAnswer
from bank.service.models.operations import OperationRow, Payout, RefundPart, Remittance
from bank.service.models.requests import ANSWERS, ApiKeyRow, Checkpoint, RequestRow, Webhook, WebhookEndpoint

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
    "Checkpoint",
    "Client",
    "ClientMove",
    "Code",
    "CodeLimit",
    "CodeMessage",
    "CodeTry",
    "CountedRequest",
    "FalseAnswer",
    "Fee",
    "OperationRow",
    "Payout",
    "RefundPart",
    "Remittance",
    "RequestRow",
    "Webhook",
    "WebhookEndpoint",
    "WithheldAnswer",
]
