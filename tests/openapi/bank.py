"""A real request for every operation of the bank, and what must not be sent to it at random."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final

from schemathesis import Case

from bank.service.acts.api_keys import SCOPES
from domain.money import Money
from edge.wire import utc
from tests.fixtures.bank import RunningBank
from tests.fixtures.viewer import Viewer, viewer
from tests.openapi.exploring import Real, Recipe, Rules

WHERE: Final = "tests/openapi/bank.py"
AMOUNT: Final = Money(1_000, "RUB")
ON_THE_WIRE: Final = {"amount": AMOUNT.amount, "currency": AMOUNT.currency}
CALLBACK: Final = "http://127.0.0.1:9/callbacks"  # nobody listens there, and nothing is told
IN_USE: Final = frozenset("123")  # the banks whose people pay; the keys of fixture and explorer
MAX_PLANTED: Final = 200  # accounts of one generated seed

RECIPES: Final[dict[str, Recipe[Viewer]]] = {}


def recipe(label: str) -> Callable[[Recipe[RunningBank]], Recipe[RunningBank]]:
    """Registers the recipe of `METHOD /path`, the path without its base."""

    def register(made: Recipe[RunningBank]) -> Recipe[RunningBank]:
        viewer_recipe(label)(lambda viewer: made(viewer.bank))
        return made

    return register


def viewer_recipe(label: str) -> Callable[[Recipe[Viewer]], Recipe[Viewer]]:
    """As `recipe`, for what needs the marketplace that explores: an owner's token is for it alone."""
    method, path = label.split()

    def register(made: Recipe[Viewer]) -> Recipe[Viewer]:
        RECIPES[f"{method} /api/v1{path}"] = made
        return made

    return register


@asynccontextmanager
async def explorer(bank: RunningBank) -> AsyncIterator[Viewer]:
    """The shop with every right."""
    async with viewer(bank, "shop", *SCOPES) as exploring:
        yield exploring


@recipe("POST /funds-checks")
async def check_funds(bank: RunningBank) -> Real:
    return Real(body={"account": bank.parties[0].number, **ON_THE_WIRE})


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


@recipe("POST /banks")
async def open_bank(bank: RunningBank) -> Real:
    return Real(body={"name": "Real Bank", "requisite": "044525999", "currency": "RUB"})


@recipe("GET /banks/{bank_id}")
async def read_bank(bank: RunningBank) -> Real:
    return Real(path={"bank_id": bank.parties[0].bank_id})


@recipe("PUT /banks/{bank_id}/behaviour")
async def set_behaviour(bank: RunningBank) -> Real:
    spare = await bank.post("/banks", {"name": "Spare Bank", "requisite": "044525998", "currency": "RUB"})
    rule = {"do": "refuse", "code": "not_held", "steps": ["capture"], "times": 1, "probability": 0.5}
    body = {"slow_s": 0.5, "lose_replies": 1, "steps": ["open"], "seed": 1, "rules": [rule]}
    return Real(path={"bank_id": spare["id"]}, body=body)


@recipe("GET /banks/{bank_id}/behaviour")
async def read_behaviour(bank: RunningBank) -> Real:
    return Real(path={"bank_id": bank.parties[0].bank_id})


@recipe("GET /fees/quote")
async def quote(bank: RunningBank) -> Real:
    return Real(query={"payer_bank": 1, "payee_bank": 2, **ON_THE_WIRE})


@recipe("PUT /fees/{payer_bank}/{payee_bank}")
async def set_fee(bank: RunningBank) -> Real:
    terms = {"percent": "1.50", "minimum": "10.00", "currency": "RUB"}
    return Real(path={"payer_bank": 1, "payee_bank": 2}, body=terms)


@recipe("POST /clients")
async def create_client(bank: RunningBank) -> Real:
    return Real(body={"name": "Real Client", "email": "real@example.test"})


