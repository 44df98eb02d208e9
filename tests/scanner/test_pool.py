"""The pool of free addresses: filled by the signer while there is one, and enough without it for a while."""

from __future__ import annotations

import pytest

from activities import scanner as module
from domain.errors import Unavailable
from tests.fixtures.scanning import Scanning
from tests.fixtures.signer import RunningSigner

POOL = """
SELECT count(*) FILTER (WHERE top_up_id IS NULL), count(*), count(DISTINCT address), max(index) FROM chain_addresses
"""


async def test_the_signer_fills_the_pool_and_an_empty_one_refuses_new_top_ups(
    scanning: Scanning, signer: RunningSigner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "POOL", 6)
    monkeypatch.setattr(module, "DERIVED_AT_ONCE", 4)
    await scanning.change("DELETE FROM chain_addresses")
    with pytest.raises(Unavailable) as refused:
        await scanning.top_up()
    assert refused.value.code == "gateway_unavailable"
    await scanning.filled(signer.client)
    assert await scanning.rows(POOL) == [(4, 4, 4, 3)]
    addresses = [(await scanning.top_up())[1] for _ in range(4)]
    assert addresses == [one.address for one in await signer.client.addresses(0, 4)]
    await scanning.filled(signer.client)
    assert await scanning.rows(POOL) == [(4, 8, 8, 7)]


async def test_no_address_is_derived_before_reading_has_begun(scanning: Scanning, signer: RunningSigner) -> None:
    await scanning.change("DELETE FROM chain_addresses")
    await scanning.change("DELETE FROM chain_cursors")
    scanning.first_node(outage="unavailable")
    await scanning.filled(signer.client)
    assert await scanning.rows("SELECT count(*) FROM chain_addresses") == [(0,)]
