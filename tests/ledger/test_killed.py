"""PostgreSQL is killed under transfers in groups; `python -m tests.ledger.killing` does so for as long as one likes."""

from __future__ import annotations

import pytest

from tests.ledger.killing import kill_again_and_again


@pytest.mark.source("wallet:1-3")
@pytest.mark.timeout(300)
async def test_no_acknowledged_transfer_is_lost_or_doubled_when_postgresql_is_killed_repeatedly(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    world = await kill_again_and_again(tmp_path_factory.mktemp("killed"), kills=2, every_s=0, seed=1)
    assert len(world.posted) > 100 and world.refused
