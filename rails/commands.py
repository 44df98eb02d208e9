"""`holdfast chain …`: what an operator does about reading the chain."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from domain.incoming_transfers import Cursor
    from settings import MarketSettings

app = typer.Typer(help="Reading the TRON chain.", no_args_is_help=True)


@app.command()
def rewind(
    block: Annotated[int, typer.Argument(min=1, help="The last block that is not read again.")],
    by: Annotated[str, typer.Option(help="Who decides.")],
    why: Annotated[str, typer.Option(help="Why. It is kept for good.")],
) -> None:
    """Read the chain again from the block after this one. Each transfer has a key of its own: none is booked twice."""
    from edge.console import named, say  # noqa: PLC0415  # commands import what they start, so that `--help` is quick
    from edge.startup import load  # noqa: PLC0415  # see above
    from settings import MarketSettings  # noqa: PLC0415  # see above

    named(by)
    named(why)
    before = asyncio.run(_rewind(load(MarketSettings), block, by, why))
    say(f"The chain was read up to block {before}. It is read again from block {block + 1} on.")


async def _rewind(settings: MarketSettings, block: int, by: str, why: str) -> int:
    from edge.console import Failed  # noqa: PLC0415  # see above
    from edge.database import only_transaction  # noqa: PLC0415  # see above
    from market.incoming_transfers import rewind as rewound  # noqa: PLC0415  # see above
    from store.chain.cursors import NotBehind  # noqa: PLC0415  # see above

    to = await _solid_block(settings, block)
    try:
        async with only_transaction(settings.database_url) as session:
            return (await rewound(session, to, by, why)).value
    except NotBehind as error:
        raise Failed(str(error)) from None


async def _solid_block(settings: MarketSettings, number: int) -> Cursor:
    """The block as all providers have it, solidified."""
    from domain.errors import NoAnswer  # noqa: PLC0415  # see above
    from domain.incoming_transfers import Cursor  # noqa: PLC0415  # see above
    from edge.console import Failed  # noqa: PLC0415  # see above
    from rails.chain import chain_of  # noqa: PLC0415  # see above

    chain = chain_of(settings.node, settings.tron_second_url, settings.tron_second_above, None)
    if chain is None:
        raise Failed("HOLDFAST_TRON_URL is needed: the block is asked for there")
    try:
        solid, header = await chain.solid_head(), await chain.agreed_header(number)
    except NoAnswer as error:
        raise Failed(f"block {number} is not known from the providers: {error}") from None
    finally:
        await chain.aclose()
    if number > solid.number:
        raise Failed(f"block {number} is not solidified: the newest that is, is {solid.number}")
    return Cursor("tron", header.number, header.id, header.time, None)
