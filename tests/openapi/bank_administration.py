"""Real requests of administrators and of callers who may see an account."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from edge.wire import utc
from tests.fixtures.bank import RunningBank
from tests.fixtures.viewer import Viewer
from tests.openapi.bank_recipes import ON_THE_WIRE, WEBHOOK, recipe, viewer_recipe
from tests.openapi.exploring import Real


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


@recipe("POST /test-accounts")
async def open_test_accounts(bank: RunningBank) -> Real:
    return Real(body={"email": "test-accounts@example.test"})


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


@recipe("GET /clients/{client_id}")
async def read_client(bank: RunningBank) -> Real:
    client = await bank.post("/clients", {"name": "Owner", "email": "owner@example.test"})
    return Real(path={"client_id": client["id"]})


@recipe("PUT /clients/{client_id}/contact")
async def move_client(bank: RunningBank) -> Real:
    client = await bank.post("/clients", {"name": "Owner", "email": "owner@example.test"})
    return Real(path={"client_id": client["id"]}, body={"email": "moved@example.test"})


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


@recipe("PUT /webhook-endpoint")
async def register_endpoint(bank: RunningBank) -> Real:
    return Real(body={"url": WEBHOOK})


@recipe("GET /webhook-endpoint")
async def read_endpoint(bank: RunningBank) -> Real:
    (await bank.shop.put("/webhook-endpoint", json={"url": WEBHOOK})).raise_for_status()
    return Real()


@recipe("PUT /checkpoints/{books}")
async def note_checkpoint(bank: RunningBank) -> Real:
    return Real(path={"books": str(uuid4())}, body={"sequence": 7, "nonce": str(uuid4())})


@recipe("POST /seeds")
async def plant_seed(bank: RunningBank) -> Real:
    return Real(body={"banks": 1, "clients": 2, "accounts_per_client": 2, "seed": 5})
