"""Bank clients over REST: registered, tested, enabled, drained and disabled, beside a second real bank program."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final, cast
from uuid import UUID

import httpx
import pytest
import pytest_asyncio

from bank.client import BankClient, Unknown
from bank.guard import DISABLED
from bank.service.acts.webhooks import endpoint_of
from devstack.mailbox import Mailbox
from devstack.second_bank import NAME, register_client
from domain import keys
from edge.outward import Outward
from edge.sealing import Sealer
from edge.webhooks import new_secret, signed
from market.bank_clients import copy, directory_of, enable
from market.banks import BankClients
from store.banks.bank_clients import note_answer
from store.people.api_keys import issue_key
from store.people.operators import create_operator
from tests.api.test_bank_webhooks import webhook_body
from tests.fixtures.bank import PEPPER, RunningBank
from tests.fixtures.banked import Banked, banked, both_programs
from tests.fixtures.databases import Databases
from tests.fixtures.market import WEBHOOK_SECRET, Api
from tests.fixtures.market_client import Json, MarketClient
from tests.fixtures.patience import until
from tests.fixtures.second_bank import SECOND, second_bank
from tests.fixtures.shop import Shop, open_shop

if TYPE_CHECKING:
    from devstack.site import Site

__all__ = ["banked", "both_programs"]

_NUMBERS = count(1)
_SECRET: Final = new_secret()
_WAITING: Final = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
_INSIDE: Final = Outward(["127.0.0.1:*"])


@dataclass
class Stand:
    """`shop` pays at the banks of the first program; `second` is another one, and `admin` registers it."""

    shop: Shop
    second: RunningBank
    admin: MarketClient

    @property
    def api(self) -> Api:
        return self.shop.api

    async def register(self, bank: RunningBank | None = None, **changes: Any) -> Json:
        bank = bank or self.second
        said = {"name": f"Client {next(_NUMBERS)}", "url": bank.url, "api_key": bank.payments_key}
        return await self.admin.make("/bank-clients", said | changes)

    async def move(self, client: Json, state: str) -> httpx.Response:
        return await self.admin.post(f"/bank-clients/{client['id']}/state", {"state": state})

    async def enabled(self) -> Json:
        """The client of the second program, open for payments; the same for all tests of this module."""
        for client in (await self.admin.read("/bank-clients"))["items"]:
            if client["name"] == NAME:
                break
        else:
            client = await self.register(name=NAME, webhook_secret=_SECRET)
        if client["state"] != "enabled":
            assert (await self.move(client, "enabled")).status_code == 200
        return client

    async def payments_enabled(self) -> set[int]:
        return {bank["id"] for bank in (await self.api.client.read("/banks"))["items"] if bank["payments_enabled"]}

    async def account(self, user: Json, bank_id: int, *, payout: bool = False) -> Json:
        return await self.api.account(user["id"], f"{bank_id:03}{next(_NUMBERS):010x}", payout=payout)

    async def deal(self) -> Json:
        """Of 100.00, whose seller is paid at a bank of the second program."""
        number = next(_NUMBERS)
        seller = await self.api.client.user("Sven", f"sven-{number}@example.test")
        await self.account(seller, SECOND, payout=True)
        offer = await self.api.client.offer(seller["id"], "100.00")
        await self.api.operator.moderate(offer["id"], commission_percent=None)
        return await self.api.client.buy(offer["id"], self.shop.buyer["id"])

    async def webhook(self, path: str, payment: Json, secret: str) -> httpx.Response:
        body = webhook_body(keys.debit_key(payment["id"], 1))
        headers = signed(secret, "msg_1", datetime.now(UTC), body) | {"Content-Type": "application/json"}
        async with httpx.AsyncClient(trust_env=False) as program:
            return await program.post(f"{self.api.address}/api/v1{path}", content=body, headers=headers)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def second(databases: Databases, mailbox: Mailbox) -> AsyncIterator[RunningBank]:
    async with second_bank(databases, mailbox) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def stand(banked: Banked, second: RunningBank) -> AsyncIterator[Stand]:
    api = banked.api
    async with api.database.transaction() as session:
        ada = await create_operator(session, "Ada", administrator=True)
        admin = api.caller(await issue_key(session, api.settings.pepper_bytes, operator_id=ada.id))
    yield Stand(await open_shop(api), second, admin)
    await admin.aclose()


def said(reply: httpx.Response) -> tuple[int, str]:
    return reply.status_code, reply.json()["code"]


async def test_its_key_and_secret_are_sealed_and_never_shown(stand: Stand) -> None:
    made = await stand.register(webhook_secret=_SECRET)
    listed = await stand.admin.read("/bank-clients")
    assert (made["state"], made["has_webhook_secret"]) == ("disabled", True)
    assert made["webhooks_at"].endswith(f"/api/v1/bank-webhooks/{made['id']}")
    stored = await stand.api.rows("SELECT b::text FROM bank_clients b WHERE id = :id", id=made["id"])
    answers = await stand.api.rows("SELECT body::text FROM idempotency_answers WHERE noun = 'bank_clients'")
    for secret in (stand.second.payments_key, _SECRET):
        assert secret not in json.dumps([made, listed]) + str(stored) + str(answers)
    for other in (stand.api.client, stand.api.operator):
        assert (await other.get("/bank-clients")).status_code == 403


@pytest.mark.parametrize("url", ["http://banks.example", "https://10.0.0.7", "https://[::ffff:127.0.0.1]:1"])
async def test_an_address_inside_is_refused_unless_a_setting_names_it(stand: Stand, url: str) -> None:
    body = {"name": f"Client {next(_NUMBERS)}", "url": url, "api_key": "k"}
    assert said(await stand.admin.post("/bank-clients", body)) == (422, "bad_url")


async def test_a_change_keeps_the_key_and_a_name_is_taken_once(stand: Stand) -> None:
    made, other = await stand.register(), await stand.register()
    changed = {"name": made["name"], "url": stand.second.url, "timeout_ms": 900, "max_calls": 3}
    path = f"/bank-clients/{made['id']}"
    assert (await stand.admin.put(path, changed)).json()["timeout_ms"] == 900
    assert (await stand.admin.read(f"{path}/connection"))["answered"] is True, "with the key as before"
    assert said(await stand.admin.put(path, changed | {"name": other["name"]})) == (409, "bank_client_exists")


async def test_another_program_at_a_new_address_is_refused_since_it_would_pay_again(
    stand: Stand, banked: Banked
) -> None:
    client = await stand.enabled()
    path, said_of = f"/bank-clients/{client['id']}", {"name": client["name"], "timeout_ms": 900, "max_calls": 3}
    elsewhere = said_of | {"url": banked.bank.url, "api_key": banked.bank.payments_key}
    assert said(await stand.admin.put(path, elsewhere)) == (409, "bank_client_differs")
    nowhere = said_of | {"url": "http://127.0.0.1:9"}
    assert said(await stand.admin.put(path, nowhere)) == (409, "bank_client_silent")
    same = said_of | {"url": f"{stand.second.url}/"}
    assert (await stand.admin.put(path, same)).status_code == 200, "the same program, by another address"
    assert (await stand.admin.put(path, said_of | {"url": stand.second.url})).status_code == 200


async def test_enabled_its_banks_are_those_of_the_market_and_a_payment_there_begins(stand: Stand) -> None:
    client = await stand.enabled()
    banks = {bank["id"] for bank in await stand.api.client.banks()}
    assert banks == {1, 2, 3, SECOND, SECOND + 1, SECOND + 2}
    served = await stand.api.rows("SELECT id FROM banks WHERE client_id = :id ORDER BY id", id=client["id"])
    assert [id_ for (id_,) in served] == [SECOND, SECOND + 1, SECOND + 2]
    fees = await stand.api.rows("SELECT 1 FROM fees WHERE payer_bank >= :first", first=SECOND)
    assert len(fees) == 6
    deal = await stand.deal()
    account = await stand.account(stand.shop.buyer, SECOND + 1)
    assert (await stand.api.client.pay(deal["id"], account["id"]))["state"] == "opening"


async def test_banks_of_two_clients_are_not_connected(stand: Stand) -> None:
    await stand.enabled()
    deal, account = await stand.shop.deal(), await stand.account(stand.shop.buyer, SECOND)
    reply = await stand.api.client.post(f"/deals/{deal['id']}/payments", {"account_id": account["id"]})
    assert said(reply) == (409, "banks_not_connected")
    quoted = await stand.api.client.get(f"/deals/{deal['id']}/quote", account_id=account["id"])
    assert said(quoted) == (409, "banks_not_connected")


async def test_a_bank_of_another_client_is_claimed_and_its_client_not_enabled(stand: Stand, banked: Banked) -> None:
    client = await stand.register(banked.bank)
    found = await stand.admin.read(f"/bank-clients/{client['id']}/connection")
    assert [(bank["id"], bank["claimed"]) for bank in found["banks"]] == [(1, True), (2, True), (3, True)]
    assert said(await stand.move(client, "enabled")) == (409, "bank_claimed")
    assert await stand.api.rows("SELECT 1 FROM banks WHERE client_id = :id", id=client["id"]) == []


async def test_a_program_that_does_not_answer_is_not_enabled(stand: Stand) -> None:
    client = await stand.register(url="http://127.0.0.1:9")
    found = await stand.admin.read(f"/bank-clients/{client['id']}/connection")
    assert (found["answered"], found["banks"]) == (False, [])
    assert said(await stand.move(client, "enabled")) == (409, "bank_client_silent")


async def test_drained_nothing_begins_and_it_is_disabled_only_when_all_is_at_its_end(stand: Stand) -> None:
    client, buyer = await stand.enabled(), stand.shop.buyer
    deal = await stand.deal()
    account = await stand.account(buyer, SECOND)
    await stand.api.client.pay(deal["id"], account["id"], "50.00")
    assert said(await stand.move(client, "disabled")) == (409, "bank_client_state")
    assert (await stand.move(client, "draining")).json()["state"] == "draining"
    assert SECOND not in await stand.payments_enabled()
    more = await stand.api.client.post(f"/deals/{deal['id']}/payments", {"account_id": account["id"]})
    assert said(more) == (409, "bank_not_served")
    wallet = (await stand.api.client.make(f"/users/{buyer['id']}/wallets", {"currency": "RUB"}))["wallet_id"]
    withdrawn = {"account_id": account["id"], "amount": {"amount": "1.00", "currency": "RUB"}}
    reply = await stand.api.client.post(f"/wallets/{wallet}/withdrawals", withdrawn)
    assert said(reply) == (409, "bank_not_served")
    assert said(await stand.move(client, "disabled")) == (409, "bank_client_in_use")
    assert (await stand.move(client, "enabled")).json()["state"] == "enabled"
    assert {1, SECOND} <= await stand.payments_enabled()
    assert (await stand.api.client.pay(deal["id"], account["id"]))["state"] == "opening"


async def test_a_webhook_counts_by_the_secret_of_its_client_and_for_its_own_payments_alone(stand: Stand) -> None:
    client, shop = await stand.enabled(), stand.shop
    path = f"/bank-webhooks/{client['id']}"
    theirs = await shop.payment(await shop.deal())
    assert (await stand.webhook(path, theirs, _SECRET)).json() == {"status": "not_ours"}
    assert said(await stand.webhook(path, theirs, WEBHOOK_SECRET)) == (401, "bad_signature")
    assert said(await stand.webhook("/bank-webhooks", theirs, _SECRET)) == (401, "bad_signature")
    nobody = "/bank-webhooks/0198c0de-0000-7000-8000-000000000000"
    assert said(await stand.webhook(nobody, theirs, _SECRET)) == (401, "bad_signature")
    deal = await stand.deal()
    own = await stand.api.client.pay(deal["id"], (await stand.account(shop.buyer, SECOND))["id"])
    assert (await stand.webhook(path, own, _SECRET)).json() == {"status": "noted"}
    assert (await stand.webhook("/bank-webhooks", own, WEBHOOK_SECRET)).json() == {"status": "not_ours"}


async def test_a_client_whose_key_cannot_be_opened_is_not_called_and_keeps_no_other_from_its_bank(stand: Stand) -> None:
    await stand.enabled()
    first = BankClient("http://127.0.0.1:9", "none")
    async with aclosing(BankClients(stand.api.database, Sealer([b"x" * 32]), first, Outward())) as banks:
        assert await (await banks.of(SECOND)).operation("op") == Unknown(DISABLED)
        assert await banks.of(1) is first


async def test_who_has_a_client_from_before_its_row_changed_asks_it_on_and_the_last_one_closes_it(stand: Stand) -> None:
    row = await stand.enabled()
    sealer, first = Sealer(stand.api.settings.sealing_key_bytes), BankClient("http://127.0.0.1:9", "none")
    changed = {"name": row["name"], "url": stand.second.url, "timeout_ms": 900, "max_calls": 3}
    async with aclosing(BankClients(stand.api.database, sealer, first, _INSIDE, fresh_s=0.0)) as banks:
        had = await banks.of(SECOND)
        assert await had.banks(), "the first of its questions"
        assert (await stand.admin.put(f"/bank-clients/{row['id']}", changed)).status_code == 200
        assert await banks.of(SECOND) is not had
        assert await had.banks(), "the second"
        http = had.http
        del had
        await banks.of(SECOND)
        assert http.is_closed


async def test_a_client_is_enabled_beside_a_copy_of_its_banks_without_a_deadlock(stand: Stand) -> None:
    id_, database = UUID((await stand.enabled())["id"]), stand.api.database
    directory = await directory_of(stand.second.client)

    async def enabled() -> None:
        async with database.transaction() as session:
            await enable(session, id_, directory)

    async with database.transaction() as session:
        await copy(session, id_, stand.second.url, directory)
        beside = asyncio.create_task(enabled())
        await until(lambda: stand.api.rows(_WAITING), bool)
        await note_answer(session, id_, None)
    await beside
    [(state, failure)] = await stand.api.rows("SELECT state, failure FROM bank_clients WHERE id = :id", id=id_)
    assert (state, failure) == ("enabled", None)


async def test_make_up_on_the_state_of_the_last_run_calls_its_second_program_at_the_address_that_it_has_now(
    stand: Stand,
) -> None:
    client, sealing_keys = await stand.enabled(), stand.api.settings.sealing_keys.get_secret_value()
    key = stand.second.payments_key
    secrets = {"bank_pepper": PEPPER, "second_bank_payments_key": key, "sealing_key": sealing_keys}
    addresses = {"bank_2": f"{stand.second.url}/", "api": stand.api.address}
    servers = SimpleNamespace(url=lambda *_: stand.second.stored.url)
    site = SimpleNamespace(http=addresses.__getitem__, secret=lambda name, *_: secrets[name], postgres=servers)
    for state in ("enabled", "draining"):
        assert (await stand.move(client, state)).status_code == 200
        await register_client(cast("Site", site), stand.api.database)
        now = next(one for one in (await stand.admin.read("/bank-clients"))["items"] if one["id"] == client["id"])
        assert (now["url"], now["state"]) == (addresses["bank_2"], state)
    async with stand.second.database.transaction() as session:
        endpoint = await endpoint_of(session, "Holdfast")
    assert endpoint.url == f"{stand.api.address}/api/v1/bank-webhooks/{client['id']}"
