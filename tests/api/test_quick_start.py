"""docs/quick-start.md is true: its calls are sent as written, and answered as it says."""

from __future__ import annotations

import asyncio
import json
import os
import re
from pathlib import Path
from typing import Final

from tests.fixtures.market import Api

GUIDE: Final = Path(__file__).parents[2] / "docs/quick-start.md"
CALL: Final = re.compile(r"```sh\n(curl .*?)# -> (\d{3})(?: (\w+))?\n```", re.DOTALL)


async def test_five_calls_lead_to_a_deal_that_waits_for_its_payment(api: Api) -> None:
    calls = CALL.findall(GUIDE.read_text())
    assert len(calls) == 5
    known = {"API": f"{api.address}/api/v1", "KEY": api.key}
    for call, status, name in calls:
        answered, shown = await _sent(call, known)
        assert (answered, shown.get("code")) == (status, None)
        known |= {name: str(shown["id"])} if name else {}
    assert (await api.client.deal(known["DEAL"]))["state"] == "awaiting_payment"
    assert shown["deal_id"] == known["DEAL"]


async def _sent(call: str, known: dict[str, str]) -> tuple[str, dict[str, object]]:
    """Status and answer of a call of the guide, run by a shell."""
    shell = await asyncio.create_subprocess_exec(
        "sh", "-c", f"{call.rstrip()} -w '%{{http_code}}'", env=os.environ | known | {"no_proxy": "*"},
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said = (await shell.communicate())[0].decode()
    return said[-3:], json.loads(said[:-3])
