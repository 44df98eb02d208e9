"""An example of each request's body, shown in the documentation.

The tests send every one of them, with ids and what else belongs to a real row put in, and it succeeds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_BUYER: Final = "01994c2e-52b0-7a3f-9d57-3b6f0e8c1a01"
_SELLER: Final = "01994c2e-52b0-7a3f-9d57-3b6f0e8c1a02"
_OFFER: Final = "01994c2e-52b0-7a3f-9d57-3b6f0e8c1a03"
_ACCOUNT: Final = "01994c2e-52b0-7a3f-9d57-3b6f0e8c1a04"
_WALLET: Final = "01994c2e-52b0-7a3f-9d57-3b6f0e8c1a05"
_OTHER_WALLET: Final = "01994c2e-52b0-7a3f-9d57-3b6f0e8c1a06"
_MARKETPLACE: Final = "01994c2e-52b0-7a3f-9d57-3b6f0e8c1a07"


def _rub(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "RUB"}


_OF_BUYER: Final = {"user_id": _BUYER}
_OF_SELLER: Final = {"user_id": _SELLER}
_APPROVED: Final = {"approve": True}
_CODE: Final = {"code": "ABCD-EFGH"}

EXAMPLES: Final[Mapping[str, Mapping[str, Any]]] = {
    # Who trades, and what.
    "create_user": {"name": "Anna Petrova", "email": "anna@shop.example", "language": "en", "reference": "customer-42"},
    "update_user": {"name": "Anna Ivanova", "email": "anna@shop.example", "language": "ru"},
    "put_user": {"name": "Anna Petrova", "email": "anna@shop.example", "language": "en"},
    "add_account": {"number": "0010a1b2c3d4e", "currency": "RUB", "payout": True},
    "confirm_account": _CODE,
    "create_offer": {
        "seller_id": _SELLER,
        "title": "A mountain bike",
        "description": "Two years old, new brakes",
        "price": _rub("42000.00"),
        "pay_within_s": 86_400,
    },
    "moderate_offer": {"approve": True, "commission_percent": "5.00"},
    "set_on_sale": {"on_sale": False},
    # A deal, paid with a code.
    "create_deal": {"offer_id": _OFFER, "buyer_id": _BUYER},
    "create_payment": {"account_id": _ACCOUNT, "amount": _rub("115.60")},
    "submit_code": _CODE,
    "set_payout_account": {"account_id": _ACCOUNT},
    "set_refund_account": {"account_id": _ACCOUNT},
    "create_checkout_link": {"return_url": "https://shop.example/orders/42"},
    "advance_clock": {"seconds": 86_400},
    "advance_withdrawal_clock": {"seconds": 864_000},
    "advance_webhook_clock": {"seconds": 86_400},
    "advance_account_clock": {"seconds": 259_200},
    "accept_deal": _OF_BUYER,
    "cancel_deal": {"user_id": _BUYER, "reason": "Bought elsewhere"},
    "retract_cancellation": _OF_BUYER,
    "extend_deadline": {"user_id": _BUYER, "pay_by": "2027-01-31T12:00:00Z"},
    "retract_extension": _OF_BUYER,
    "create_refund": {"amount": _rub("100.00"), "cause": "seller", "reason": "A scratch", "user_id": _SELLER},
    # Services and contracts.
    "propose_deal": {
        "buyer_id": _BUYER,
        "seller_id": _SELLER,
        "title": "A logo",
        "description": "In two colours, three drafts",
        "price": _rub("9000.00"),
    },
    "confirm_deal": _OF_SELLER,
    "deny_deal": _OF_SELLER,
    "retract_deal": _OF_BUYER,
    "propose_contract": {
        "buyer_id": _BUYER,
        "seller_id": _SELLER,
        "title": "A kitchen",
        "description": "By the drawing of 3 May",
        "currency": "RUB",
        "milestones": [
            {"title": "Delivered", "amount": "60000.00"},
            {"title": "Installed", "amount": "25000.00"},
        ],
    },
    "confirm_contract": _OF_SELLER,
    "deny_contract": _OF_SELLER,
    "retract_contract": _OF_BUYER,
    "cancel_contract": {"user_id": _BUYER, "reason": "We are moving house"},
    # Disputes and messages.
    "open_dispute": {"user_id": _BUYER, "reason": "The brakes do not work"},
    "retract_dispute": _OF_BUYER,
    "add_statement": {"user_id": _BUYER, "text": "See the photo", "link": "https://shop.example/photos/42.jpg"},
    "offer_settlement": {"user_id": _BUYER, "back": _rub("100.00")},
    "withdraw_settlement_offer": _OF_SELLER,
    "accept_settlement_offer": _OF_BUYER,
    "decide_dispute": {"ruling": "split", "amount": _rub("100.00"), "reason": "The brakes can be repaired"},
    "send_message": {"user_id": _BUYER, "text": "Is it still there?"},
    # Wallets.
    "open_wallet": {"currency": "RUB"},
    "report_deposit": {"wallet_id": _WALLET, "amount": _rub("5000.00"), "details": "Card payment 42"},
    "create_top_up": {"wallet_id": _WALLET, "gateway": "usdt_tron", "amount": {"amount": "50.00", "currency": "USDT"}},
    "transfer_money": {
        "from_wallet_id": _WALLET,
        "to_wallet_id": _OTHER_WALLET,
        "amount": _rub("115.60"),
        "details": "For lunch",
    },
    "create_hold": {
        "from_wallet_id": _WALLET,
        "to_wallet_id": _OTHER_WALLET,
        "amount": _rub("115.60"),
        "details": "A deposit for the key",
        "expires_in_s": 86_400,
    },
    "create_payment_request": {
        "to_wallet_id": _OTHER_WALLET,
        "from_wallet_id": _WALLET,
        "amount": _rub("115.60"),
        "details": "Half of the rent",
    },
    "create_withdrawal": {"account_id": _ACCOUNT, "amount": _rub("115.60")},
    "confirm_withdrawal": _CODE,
    # Staff.
    "decide_withdrawal": _APPROVED,
    "decide_override": _APPROVED,
    "request_correction": {
        "wallet_id": _WALLET,
        "direction": "out",
        "amount": _rub("115.60"),
        "reason": "The deposit of 3 May was reported twice",
    },
    "decide_correction": _APPROVED,
    "decide_resolution": _APPROVED,
    "assign_incoming_transfer": {"wallet_id": _WALLET, "reason": "The sender called"},
    "return_incoming_transfer": {"reason": "Sent by mistake"},
    "dismiss_incoming_transfer": {"reason": "Its block was replaced"},
    "fail_top_up": {"reason": "A wrong address was shown"},
    "put_status": {
        "en": "Packed",
        "ru": "Упаковано",
        "states": ["funded"],
        "set_by": ["seller"],
    },
    "set_deal_title": {"en": "Paid", "ru": "Оплачена"},
    "set_default_commission": {"percent": "5.00"},
    "set_sign_up": {"marketplace_id": _MARKETPLACE},
    "set_return_origins": {"origins": ["https://shop.example"]},
    # People who log in.
    "sign_up": {"name": "Nina", "email": "nina@shop.example", "language": "en"},
    "request_password_link": {"email": "nina@shop.example", "language": "en"},
    # Client programs of banks.
    "create_bank_client": {"name": "Northern banks", "url": "https://banks.example", "api_key": "hf_bank_3f9c"},
    "update_bank_client": {"name": "Northern and arctic banks", "url": "https://banks.example", "timeout_ms": 3000},
    "set_bank_client_state": {"state": "disabled"},
}
