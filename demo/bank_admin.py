"""The bank's administration: seeding, fault injection, and the bank's own records."""

from __future__ import annotations

from typing import Any

import httpx

from devstack.people import fund_guarantees
from domain.money import Money, parse_money

Json = dict[str, Any]


class BankAdmin:
    """Calls the bank at `url` with an administrator's key; `payments_key` reads the market's operations."""

    def __init__(self, url: str, admin_key: str, payments_key: str) -> None:
        base = f"{url}/api/v1"
        self._admin = httpx.AsyncClient(base_url=base, headers=_bearer(admin_key), timeout=60, trust_env=False)
        self._shop = httpx.AsyncClient(base_url=base, headers=_bearer(payments_key), timeout=60, trust_env=False)

    async def aclose(self) -> None:
        await self._admin.aclose()
        await self._shop.aclose()

    async def plant(self, *, banks: int, clients: int, seed: int, opening: str) -> Json:
        """Creates a world in an empty bank: the same for the same seed. `clients` is per bank.

        The platform's guarantee accounts are funded, as on every stack of one machine.
        """
        body = {"banks": banks, "clients": clients, "seed": seed, "opening_balance": opening}
        reply = await self._admin.post("/seeds", json=body, headers={"Idempotency-Key": f"demo/world/{seed}"})
        planted = _answer(reply)
        await fund_guarantees(self._admin)
        return planted

    async def accounts(self) -> list[Json]:
        """Every client's account with its owner."""
        found: list[Json] = []
        after: str | None = None
        while True:
            params: dict[str, str | int] = {"limit": 1000} | ({"after": after} if after else {})
            page = _answer(await self._admin.get("/accounts", params=params))
            found += [row for row in page["items"] if row["owner"] is not None]
            after = page["next"]
            if after is None:
                return found

    async def banks(self) -> list[Json]:
        items: list[Json] = _answer(await self._admin.get("/banks"))["items"]
        return items

    async def balance(self, number: str) -> Money:
        """The account's balance, with held money."""
        return (await self._state(number))[0]

    async def held(self, number: str) -> Money:
        """How much of it is held."""
        return (await self._state(number))[1]

    async def _state(self, number: str) -> tuple[Money, Money]:
        state = _answer(await self._admin.get(f"/accounts/{number}"))
        return money(state["balance"], state["currency"]), money(state["held"], state["currency"])

    async def behave(
        self, bank_id: int, *, slow_s: float = 0.0, lose_replies: int = 0, steps: tuple[str, ...] = ()
    ) -> None:
        """Makes a bank misbehave from now on; without arguments it behaves well again."""
        body = {"slow_s": slow_s, "lose_replies": lose_replies, "steps": list(steps)}
        _answer(await self._admin.put(f"/banks/{bank_id}/behaviour", json=body))

    async def requests(self, key: str) -> list[Json]:
        """Every arrival of a request under an idempotency key, by the bank's journal."""
        items: list[Json] = _answer(await self._admin.get("/requests", params={"key": key}))["items"]
        return items

    async def operations(self, deal_id: str, kind: str | None = None) -> list[Json]:
        """The bank's operations with the deal's reference."""
        items: list[Json] = _answer(await self._shop.get("/operations", params={"reference": deal_id}))["items"]
        return [row for row in items if kind is None or row["kind"] == kind]

    async def violations(self) -> list[Json]:
        """The violations found by the bank's own audit."""
        found: list[Json] = _answer(await self._admin.get("/audit"))["violations"]
        return found


def money(amount: str, currency: str = "RUB") -> Money:
    """An amount as the APIs write it; zero is allowed."""
    zero = Money(0, currency)
    return zero if amount == zero.amount else parse_money(amount, currency)


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def _answer(reply: httpx.Response) -> Json:
    reply.raise_for_status()
    answer: Json = reply.json()
    return answer
