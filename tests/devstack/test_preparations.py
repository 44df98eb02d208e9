"""What is done between the servers and the programs."""

from __future__ import annotations

from pathlib import Path

import pytest

import bank.service
import signer.service
import store
from devstack.errors import StackError
from devstack.preparations import migrate
from devstack.site import PORTS, Site
from devstack.state import StateFolder
from tests.devstack.children import plain_environment
from tests.fixtures.catalogue import by_owner
from tests.fixtures.databases import FreshDatabase


async def test_a_stack_on_databases_of_an_earlier_version_says_how_to_start_afresh(
    fresh_database: FreshDatabase, tmp_path: Path
) -> None:
    market, at_bank = await fresh_database("market", store.migrate), await fresh_database("bank", bank.service.migrate)
    at_signer = await fresh_database("signer", signer.service.migrate)
    environment = plain_environment(
        HOLDFAST_DATABASE_URL=market.url,
        HOLDFAST_DATABASE_OWNER_URL=market.owner_url,
        HOLDFAST_BANK_DATABASE_URL=at_bank.url,
        HOLDFAST_BANK_DATABASE_OWNER_URL=at_bank.owner_url,
        HOLDFAST_SIGNER_DATABASE_URL=at_signer.url,
        HOLDFAST_SIGNER_DATABASE_OWNER_URL=at_signer.owner_url,
    )
    state = StateFolder(tmp_path / "state")
    await state.open()
    try:
        site = Site(state, {use.name: use.preferred for use in PORTS}, environment)
        await migrate(site)
        await by_owner(market.owner_url, "DROP TABLE ledger.schema_in_force")
        with pytest.raises(StackError, match=r"an earlier version of Holdfast.*`holdfast up --fresh`"):
            await migrate(site)
    finally:
        state.close()