@recipe("POST /accounts")
async def open_account(bank: RunningBank) -> Real:
    client = await bank.post("/clients", {"name": "Owner", "email": "owner@example.test"})
    return Real(body={"bank_id": 1, "client_id": client["id"], "currency": "RUB"})


@recipe("GET /accounts/{number}")
async def read_account(bank: RunningBank) -> Real:
    return Real(path={"number": bank.parties[0].number})


@recipe("GET /accounts/{number}/statement")
async def read_statement(bank: RunningBank) -> Real:
    return Real(path={"number": bank.parties[0].number})


@recipe("POST /accounts/{number}/deposits")
async def deposit(bank: RunningBank) -> Real:
    return Real(path={"number": bank.parties[0].number}, body=ON_THE_WIRE)


@recipe("POST /accounts/{number}/closure")
async def close_account(bank: RunningBank) -> Real:
    return Real(path={"number": (await bank.new_client(1)).number}, body={})


@viewer_recipe("POST /accounts/{number}/access-codes")
async def ask_owner(viewer: Viewer) -> Real:
    return Real(path={"number": viewer.bank.parties[1].number}, body={})


@viewer_recipe("POST /accounts/{number}/access-tokens")
async def exchange_code(viewer: Viewer) -> Real:
    owner = viewer.bank.parties[2]
    body = {"code": await viewer.code(owner), "submitted_at": utc(datetime.now(UTC))}
    return Real(path={"number": owner.number}, body=body)


@viewer_recipe("GET /accounts/{number}/balance")
@viewer_recipe("GET /accounts/{number}/owner-statement")
async def read_as_viewer(viewer: Viewer) -> Real:
    owner = viewer.bank.parties[3]
    return Real(path={"number": owner.number}, headers={"Account-Token": await viewer.token(owner)})


@recipe("POST /api-keys")
async def create_api_key(bank: RunningBank) -> Real:
    return Real(body={"name": "Another Shop", "scopes": ["payments"], "expires_in_days": 30})


@recipe("POST /api-keys/{key_id}/revocation")
async def revoke_api_key(bank: RunningBank) -> Real:
    made = await bank.post("/api-keys", {"name": "Former Shop", "scopes": ["payments"]})
    return Real(path={"key_id": made["id"]}, body={})


@recipe("PUT /callback")
async def register_callback(bank: RunningBank) -> Real:
    return Real(body={"url": CALLBACK})


@recipe("GET /callback")
async def read_callback(bank: RunningBank) -> Real:
    (await bank.shop.put("/callback", json={"url": CALLBACK})).raise_for_status()
    return Real()


@recipe("POST /seeds")
async def plant_seed(bank: RunningBank) -> Real:
    return Real(body={"banks": 1, "clients": 2, "accounts_per_client": 2, "seed": 5})


async def _opened(bank: RunningBank) -> str:
    return (await bank.open(bank.parties[0], bank.parties[-1], AMOUNT)).key


def spares(case: Case) -> bool:
    """No to whatever would take the bank minutes, or make it silent for the requests after it."""
    label = case.operation.label
    body: dict[str, Any] = case.body if isinstance(case.body, dict) else {}
    if label.startswith("PUT ") and "behaviour" in label:
        misbehaves = any(body.get(name) for name in ("slow_s", "lose_replies", "rules"))
        return not misbehaves or str(case.path_parameters.get("bank_id")) not in IN_USE
    if label.endswith("/revocation"):
        return str(case.path_parameters.get("key_id")) not in IN_USE
    if label == "POST /api/v1/seeds":
        sizes = [body.get("banks", 10), body.get("clients", 100), body.get("accounts_per_client", 1)]
        return not all(isinstance(size, int) for size in sizes) or math.prod(sizes) <= MAX_PLANTED
    return True


RULES: Final = Rules(
    decides=frozenset(
        {
            "bad_amount",
            "bad_code",
            "bad_percent",
            "bad_url",
            "idempotency_key_reused",
            "bad_phone",
            "same_account",
            "too_many_accounts",
            "unknown_account",
            "unknown_currency",
        }
    ),
    spares=spares,
)
