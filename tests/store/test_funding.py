"""Which deal is served first by the wallet on which several wait."""

from __future__ import annotations

from sqlalchemy import event, text

from store.wallets.funding import first_waiting
from tests.fixtures.market import Api


async def test_the_first_deal_that_waits_on_an_account_is_the_first_of_an_index(api: Api) -> None:
    said: list[str] = []
    async with api.database.transaction() as session:
        connection = await session.connection()
        assert connection.sync_connection is not None
        event.listen(connection.sync_connection, "before_cursor_execute", lambda *about: said.append(about[2]))
        await first_waiting(session, 1)
        [query] = said
        for way in ("seqscan", "bitmapscan"):
            await session.execute(text(f"SET LOCAL enable_{way} = off"))
        asked = query.replace("$1::BIGINT", "1").replace("$2::INTEGER", "1")
        plan = "\n".join(await session.scalars(text(f"EXPLAIN {asked}")))
    assert "using ix_deals_waits_on" in plan, plan
    assert "Sort" not in plan, "however many wait, one row is read"
