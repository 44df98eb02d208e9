"""Operators read what leaves our addresses on the chain; nobody else does, and administrators see what failed."""

from __future__ import annotations

import re

from sqlalchemy import text

from domain.sweeps import SUN
from market import sweeps
from market.gas import note_balance
from store.chain.accounts import AccountName
from tests.fixtures.administration import browser, log_in
from tests.fixtures.market import Api
from tests.fixtures.people import People
from tests.fixtures.sweeps import GAS, MAIN, TOKEN, begin, drop, every_sweep, fund, move


async def test_operators_read_sweeps_with_their_addresses_and_transactions(api: Api) -> None:
    under_way = str(await every_sweep(api.database))
    *_, ended, going_on = (await api.operator.read("/sweeps"))["items"]
    assert (ended["state"], ended["lines"], ended["failed"], ended["cause"]) == ("done", 2, 1, "value")
    assert (ended["total"]["amount"], ended["swept"]["amount"]) == ("120.000000", "70.000000")
    assert (going_on["id"], going_on["state"]) == (under_way, "open")
    lines = (await api.operator.read(f"/sweeps/{ended['id']}"))["addresses"]
    assert [(line["state"], line["failed_reason"]) for line in lines] == [("done", None), ("failed", "gas_account_low")]
    open_ones = (await api.operator.read("/sweeps", open_only="true"))["items"]
    assert open_ones[-1] == going_on and ended not in open_ones

    sent = (await api.operator.read("/outgoing-transactions"))["items"][-4:]
    assert [(one["purpose"], one["state"], one["number"]) for one in sent] == [
        ("gas", "done", 1),
        ("sweep", "done", 1),
        ("sweep", "dropped", 1),
        ("sweep", "sent", 2),
    ]
    assert (sent[0]["amount"], sent[0]["fee"]["amount"]) == ({"amount": "20.000000", "currency": "TRX"}, "1.100000")
    *_, live = (await api.operator.read("/outgoing-transactions", live_only="true"))["items"]
    assert live["about"] == f"sweep/{under_way}/1/transfer"

    accounts = {one["name"]: one for one in (await api.operator.read("/chain-accounts"))["items"]}
    assert (accounts["main"]["address"], accounts["gas"]["address"]) == (MAIN, GAS)
    assert accounts["main"]["balance"]["currency"] == "USDT" and accounts["gas"]["trx"]["currency"] == "TRX"


async def test_gas_that_the_chain_dropped_is_sent_again_within_the_sweep(api: Api) -> None:
    async with api.database.transaction() as session:
        await fund(session, 40_000, 70 * TOKEN)
        sweep = await begin(session)
        position = (await sweeps.resume(session, sweep.id)).value.position
        first = await move(session, sweep, position, 20 * SUN)
        assert first.sending is not None
        await drop(session, first.sending.about)
        again = (await sweeps.resume(session, sweep.id)).value
        assert (again.line_state, again.failed, again.flagged) == ("waiting", 0, False)
        second = await move(session, sweep, position, 20 * SUN)
        assert second.sending is not None and second.sending.about != first.sending.about


async def test_a_sweep_whose_transfer_is_under_way_leaves_withdrawals_to_others(api: Api) -> None:
    under_way = await every_sweep(api.database, 30_000)
    async with api.database.transaction() as others, api.database.transaction() as session:
        await others.execute(text("LOCK TABLE withdrawals IN EXCLUSIVE MODE"))
        await session.execute(text("SET LOCAL lock_timeout = '2s'"))
        assert (await sweeps.resume(session, under_way)).value.line_state == "transferring"


async def test_a_marketplace_and_an_unknown_id_are_refused(api: Api) -> None:
    for path in ("/sweeps", "/outgoing-transactions", "/chain-accounts"):
        assert (await api.client.get(path)).status_code == 403
    unknown = await api.operator.get("/sweeps/01890000-0000-7000-8000-000000000000")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_sweep")


async def test_administrators_see_what_failed_and_what_runs_low(api: Api, people: People) -> None:
    admin = await people.staff(administrator=True)
    await every_sweep(people.database, 20_000)
    async with people.database.transaction() as session:
        await note_balance(session, AccountName.GAS, 1, 2)
    async with browser(people.api) as client:
        await log_in(client, admin)
        overview = (await client.get("/admin/")).text
        listed = (await client.get("/admin/outgoing-transactions/list")).text
    assert re.search("addresses that could not be swept: [1-9]", overview)
    assert "the gas account has too little TRX" in overview
    assert "sweep/" in listed
