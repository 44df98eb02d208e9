"""The faucet's page, and the commands behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest_asyncio

from tests.fixtures.tron import USDT_ADDRESS, TronNode, new_chain, owner
from tron.addresses import word
from tron.answers import Done
from tron.node.app import create_app


@pytest_asyncio.fixture(loop_scope="session")
async def http(tron: TronNode) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=tron.address) as client:
        yield client


async def test_the_form_is_filled_in_by_its_link_and_pays(tron: TronNode, http: httpx.AsyncClient) -> None:
    address = owner().address
    page = (await http.get("/", params={"address": address, "amount": "12.5"})).text
    assert f'value="{address}"' in page
    assert 'value="12.5"' in page
    paid = await http.post("/", data={"address": address, "amount": "12.5", "currency": "USDT"}, follow_redirects=True)
    assert "It waits for the next block" in paid.text
    tron.mine()
    assert f"12.5 USDT to <code>{address}</code>" in (await http.get(paid.url)).text
    tron.solidify()
    assert "Final, in block" in (await http.get(paid.url)).text
    assert await tron.client.token_balance(USDT_ADDRESS, address) == Done(12_500_000)


async def test_a_wrong_form_is_shown_again_with_the_reason(http: httpx.AsyncClient) -> None:
    wrong = await http.post("/", data={"address": "T<script>", "amount": "1", "currency": "USDT"})
    assert (wrong.status_code, "This is not a TRON address." in wrong.text) == (422, True)
    assert "T&lt;script&gt;" in wrong.text
    assert "<script>" not in wrong.text
    wrong = await http.post("/", data={"address": owner().address, "amount": "1e3", "currency": "TRX"})
    assert wrong.status_code == 422


async def test_the_page_runs_no_script(http: httpx.AsyncClient) -> None:
    answer = await http.get("/")
    assert "script" not in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'; style-src 'self'; form-action 'self'" in policy


async def test_commands_move_the_chain(tron: TronNode, http: httpx.AsyncClient) -> None:
    address = owner().address
    before = (await http.get("/control")).json()
    assert before["usdt"] == USDT_ADDRESS
    paid = await http.post("/control/faucet", json={"address": address, "minor": 7})
    assert paid.status_code == 200
    mined = (await http.post("/control/mine", json={"blocks": 2})).json()
    assert mined["head"] == before["head"] + 2
    forked = await http.post("/control/fork", json={"depth": 2, "lose_all": True})
    assert forked.json()["head"] == before["head"] + 3
    assert await tron.client.token_balance(USDT_ADDRESS, address) == Done(0)
    refused = await http.post("/control/fork", json={"depth": 100})
    assert (refused.status_code, refused.json()["code"]) == (409, "cannot_fork")
    later = (await http.post("/control/clock", json={"forward_s": 3600})).json()
    assert later["now_ms"] - before["now_ms"] >= 3_600_000
    await http.put("/control/faults", json={"outage": "unavailable"})
    assert (await http.get("/wallet/getnowblock")).status_code == 503
    assert (await http.put("/control/faults", json={})).json()["outage"] == "none"
    assert (await http.get("/wallet/getnowblock")).status_code == 200


async def test_full_blocks_are_made_quickly_and_read_like_others(tron: TronNode, http: httpx.AsyncClient) -> None:
    ours = owner().address
    asked = {"blocks": 30, "transfers": 50, "recipients": [ours], "minor": 7}
    filled = (await http.post("/control/fill", json=asked)).json()
    assert filled["head"] == 50
    found = [await tron.client.block(number) for number in range(21, filled["solid"] + 1)]
    receipts = [one.value.receipts for one in found if isinstance(one, Done)]
    assert [len(one) for one in receipts] == [50] * (filled["solid"] - 20)
    last = await tron.client.block(50, solid=False)
    assert isinstance(last, Done)
    assert last.value.receipts[0]["log"][0]["topics"][2] == word(ours)


async def test_without_control_there_is_the_protocol_alone() -> None:
    transport = httpx.ASGITransport(create_app(new_chain()))
    async with httpx.AsyncClient(transport=transport, base_url="http://node") as http:
        assert (await http.get("/wallet/getnowblock")).status_code == 200
        for path in ("/", "/control", "/faucet.css"):
            assert (await http.get(path)).status_code == 404
        assert (await http.post("/control/mine", json={})).status_code == 404
