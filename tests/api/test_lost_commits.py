"""Answers of the database are lost, that to COMMIT among them: repeating under the same key moves money once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import httpx
from sqlalchemy.engine import make_url

from tests.fixtures.market import RecordedSignals, market_settings, serving_api
from tests.fixtures.market_client import new_key
from tests.fixtures.wallets import Wallets, transfer
from tests.prove.proxy import Proxy

CALLERS, TRANSFERS = 4, 5  # of each caller, and more until a lost COMMIT was met
TRIES = 200


async def _asked_until_answered(http: httpx.AsyncClient, body: dict[str, object]) -> tuple[httpx.Response, int]:
    """The answer to one transfer, and how many outages came before it."""
    headers = {"Idempotency-Key": new_key()}
    for outages in range(TRIES):
        reply = await http.post("/transfers", json=body, headers=headers)
        # Work that the server still does, though nobody waits for it any more, is in progress and not refused.
        if reply.json().get("code") not in ("database_unavailable", "request_in_progress"):
            return reply, outages
    raise AssertionError("the database has never answered")


def _lost_commits_reported(made: list[tuple[httpx.Response, int]]) -> bool:
    """Whether some were committed when their caller got an outage: the later answer is then the stored one."""
    return any(reply.headers.get("Idempotency-Replayed") == "true" for reply, outages in made if outages)


async def test_a_transfer_whose_commit_was_not_answered_is_one_when_it_is_asked_for_again(wallets: Wallets) -> None:
    payer, payee = await wallets.wallet("9000.00"), await wallets.wallet()
    database = wallets.api.test_database
    there = make_url(database.url)
    proxy = Proxy(there.port or 5432, percent=8, seed=7)
    async with proxy.running():
        url = there.set(host="127.0.0.1", port=proxy.port).render_as_string(hide_password=False)
        lossy = replace(database, url=url)
        async with serving_api(lossy, market_settings(lossy), RecordedSignals()) as served:
            http = httpx.AsyncClient(
                base_url=f"{served.address}/api/v1",
                headers={"Authorization": f"Bearer {wallets.api.key}"},
                timeout=120,
                trust_env=False,
            )

            made: list[tuple[httpx.Response, int]] = []

            async def caller() -> None:
                own = 0
                while own < TRANSFERS or not _lost_commits_reported(made):
                    made.append(await _asked_until_answered(http, transfer(payer, payee, "1.00")))
                    own += 1

            proxy.begin()
            await asyncio.gather(*(caller() for _ in range(CALLERS)))
            proxy.end()
            await http.aclose()
    assert {reply.status_code for reply, _ in made} == {201}
    assert len({reply.json()["operation_id"] for reply, _ in made}) == len(made) >= CALLERS * TRANSFERS
    left = (await wallets.balance(payer), await wallets.balance(payee))
    assert left == (f"{9000 - len(made)}.00", f"{len(made)}.00")
    assert proxy.lost > 0 and _lost_commits_reported(made)
