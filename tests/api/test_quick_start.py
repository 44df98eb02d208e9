"""docs/quick-start.md is true: its calls are sent as written, and answered as it says."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.fixtures.guides import calls_of, sent
from tests.fixtures.market import Api

GUIDE: Final = Path(__file__).parents[2] / "docs/quick-start.md"


async def test_five_calls_lead_to_a_deal_that_waits_for_its_payment(api: Api) -> None:
    calls = calls_of(GUIDE)
    assert len(calls) == 5
    known = {"API": f"{api.address}/api/v1", "KEY": api.key}
    for call in calls:
        answered, shown = await sent(call.command, known)
        assert (answered, shown.get("code")) == (call.status, None)
        known |= {call.name: str(shown["id"])} if call.name else {}
    assert (await api.client.deal(known["DEAL"]))["state"] == "awaiting_payment"
    assert shown["deal_id"] == known["DEAL"]
