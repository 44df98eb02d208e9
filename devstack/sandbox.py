"""What a stack of its own has for trying unhappy paths: the banks' test accounts, and a clock that can be moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import httpx

from devstack.programs import require_own
from devstack.site import Site

BANK_DIGITS: Final = 3  # of the number of an account; the rest is the same at every bank


async def open_test_accounts(site: Site) -> list[Mapping[str, str]]:
    """The test accounts of all banks; none where the databases are not this stack's own, or faults are off."""
    if "bank" not in site.own_databases:
        return []
    async with httpx.AsyncClient(base_url=f"{site.http('bank')}/api/v1", timeout=60, trust_env=False) as bank:
        await require_own(bank, site, "bank")
        bank.headers["Authorization"] = f"Bearer {site.secret(site.bank_key('admin'))}"
        reply = await bank.post("/test-accounts", json={}, headers={"Idempotency-Key": "sandbox/test-accounts"})
        if reply.status_code == httpx.codes.NOT_FOUND:
            return []
        accounts: list[Mapping[str, str]] = reply.raise_for_status().json()["items"]
        return accounts


def listed(accounts: Sequence[Mapping[str, str]]) -> list[tuple[str, str]]:
    """Lines with their titles: those of the first bank; every other bank has the same after its own three digits."""
    if not accounts:
        return []
    first = accounts[0]["number"][:BANK_DIGITS]
    others = f"at every bank: here {first}, at the others 002, 003, …; recipes in docs/sandbox.md"
    of_first = [account for account in accounts if account["number"].startswith(first)]
    return [("Test accounts", others), *(("", f"{account['number']} {account['does']}") for account in of_first)]


async def has_test_clock(site: Site) -> bool:
    """Whether the time of this stack's deals can be moved."""
    from domain.errors import NotFound  # noqa: PLC0415  # commands import what they need when they need it
    from edge.database import Database  # noqa: PLC0415  # see above
    from store.deals.test_clocks import require_sandbox  # noqa: PLC0415  # see above

    database = Database(site.database("market").url, pool_size=1)
    try:
        async with database.transaction() as session:
            await require_sandbox(session)
    except NotFound:
        return False
    finally:
        await database.close()
    return True
