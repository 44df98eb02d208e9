"""Who may ask what: no key, a wrong one, one without the scope, one that ended."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from bank.service.keys import create_api_key
from tests.fixtures.bank import RunningBank


async def answer(bank: RunningBank, path: str, **headers: str) -> tuple[int, str]:
    reply = await bank.shop.get(path, headers=headers)
    return reply.status_code, reply.json().get("code", "")


async def test_a_request_without_a_valid_key_is_refused(bank: RunningBank) -> None:
    del bank.shop.headers["Authorization"]
    assert await answer(bank, "/banks") == (401, "no_api_key")
    tampered = bank.payments_key[:-1] + ("a" if bank.payments_key[-1] != "a" else "b")
    for secret in ("nonsense", tampered, f"hf_bank_{'0' * 12}_{'a' * 43}", "hf_bank_ключ"):
        reply = await bank.shop.get("/banks", headers={b"Authorization": f"Bearer {secret}".encode()})
        assert (reply.status_code, reply.json()["code"]) == (401, "bad_api_key"), secret
        assert reply.headers["WWW-Authenticate"] == "Bearer"


async def test_a_marketplace_is_no_administrator(bank: RunningBank) -> None:
    administrator = f"Bearer {bank.admin_key}"
    for path in ("/audit", "/accounts", "/requests?key=1", "/banks/1/behaviour"):
        assert await answer(bank, path) == (403, "scope_missing"), path
        assert (await bank.shop.get(path, headers={"Authorization": administrator})).is_success


async def test_an_administrator_moves_no_payments(bank: RunningBank) -> None:
    reply = await bank.admin.get("/operations", params={"reference": "deal/1"})
    assert (reply.status_code, reply.json()["code"]) == (403, "scope_missing")


async def test_a_key_that_ended_is_refused_at_once(bank: RunningBank) -> None:
    for end in ("revoked_at", "expires_at"):
        secret = await create_api_key(bank.database, end, ["payments"], pepper=bank.settings.pepper_bytes)
        mine = {"Authorization": f"Bearer {secret}"}
        assert (await answer(bank, "/banks", **mine))[0] == 200
        async with bank.database.transaction() as session:
            await session.execute(text(f"UPDATE api_keys SET {end} = clock_timestamp() WHERE name = '{end}'"))
        assert await answer(bank, "/banks", **mine) == (401, "bad_api_key")


async def test_a_secret_is_not_stored(bank: RunningBank) -> None:
    async with bank.database.transaction() as session:
        rows = (await session.scalars(text("SELECT k::text FROM api_keys k"))).all()
    assert rows
    for row in rows:
        assert bank.payments_key.rpartition("_")[2] not in row


async def test_a_key_needs_a_name_and_known_scopes(bank: RunningBank) -> None:
    pepper = bank.settings.pepper_bytes
    for name, scopes in (("", ["admin"]), ("x", []), ("x", ["root"])):
        with pytest.raises(ValueError):
            await create_api_key(bank.database, name, scopes, pepper=pepper)


async def test_health_and_readiness_need_no_key(bank: RunningBank) -> None:
    del bank.shop.headers["Authorization"]
    for path in ("/health", "/ready"):
        reply = await bank.shop.get(f"{bank.url}{path}")
        assert (reply.status_code, reply.json()) == (200, {"status": "ok"})
