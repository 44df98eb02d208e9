"""What an answer states about its row that can never change: per noun, how the two are compared.

Each answer records the row that it names, beside the body. Facts that may change later, such as an address, a state or
a setting, are not compared: about those an answer promises only that the row exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

# `b` is an answer, `x` the row that it names. Bodies give money as text, with all the currency's decimals.
_MINOR: Final = "coalesce(nullif(ltrim(replace(b.body #>> '{%s}', '.', ''), '0'), ''), '0')"
_MOMENT: Final = (
    "CASE WHEN pg_input_is_valid(b.body #>> '{%s}', 'timestamptz') THEN (b.body #>> '{%s}')::timestamptz END"
)


@dataclass(frozen=True, slots=True)
class Noun:
    """A kind of row that answers name: its table, its key and the key's type.

    `says` maps paths of the body to columns of the row, `minor` and `moments` the same for money and times; `rules` are
    further conditions. A path that a body does not have is ignored.
    """

    table: str
    says: Mapping[str, str]
    minor: Mapping[str, str] = field(default_factory=dict)
    moments: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[str, ...] = ()
    key: str = "id"
    type: str = "uuid"

    @property
    def sql(self) -> str:
        """Selects (answer's caller, key, status, noun, noun_id, whether everything it says is true)."""
        said = [
            f"(b.body #> '{{{path}}}' IS NULL OR b.body #>> '{{{path}}}' IS NOT DISTINCT FROM ({of_row})::text)"
            for path, of_row in self.says.items()
        ]
        said += [
            f"(b.body #> '{{{path}}}' IS NULL OR {_MINOR % path} = ({of_row})::text)"
            for path, of_row in self.minor.items()
        ]
        said += [
            f"(b.body #> '{{{path}}}' IS NULL OR {_MOMENT % (path, path)} IS NOT DISTINCT FROM {of_row})"
            for path, of_row in self.moments.items()
        ]
        holds = "\n    AND ".join((f"x.{self.key} IS NOT NULL", *said, *self.rules))
        id_ = f"CASE WHEN pg_input_is_valid(b.noun_id, '{self.type}') THEN b.noun_id::{self.type} END"
        return (
            f"SELECT b.caller, b.key, b.status, b.noun, b.noun_id,\n    {holds}\n"
            f"FROM idempotency_answers b LEFT JOIN {self.table} x ON x.{self.key} = {id_} WHERE b.noun = '{self.table}'"
        )


_PAYMENT: Final = {
    "id": "x.id",
    "payment_id": "x.id",
    "deal_id": "x.deal_id",
    "account_id": "x.account_id",
    "wallet_id": "x.wallet_id",
    "amount,currency": "x.currency",
}
_SAID: Final = _MOMENT % ("pay_by", "pay_by")
_PAY_BY: Final = f"""
    (b.body ->> 'pay_by' IS NULL OR x.pay_by = {_SAID}
     -- Both parties may have agreed on more time since.
     OR x.pay_by > {_SAID} AND EXISTS (
        SELECT FROM agreements a WHERE a.deal_id = x.id AND a.pay_by = x.pay_by AND a.state = 'agreed'))"""
_BETWEEN: Final = {
    "from_wallet_id": "x.from_wallet_id",
    "to_wallet_id": "x.to_wallet_id",
    "amount,currency": "x.currency",
}
_ASKED: Final = _BETWEEN | {"from_wallet_id": "x.payer_wallet_id", "to_wallet_id": "x.payee_wallet_id"}
_DEAL: Final = {"id": "x.id", "deal_id": "x.id", "offer_id": "x.offer_id", "buyer_id": "x.buyer_id"}

_ACCOUNT: Final = {
    "id": "x.id",
    "account_id": "x.id",
    "account,id": "x.id",
    "user_id": "x.user_id",
    "number": "x.number",
    "currency": "x.currency",
}
_STAYS_CONFIRMED: Final = "(b.body ->> 'state' IS DISTINCT FROM 'confirmed' OR x.confirmed_at IS NOT NULL)"

NOUNS: Final = (
    Noun("users", {"id": "x.id"}),
    Noun("logins", {"user_id": "x.user_id", "id": "x.user_id"}),
    Noun("accounts", _ACCOUNT, rules=(_STAYS_CONFIRMED,)),
    Noun("offers", {"id": "x.id", "seller_id": "x.seller_id"}),
    Noun("deals", _DEAL | {"price,currency": "x.currency"}, {"price,amount": "x.price_minor"}, rules=(_PAY_BY,)),
    Noun(
        "contracts",
        {"id": "x.id", "buyer_id": "x.buyer_id", "seller_id": "x.seller_id", "price,currency": "x.currency"},
        {"price,amount": "SELECT sum(d.price_minor) FROM deals d WHERE d.contract_id = x.id"},
        {"answer_by": "x.answer_by"},
    ),
    Noun("payments", _PAYMENT, {"amount,amount": "x.amount_minor", "fee,amount": "x.fee_minor"}),
    Noun("codes", {"payment,id": "x.payment_id", "code,number": "x.number"}),
    Noun(
        "code_attempts",
        {"payment,id": "x.payment_id", "attempt,number": "x.number"},
        moments={"attempt,submitted_at": "x.submitted_at", "submitted_at": "x.submitted_at"},
        rules=("(b.status < 400 OR x.state = 'late')",),
    ),
    Noun("refunds", {"id": "x.id", "deal_id": "x.deal_id", "cause": "x.cause"}, {"amount,amount": "x.amount_minor"}),
    Noun("disputes", {"id": "x.id", "deal_id": "x.deal_id", "by": "x.opened_by", "reason": "x.reason"}),
    Noun("overrides", {"id": "x.id", "deal_id": "x.deal_id", "kind": "x.kind", "reason": "x.reason"}),
    Noun(
        "messages",
        {"id": "x.id", "chat_id": "x.deal_id", "number": "x.number", "user_id": "x.author_id", "text": "x.text"},
        moments={"sent_at": "x.created_at"},
    ),
    Noun("checkout_links", {"id": "x.id", "deal_id": "x.deal_id", "return_url": "x.return_url"}),
    Noun("wallets", {"wallet_id": "x.id", "user_id": "x.user_id", "currency": "x.currency"}),
    Noun("holds", {"hold_id": "x.id"} | _BETWEEN, {"amount,amount": "x.amount_minor"}),
    Noun("payment_requests", {"request_id": "x.id"} | _ASKED, {"amount,amount": "x.amount_minor"}),
    Noun(
        "withdrawals",
        {"withdrawal_id": "x.id", "wallet_id": "x.wallet_id", "account": "x.account", "amount,currency": "x.currency"},
        {"amount,amount": "x.amount_minor", "fee,amount": "x.fee_minor"},
    ),
    Noun(
        "top_ups",
        {"top_up_id": "x.id", "wallet_id": "x.wallet_id", "deal_id": "x.deal_id", "gateway": "x.gateway"}
        | {"amount,currency": "x.currency"},
        {"amount,amount": "x.amount_minor"},
        {"pay_by": "x.pay_by"},
    ),
    Noun(
        "corrections",
        {"id": "x.id", "wallet_id": "x.wallet_id", "direction": "x.way", "reason": "x.reason"}
        | {"requested_by": "x.requested_by", "amount,currency": "x.currency"},
        {"amount,amount": "x.amount_minor"},
    ),
    Noun(
        "resolutions",
        {"id": "x.id", "incoming_transfer_id": "x.incoming_id", "way": "x.way", "reason": "x.reason"}
        | {"wallet_id": "x.wallet_id", "top_up_id": "x.top_up_id", "requested_by": "x.requested_by"},
    ),
    Noun(
        "ledger.transfers",
        {"operation_id": "x.id", "details": "x.reference", "amount,currency": "x.currency"},
        {"amount,amount": "x.amount_minor"},
        rules=("x.refusal IS NULL",),
        type="bigint",
    ),
    Noun("webhook_endpoints", {"id": "x.id", "webhook_endpoint_id": "x.id"}, moments={"created_at": "x.created_at"}),
    Noun(
        "webhook_deliveries",
        {"id": "x.id", "webhook_endpoint_id": "x.endpoint_id", "event_id": "x.event_id"},
    ),
    Noun("bank_clients", {"id": "x.id"}, moments={"created_at": "x.created_at"}),
    # Settings change after the answer, which therefore names only the place where they are kept.
    Noun("marketplaces", {"marketplace_id": "x.id"}),
    Noun("platform_settings", {}, type="boolean"),
    Noun("deal_titles", {"state": "x.state"}, key="state", type="text"),
    Noun("statuses", {"status": "x.code"}, key="code", type="text"),
)
