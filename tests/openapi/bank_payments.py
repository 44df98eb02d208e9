"""Real requests of a marketplace: operations, codes, payments, refunds."""

from __future__ import annotations

from datetime import UTC, datetime

from bank.client import payout
from bank.ownership import ask_owner
from domain.money import Money
from edge.wire import utc
from tests.fixtures.bank import RunningBank, done, read_code
from tests.openapi.bank_recipes import AMOUNT, ON_THE_WIRE, recipe
from tests.openapi.exploring import Real


@recipe("POST /funds-checks")
async def check_funds(bank: RunningBank) -> Real:
    operation = await _opened(bank)
    return Real(body={"account": bank.parties[0].number, **ON_THE_WIRE, "operation": operation})


@recipe("GET /known-accounts/{number}")
async def read_known_account(bank: RunningBank) -> Real:
    return Real(path={"number": bank.parties[0].number})


@recipe("POST /accounts/{number}/ownership-codes")
async def ask_whose_account_it_is(bank: RunningBank) -> Real:
    return Real(path={"number": bank.parties[0].number}, body={"reference": "account/real"})


@recipe("POST /accounts/{number}/ownership")
async def confirm_whose_account_it_is(bank: RunningBank) -> Real:
    owner, after = bank.parties[0], bank.mailbox.last_id
    done(await bank.client.send(ask_owner(bank.key("ask"), owner.number, "account/owned")))
    code = read_code((await bank.mailbox.wait_for(to=owner.email, after=after)).text)
    body = {"reference": "account/owned", "code": code, "submitted_at": utc(datetime.now(UTC))}
    return Real(path={"number": owner.number}, body=body)


@recipe("POST /operations")
async def open_operation(bank: RunningBank) -> Real:
    payer, payee = bank.parties[0], bank.parties[-1]
    fee = await bank.quote(payer, payee, AMOUNT)
    accounts = {"payer_account": payer.number, "payee_account": payee.number}
    return Real(body={**accounts, **ON_THE_WIRE, "expected_fee": fee.amount, "reference": "deal/real"})


@recipe("GET /operations")
async def list_operations(bank: RunningBank) -> Real:
    await bank.open(bank.parties[0], bank.parties[-1], AMOUNT, reference="deal/real")
    return Real(query={"reference": "deal/real"})


@recipe("GET /operations/{operation_key}")
async def read_operation(bank: RunningBank) -> Real:
    return Real(path={"operation_key": await _opened(bank)})


@recipe("POST /operations/{operation_key}/codes")
async def request_code(bank: RunningBank) -> Real:
    return Real(path={"operation_key": await _opened(bank)}, body={})


@recipe("POST /operations/{operation_key}/debit")
async def debit(bank: RunningBank) -> Real:
    operation = await bank.open(bank.parties[0], bank.parties[-1], AMOUNT)
    body = {"code": await bank.code(operation), "submitted_at": utc(datetime.now(UTC))}
    return Real(path={"operation_key": operation.key}, body=body)


@recipe("POST /operations/{operation_key}/confirmation")
async def confirm(bank: RunningBank) -> Real:
    operation = await bank.open(bank.parties[0], bank.parties[-1], AMOUNT)
    body = {"code": await bank.code(operation), "submitted_at": utc(datetime.now(UTC))}
    return Real(path={"operation_key": operation.key}, body=body)


@recipe("POST /pay")
async def pay(bank: RunningBank) -> Real:
    operation = await bank.open(bank.parties[0], bank.parties[-1], AMOUNT)
    names = {"operation_key": operation.key, "payer_account": operation.payer_account}
    code = {"code": await bank.code(operation), "submitted_at": utc(datetime.now(UTC))}
    return Real(body={**names, "payee_account": operation.payee_account, **code, **ON_THE_WIRE})


@recipe("POST /refunds")
async def refund(bank: RunningBank) -> Real:
    taken = await bank.captured(bank.parties[0], bank.parties[-1], AMOUNT)
    return Real(body={"operation_keys": [taken.key], "fee": "returned"})


@recipe("POST /payouts")
async def pay_out(bank: RunningBank) -> Real:
    await _paid_out(bank)
    body = {"payee_account": bank.parties[-1].number, "expected_fee": "0.00", "reference": "withdrawal/real"}
    return Real(body={**body, **ON_THE_WIRE})


@recipe("GET /payouts")
async def list_payouts(bank: RunningBank) -> Real:
    await _paid_out(bank)
    return Real()


@recipe("GET /payouts/{operation_key}")
async def read_payout(bank: RunningBank) -> Real:
    return Real(path={"operation_key": await _paid_out(bank)})


@recipe("POST /payouts/{operation_key}/return")
async def return_payout(bank: RunningBank) -> Real:
    return Real(path={"operation_key": await _paid_out(bank)}, body={})


@recipe("POST /accounts/{number}/remittances")
async def remit(bank: RunningBank) -> Real:
    return Real(path={"number": bank.parties[0].number}, body=await _order(bank))


@recipe("GET /remittances")
async def list_incoming(bank: RunningBank) -> Real:
    order = await _order(bank)
    await bank.post(f"/accounts/{bank.parties[0].number}/remittances", order)
    return Real(query={"account": order["payee_account"], "after": 0, "limit": 10})


@recipe("POST /remittances/{operation_key}/return")
async def send_back(bank: RunningBank) -> Real:
    sent = await bank.post(f"/accounts/{bank.parties[0].number}/remittances", await _order(bank))
    return Real(path={"operation_key": sent["key"]}, body={})


async def _order(bank: RunningBank) -> dict[str, str]:
    return {"payee_account": await bank.fund(1, AMOUNT), **ON_THE_WIRE, "details": "HF-REAL"}


async def _paid_out(bank: RunningBank) -> str:
    payee = bank.parties[-1]
    await bank.fund(payee.bank_id, AMOUNT + AMOUNT)
    call = payout(bank.key(), payee.number, AMOUNT, Money(0, AMOUNT.currency), "withdrawal/real")
    return done(await bank.client.send(call)).key


@recipe("POST /operations/{operation_key}/capture")
async def capture(bank: RunningBank) -> Real:
    held = await bank.held(bank.parties[0], bank.parties[-1], AMOUNT)
    return Real(path={"operation_key": held.key}, body={})


@recipe("POST /operations/{operation_key}/void")
async def void(bank: RunningBank) -> Real:
    held = await bank.held(bank.parties[0], bank.parties[-1], AMOUNT)
    return Real(path={"operation_key": held.key}, body={})


@recipe("POST /credits")
async def credit(bank: RunningBank) -> Real:
    payee = bank.parties[-1]
    taken = await bank.captured(bank.parties[0], payee, AMOUNT)
    names = {"payee_account": payee.number, "source": taken.key, "reference": "deal/real"}
    return Real(body={**names, **ON_THE_WIRE})


@recipe("GET /answers")
async def read_answer(bank: RunningBank) -> Real:
    # Sent before this one, in the order of the document.
    return Real(query={"key": "real/POST/api/v1/operations"})


@recipe("GET /requests")
async def read_requests(bank: RunningBank) -> Real:
    return Real(query={"key": "real/POST/api/v1/operations"})


async def _opened(bank: RunningBank) -> str:
    return (await bank.open(bank.parties[0], bank.parties[-1], AMOUNT)).key
