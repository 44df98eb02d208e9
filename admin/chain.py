"""What leaves our addresses on the chain, and where its money is: read-only tables."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette_admin import StringField
from starlette_admin.contrib.sqla import ModelView

from admin.named import ReadOnly, money
from domain.money import Money
from store.chain.accounts import ChainAccount
from store.chain.outgoing import OutgoingTransaction
from store.chain.sweeps import Sweep
from texts.languages import Language


def _sent(request: Request, row: Any) -> str:
    return Language.of("en").money(row.amount)


def _burnt(request: Request, row: Any) -> str:
    return "" if row.fee_sun is None else Language.of("en").money(Money(row.fee_sun, "TRX"))


class OutgoingTransactions(ReadOnly):
    """What leaves our addresses on the chain. Its states are decided by the chain alone."""

    fields: Any = (
        "purpose", "state", StringField("token_minor", label="Amount", getter=_sent, searchable=False),
        StringField("fee_sun", label="Network fee", getter=_burnt, searchable=False), "result", "answer", "flagged_at",
        "limited_until", "about", "number", "from_address", "to_address", "txid", "block", "created_at", "expires_at",
        "final_at", "id",
    )  # fmt: skip
    searchable_fields = ("about", "txid", "from_address", "to_address", "state", "purpose")


class Sweeps(ReadOnly):
    """Addresses of top-ups that are moved to the main wallet; each address is a line in `GET /sweeps/{id}`."""

    fields: Any = (
        "state", "cause", money("total_minor", "On its addresses"), money("swept_minor", "Swept"), "lines", "failed",
        "flagged_at", "created_at", "final_at", "id",
    )  # fmt: skip
    searchable_fields = ("state", "cause")


def _trx(request: Request, row: Any) -> str:
    return Language.of("en").money(Money(row.sun, "TRX"))


def _token(request: Request, row: Any) -> str:
    return Language.of("en").money(Money(row.balance_minor, "USDT"))


class ChainAccounts(ReadOnly):
    """The main wallet and the gas account, by our books."""

    fields: Any = (
        "name", StringField("balance_minor", label="USDT", getter=_token, searchable=False),
        StringField("sun", label="TRX", getter=_trx, searchable=False), "low_since", "missing_since", "address",
    )  # fmt: skip
    fields_default_sort: Any = ("name",)


def chain_views() -> list[ModelView]:
    """New views, in the order of the menu."""
    return [
        ChainAccounts(ChainAccount, icon="fa fa-link", menu_label="Chain accounts", key="chain-accounts"),
        Sweeps(Sweep, icon="fa fa-broom", menu_label="Sweeps", key="sweeps"),
        OutgoingTransactions(
            OutgoingTransaction,
            icon="fa fa-paper-plane",
            menu_label="Outgoing transactions",
            display_name="outgoing transaction",
            key="outgoing-transactions",
        ),
    ]
