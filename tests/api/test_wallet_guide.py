"""docs/wallets.md is true: each of its requests is sent as written, and answered as it says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final

from store.chain.accounts import keep_accounts
from tests.api.test_withdrawals_to_addresses import code_of
from tests.fixtures.chain import Chain, arrival
from tests.fixtures.market_client import Json
from tests.fixtures.signer import OUR_ACCOUNTS
from tests.fixtures.suspense import read_statement
from tests.fixtures.wallets import Wallets

GUIDE: Final = Path(__file__).parents[2] / "docs" / "wallets.md"
REQUEST: Final = re.compile(
    r"```http\n(GET|POST) (\S+)(?: by (\S+))?\n(?:(\{.*\})\n)?-> (\d{3}) (\{.*\})(?: as (\w+))?\n```"
)


def _id_of(answer: Json) -> str:
    names = ("top_up_id", "withdrawal_id", "hold_id", "request_id", "wallet_id", "id")
    return str(next(answer[name] for name in names if name in answer))


async def test_every_request_of_the_guide_is_answered_as_it_says(wallets: Wallets) -> None:
    client = wallets.api.client
    chain = Chain(wallets.api.database)
    await chain.fill_pool()
    await chain.block()
    async with wallets.api.database.transaction() as session:
        await keep_accounts(session, OUR_ACCOUNTS)
    await read_statement(wallets.api.database)
    ids = {name: (await client.user(name, f"{name}@example.test"))["id"] for name in ("anna", "boris")}
    text = GUIDE.read_text()
    requests = REQUEST.findall(text)
    assert len(requests) == text.count("```http") > 10

    def named(part: str) -> str:
        return re.sub(r"\{(\w+)\}", lambda found: ids[found[1]], part)

    for method, path, who, body, status, answer, name in requests:
        caller = wallets.payment_system if who else client
        sent = json.loads(named(body)) if body else {}
        reply = await (caller.post(named(path), sent) if method == "POST" else caller.get(named(path)))
        shown = reply.json()
        assert reply.status_code == int(status), (path, shown)
        for field, value in json.loads(answer).items():
            assert shown[field] == value, (path, field, shown)
        if name:
            ids[name] = _id_of(shown)
        if name == "top_up":  # somebody pays it, and the block becomes final
            at = await chain.now()
            await chain.block(arrival(shown["gateway_data"]["address"], "25", at), at=at)
        if name == "to_address":
            ids["code"] = await code_of(wallets.api, ids["annas_usdt"])
        if name == "account":  # its owner has entered the bank's code, as the guide says
            await wallets.api.confirmed(shown)
