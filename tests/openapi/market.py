"""A real request for every operation of the market whose rows have to be in a certain state; people and staff."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import count
from typing import Any, Final
from uuid import UUID

from domain import keys
from domain.bank_clients import BankClientState
from edge.sealing import Sealer
from edge.webhooks import new_secret, signed
from market.bank_clients import secret_context
from store.banks.bank_clients import bank_client_of
from tests.api.test_overrides import forced
from tests.fixtures.market import WEBHOOK_SECRET
from tests.fixtures.people import PASSWORD
from tests.fixtures.statuses import status_body
from tests.openapi import market_chain, market_deals, market_disputes, market_events, market_wallets
from tests.openapi.exploring import FORM, Real, Rules, real_requests
from tests.openapi.market_recipes import RECIPES, recipe
from tests.openapi.market_routes import DOCUMENT
from tests.openapi.market_stand import RETURN_ORIGIN, Stand

__all__ = ["market_chain", "market_deals", "market_disputes", "market_events", "market_wallets"]

_NUMBERS = count(1)
WHERE: Final = "tests/openapi/market.py, market_deals.py or market_wallets.py"


@recipe("POST /oauth/token")
async def log_in(stand: Stand) -> Real:
    client = await stand.people.client()
    return Real(body={"grant_type": "password", "username": client.login, "password": PASSWORD}, media_type=FORM)


@recipe("POST /oauth/revoke")
async def log_out(stand: Stand) -> Real:
    client = await stand.people.client()
    granted = await stand.people.log_in.grant(client.login, PASSWORD, "192.0.2.7")
    return Real(body={"token": granted.refresh_token}, media_type=FORM)


@recipe("POST /sign-ups")
async def sign_up(stand: Stand) -> Real:
    return Real(body={"name": "Nina", "email": "nina-explored@example.test"})


@recipe("POST /password-resets")
async def ask_for_a_link(stand: Stand) -> Real:
    return Real(body={"email": (await stand.people.client()).email})


@recipe("POST /passwords")
async def choose_password(stand: Stand) -> Real:
    client, after = await stand.people.client(), stand.post.mailbox.last_id
    await stand.post.ask("/password-resets", email=client.email)
    await stand.post.deliver()
    return Real(body={"token": await stand.post.link(client.email, after), "password": PASSWORD})


@recipe("POST /users/{user_id}/disabling")
@recipe("POST /users/{user_id}/enabling")
async def about_a_login(stand: Stand) -> Real:
    return Real(path={"user_id": str((await stand.people.client()).owner_id)})


@recipe("GET /offers")
async def list_offers(stand: Stand) -> Real:
    return Real(query={"state": "approved"})


# --- staff


@recipe("POST /overrides")
async def override(stand: Stand) -> Real:
    return Real(body=forced(await _processing(stand)))


@recipe("GET /overrides/{override_id}")
async def read_override(stand: Stand) -> Real:
    made = await stand.shop.api.operator.make("/overrides", forced(await _processing(stand)))
    return Real(path={"override_id": made["id"]})


@recipe("POST /overrides/{override_id}/approval")
async def approve_override(stand: Stand) -> Real:
    made = await stand.shop.api.operator.make("/overrides", forced(await _processing(stand, "2000.00")))
    return Real(path={"override_id": made["id"]}, body={"approve": True})


@recipe("POST /platform-settings/sign-up")
async def open_sign_up(stand: Stand) -> Real:
    return Real(body={"marketplace_id": str(stand.shop.api.marketplace_id)})


@recipe("POST /deal-titles/{state}")
async def name_state(stand: Stand) -> Real:
    return Real(path={"state": "funded"}, body={"en": "Paid", "ru": "Оплачена"})


@recipe("PUT /statuses/{status}")
async def put_status(stand: Stand) -> Real:
    return Real(path={"status": "explored"}, body=status_body())


@recipe("POST /marketplaces/{marketplace_id}/return-origins")
async def allow_returns(stand: Stand) -> Real:
    path = {"marketplace_id": str(stand.shop.api.marketplace_id)}
    return Real(path=path, body={"origins": [RETURN_ORIGIN]})


@recipe("POST /bank-webhooks")
async def call_back(stand: Stand) -> Real:
    data = {"key": keys.debit_key(await _processing_id(stand), 1), "operation": "op-001-00", "status": "done"}
    body = {"type": "answer.ready", "timestamp": "2026-01-31T09:05:00Z", "data": data}
    return Real(body=body, headers=signed(WEBHOOK_SECRET, "msg_1", datetime.now(UTC), json.dumps(body)))


@recipe("POST /bank-clients")
async def register_bank_client(stand: Stand) -> Real:
    return Real(body=_bank_client())


@recipe("GET /bank-clients/{client_id}")
@recipe("GET /bank-clients/{client_id}/connection")
async def read_bank_client(stand: Stand) -> Real:
    return Real(path={"client_id": (await _registered(stand))["id"]})


@recipe("PUT /bank-clients/{client_id}")
async def change_bank_client(stand: Stand) -> Real:
    return Real(path={"client_id": (await _registered(stand))["id"]}, body=_bank_client())


@recipe("POST /bank-clients/{client_id}/state")
async def move_bank_client(stand: Stand) -> Real:
    return Real(path={"client_id": (await _registered(stand))["id"]}, body={"state": "disabled"})


@recipe("POST /bank-webhooks/{client_id}")
async def call_back_from_client(stand: Stand) -> Real:
    client, secret = await _registered(stand), new_secret()
    async with stand.shop.api.database.transaction() as session:
        row = await bank_client_of(session, UUID(client["id"]), lock=True)
        sealer = Sealer(stand.shop.api.settings.sealing_key_bytes)
        row.sealed_secret, row.state = sealer.seal(secret, secret_context(row.id)), BankClientState.ENABLED
    data = {"key": "some/key", "operation": None, "status": "done"}
    body = {"type": "answer.ready", "timestamp": "2026-01-31T09:05:00Z", "data": data}
    headers = signed(secret, "msg_1", datetime.now(UTC), json.dumps(body))
    return Real(path={"client_id": client["id"]}, body=body, headers=headers)


def _bank_client() -> dict[str, Any]:
    return {"name": f"Explored {next(_NUMBERS)}", "url": "https://banks.example", "api_key": "hf_bank_3f9c"}


async def _registered(stand: Stand) -> Any:
    """One that is not called; few, because there are not many of them."""
    staff = stand.shop.api.caller(stand.staff_key)
    found = [one for one in (await staff.read("/bank-clients"))["items"] if one["state"] == "disabled"]
    made = found[0] if len(found) > 3 else await staff.make("/bank-clients", _bank_client())
    await staff.aclose()
    return made


async def _processing(stand: Stand, price: str = "500.00") -> Any:
    payment = await stand.shop.payment(await stand.shop.deal(price))
    await stand.shop.api.client.submit(payment["id"], "ABCDEFGH")
    return payment


async def _processing_id(stand: Stand) -> str:
    return str((await _processing(stand))["id"])


async def real_requests_of(stand: Stand) -> dict[str, Real]:
    """A request for every operation of the market that succeeds."""
    return await real_requests(DOCUMENT, RECIPES, stand, WHERE, otherwise=Stand.sampled)


RULES: Final = Rules(
    unlisted=frozenset({"path.state", "query.state"}),
    decides=frozenset(
        {
            "bad_account_number",
            "bad_amount",
            "bad_code",
            "bad_return_url",
            # What OAuth refuses by a 400.
            "invalid_grant",
            "invalid_request",
            "unsupported_grant_type",
            # Fields that are each right and do not go together.
            "GET /api/v1/deals/{deal_id}/quote invalid_field",
            "POST /api/v1/deals/{deal_id}/payments invalid_field",
            "POST /api/v1/deals/{deal_id}/refunds invalid_field",
            "POST /api/v1/deals/{deal_id}/status invalid_field",
            "POST /api/v1/disputes/{dispute_id}/decision invalid_field",
            "POST /api/v1/overrides invalid_field",
            "POST /api/v1/webhook-endpoints/{endpoint_id}/redeliveries invalid_field",
            "bad_percent",
            "bad_url",
            "idempotency_key_reused",
            "missing_field",
            "return_url_not_allowed",
            "terms_conflict",
            "unknown_currency",
            "unknown_gateway",
            "unknown_event_type",
            "weak_password",
        }
    ),
)
