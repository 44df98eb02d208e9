"""Streams of news: one visitor has so many, and the others have theirs."""

from __future__ import annotations

from contextlib import AsyncExitStack

import httpx

from pages.live import MAX_OF_VISITOR
from tests.fixtures.cabinet import Cabinet, Person


async def test_a_visitor_has_so_many_streams_and_takes_none_from_others(cabinet: Cabinet) -> None:
    seller, buyer = await cabinet.client("Sonja", 2), await cabinet.client("Boris", 1)
    deal = await buyer.buy(await cabinet.on_sale(seller))
    page = await buyer.http.get(f"/deals/{deal}")
    version = page.text.partition('data-version="')[2].partition('"')[0]

    async def opened(stack: AsyncExitStack, somebody: Person) -> httpx.Response:
        news = somebody.http.stream("GET", f"/deals/{deal}/live", params={"seen": version})
        return await stack.enter_async_context(news)

    async with AsyncExitStack() as stack:
        first = AsyncExitStack()
        shown = [await opened(first, buyer)] + [await opened(stack, buyer) for _ in range(MAX_OF_VISITOR)]
        others = await opened(stack, seller)
        assert [reply.status_code for reply in shown] == [200] * MAX_OF_VISITOR + [503]
        assert shown[-1].headers["retry-after"] == "5"
        assert (others.status_code, others.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        await first.aclose()
        while (await opened(stack, buyer)).status_code == 503:
            pass  # the server learns of it a moment later
