"""TRON's official JavaScript library takes the node for one of the real chain."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any, Final

from tests.fixtures.tron import USDT_ADDRESS, TronNode, owner
from tron.answers import Done

SCRIPT: Final = Path(__file__).with_name("official.js")
PATIENCE_S: Final = 120  # a busy machine


async def test_tronweb_reads_sends_and_reads_the_event(tron: TronNode, tronweb: Path) -> None:
    sender = await tron.funded(usdt=5_000_000, trx=60_000_000)
    to = owner().address
    process = await asyncio.create_subprocess_exec(
        "node",
        str(SCRIPT),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "NODE_PATH": str(tronweb)},
    )
    assert process.stdin is not None
    assert process.stdout is not None

    async def next_line() -> list[Any]:
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            said: list[Any] = json.loads(await process.stdout.readline())
        return said

    asked = {"url": tron.address, "key": sender.key.hex(), "contract": USDT_ADDRESS, "to": to, "minor": 1_234_567}
    process.stdin.write(json.dumps(asked).encode() + b"\n")
    assert await next_line() == ["balance", "5000000", "USDT"]
    sent, txid = await next_line()
    assert sent == "sent"
    tron.mine()
    process.stdin.write(b"go\n")
    assert await next_line() == ["receipt", "SUCCESS", tron.chain.head.number, sender.address, to, "1234567"]
    said, taken, trx_id = await next_line()
    assert (said, taken) == ("trx", True)
    await process.wait()
    tron.solidify()
    for one in (txid, trx_id):
        assert await tron.client.transaction(one) != Done(None)
    account = await tron.client.account(to)
    assert isinstance(account, Done)
    assert account.value.sun == 2_000_000
