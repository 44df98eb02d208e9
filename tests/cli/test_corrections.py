"""The commands about corrections that docs/operations.md shows to operators, against the API they speak to."""

from __future__ import annotations

import json
import re
from typing import Final

from tests.cli.test_overrides import PAGE, operator_key, said
from tests.fixtures.shop import Shop
from tests.fixtures.wallets import Wallets

SHOWN: Final = {shown.split()[1]: shown for shown in re.findall(r"^holdfast (correction .*)$", PAGE, re.MULTILINE)}


async def test_every_command_of_the_page_does_what_it_says(shop: Shop, wallets: Wallets) -> None:
    wallet = await wallets.wallet("200.00")
    plain, approver = [await operator_key(shop, approver=approver) for approver in (False, True)]
    assert list(SHOWN) == ["request", "approve", "reject", "retract", "list"]
    ends = {"approve": (approver, "approved"), "reject": (approver, "rejected"), "retract": (plain, "withdrawn")}
    for end, (key, state) in ends.items():
        asked = await said(shop, plain, SHOWN["request"], WALLET=wallet)
        assert (asked.status, "it waits for an approver" in asked.err) == (0, True), asked
        listed = await said(shop, plain, SHOWN["list"])
        assert asked.out.strip() in [json.loads(line)["id"] for line in listed.out.splitlines()]
        wrong = await said(shop, plain, SHOWN["approve"], CORRECTION=asked.out.strip())
        assert (wrong.status, "approver_key_needed" in wrong.err) == (1, True)
        done = await said(shop, key, SHOWN[end], CORRECTION=asked.out.strip())
        assert (done.status, f"The correction is {state}." in done.err) == (0, True), done
    assert await wallets.balance(wallet) == "84.40"
