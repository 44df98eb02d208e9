"""The node as a program: it makes blocks by itself, and a killed one goes on where it was."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpx

from devstack.ports import HOST, free_port
from tests.fixtures.tron import USDT_ADDRESS, owner
from tron.answers import Done
from tron.client import TronClient

PATIENCE_S: Final = 60  # a busy machine


@asynccontextmanager
async def node(folder: Path, port: int) -> AsyncIterator[str]:
    """The program while it serves; it ends by SIGKILL."""
    variables = {"PORT": str(port), "FILE": str(folder / "tron.jsonl"), "CONTROL": "true", "BLOCK_MS": "100"}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tron.node",
        env={**os.environ, **{f"HOLDFAST_TRON_NODE_{name}": value for name, value in variables.items()}},
        stderr=asyncio.subprocess.DEVNULL,
    )
    address = f"http://{HOST}:{port}"
    try:
        await until(lambda: ready(address))
        yield address
    finally:
        process.kill()
        await process.wait()


async def ready(address: str) -> bool:
    async with httpx.AsyncClient(trust_env=False) as http:
        try:
            return (await http.get(f"{address}/ready")).status_code == 200
        except httpx.TransportError:
            return False


async def until(met: Any) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await met():
            await asyncio.sleep(0.05)


async def test_a_killed_node_goes_on_with_its_chain(tmp_path: Path) -> None:
    port, to = free_port(), owner().address
    async with node(tmp_path, port) as address, httpx.AsyncClient(base_url=address, trust_env=False) as http:
        first = TronClient(address, timeout_s=PATIENCE_S)
        paid = await http.post("/control/faucet", json={"address": to, "minor": 7})
        txid = paid.json()["txid"]

        async def final() -> bool:
            return await first.transaction(txid) != Done(None)

        await until(final)
        before = await first.solid_head()
        await first.aclose()
    assert isinstance(before, Done)
    async with node(tmp_path, port) as address:
        second = TronClient(address, timeout_s=PATIENCE_S)
        assert await second.header(before.value.number) == before
        assert await second.token_balance(USDT_ADDRESS, to) == Done(7)

        async def grows() -> bool:
            after = await second.solid_head()
            return isinstance(after, Done) and after.value.number > before.value.number

        await until(grows)
        await second.aclose()
