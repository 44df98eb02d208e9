"""The bank as the source texts see it: a shop with its key, speaking plain HTTP and JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx

from domain.money import Money
from edge.wire import utc
from tests.fixtures.bank import OPENING_MINOR, Party, RunningBank, read_code

OPENING = Money(OPENING_MINOR, "RUB")
PRICE = Money(200_000, "RUB")  # the 2000 of the text


async def post(bank: RunningBank, path: str, body: dict[str, Any], key: str | None = None) -> httpx.Response:
    return await bank.shop.post(path, json=body, headers={"Idempotency-Key": key or bank.key("shop")})


async def opened(bank: RunningBank, payer: Party, payee: Party, price: Money = PRICE, deal: str = "deal/1") -> Any:
    """An operation of the shop, before any code."""
    fee = await bank.quote(payer, payee, price)
    body = {
        "payer_account": payer.number,
        "payee_account": payee.number,
        "amount": price.amount,
        "currency": price.currency,
        "expected_fee": fee.amount,
        "reference": deal,
    }
    answer = await post(bank, "/operations", body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def code_of(bank: RunningBank, operation: Any, payer: Party) -> str:
    """Asks for a code and reads it from the payer's mail."""
    after = bank.mailbox.last_id
    asked = await post(bank, f"/operations/{operation['key']}/codes", {})
    assert asked.status_code == 201, asked.text
    return read_code((await bank.mailbox.wait_for(to=payer.email, after=after)).text)


def entered(code: str) -> dict[str, str]:
    return {"code": code, "submitted_at": utc(datetime.now(UTC))}


def payment(operation: Any, code: str, **other: Any) -> dict[str, Any]:
    """The body of `/pay`."""
    named = {name: operation[name] for name in ("payer_account", "payee_account", "amount", "currency")}
    return {"operation_key": operation["key"], **named, **entered(code), **other}


async def paid(bank: RunningBank, payer: Party, payee: Party, price: Money = PRICE, deal: str = "deal/1") -> Any:
    """The answer to a payment, code and mail included."""
    operation = await opened(bank, payer, payee, price, deal)
    answer = await post(bank, "/pay", payment(operation, await code_of(bank, operation, payer)))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def balance(bank: RunningBank, party: Party) -> Money:
    """All that is on the account, minus what is held."""
    whole, held = await bank.balance(party.number)
    return Money(int(whole.replace(".", "")) - int(held.replace(".", "")), "RUB")


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]
