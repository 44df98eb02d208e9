"""What an operator does about reading the chain: dismiss what one provider alone reports, have blocks read again."""

from __future__ import annotations

from functools import partial
from uuid import UUID

import pytest

from domain.errors import Conflict
from market import resolutions
from store.people.operators import create_operator
from tests.fixtures.commands import Outcome, holdfast, market
from tests.fixtures.scanning import STRANGER, Scanning

CREDITS = "SELECT count(*) FROM ledger.transfers WHERE key LIKE 'incoming/%'"
ROWS = "SELECT external_id, amount_minor, state, valued_at FROM incoming_transfers ORDER BY external_id"


async def _rewind(scanning: Scanning, block: int) -> Outcome:
    """As an operator types it, with both providers."""
    nodes = scanning.nodes
    given = {
        "HOLDFAST_TRON_URL": nodes.first.address,
        "HOLDFAST_TRON_SECOND_URL": nodes.second.address,
        "HOLDFAST_TRON_TOKEN_CONTRACT": "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
    }
    typed = ("chain", "rewind", str(block), "--by", "Olga", "--why", "The first provider left something out")
    return await holdfast(*typed, **market(scanning.stored, **given))


async def _ask_for_dismissal(scanning: Scanning, incoming_id: UUID) -> tuple[UUID, UUID]:
    """The resolution, and an operator who may approve it."""
    async with scanning.database.transaction() as session:
        olga, anna = await create_operator(session, "Olga"), await create_operator(session, "Anna", approver=True)
        asked = await resolutions.dismiss(session, olga.id, incoming_id, "No explorer has it")
    return asked.value.id, anna.id


async def test_what_two_people_dismiss_keeps_no_top_up_waiting_and_is_credited_if_it_came_after_all(
    scanning: Scanning,
) -> None:
    top_up, address = await scanning.top_up("2000")
    block = scanning.nodes.paid(STRANGER, "1")
    lies = [{"block": block, "kind": "invent", "minor": 2_000_000_000, "recipient": address}]
    scanning.first_node(lies=lies)
    await scanning.scan(scanning.compared)
    assert (await scanning.state(top_up))[0] == "confirmed"
    [(incoming_id,)] = await scanning.rows("SELECT id FROM incoming_transfers")
    resolution_id, anna = await _ask_for_dismissal(scanning, incoming_id)
    assert (await scanning.state(top_up))[0] == "confirmed"
    decide = partial(resolutions.decide, operator_id=anna, resolution_id=resolution_id, approve=True)
    signalled = (await scanning.database.run(decide)).signals
    assert [signal.about.id for signal in signalled] == [top_up.id]
    assert (await scanning.state(top_up))[0] == "waiting"
    await scanning.later(scanning.compared)
    assert [row[2] for row in await scanning.rows(ROWS)] == ["dismissed"]
    assert await scanning.rows(CREDITS) == [(0,)] and await scanning.balance(top_up) == 0
    scanning.second_node(lies=lies)  # both report it after all
    assert (await _rewind(scanning, block - 1)).status == 0
    for _ in range(2):
        await scanning.later(scanning.compared)
    assert (await scanning.state(top_up))[:2] == ("credited", "2000.000000")
    assert await scanning.rows(CREDITS) == [(1,)]


async def test_what_is_confirmed_before_the_second_person_decides_is_not_dismissed(scanning: Scanning) -> None:
    scanning.second_node(outage="unavailable")
    top_up, address = await scanning.top_up("2000")
    scanning.nodes.paid(address, "2000")
    await scanning.scan(scanning.compared)
    [(incoming_id,)] = await scanning.rows("SELECT id FROM incoming_transfers")
    resolution_id, anna = await _ask_for_dismissal(scanning, incoming_id)
    scanning.second_node()
    await scanning.later(scanning.compared)
    decide = partial(resolutions.decide, operator_id=anna, resolution_id=resolution_id)
    with pytest.raises(Conflict, match="credited"):
        await scanning.database.run(partial(decide, approve=True))
    await scanning.database.run(partial(decide, approve=False))
    assert (await scanning.state(top_up))[0] == "credited" and await scanning.rows(CREDITS) == [(1,)]
    [(state,)] = await scanning.rows("SELECT state FROM resolutions")
    assert state == "rejected"


async def test_blocks_that_an_operator_has_read_again_are_credited_once(scanning: Scanning) -> None:
    begin = (await scanning.cursor()).block
    top_up, address = await scanning.top_up("10")
    for amount in ("4", "6"):
        scanning.nodes.paid(address, amount)
    await scanning.scan(scanning.compared)
    before, head = await scanning.rows(ROWS), (await scanning.cursor()).block
    done = await _rewind(scanning, begin)
    assert (done.status, done.err) == (
        0,
        f"The chain was read up to block {head}. It is read again from block {begin + 1} on.",
    )
    assert (await scanning.cursor()).block == begin
    assert (await scanning.scan(scanning.compared)).arrivals == 2
    assert await scanning.rows(ROWS) == before and await scanning.rows(CREDITS) == [(2,)]
    assert await scanning.balance(top_up) == 10_000_000
    cursor = await scanning.cursor()
    assert (cursor.block, cursor.rewound_from, cursor.rewound_by) == (head, head, "Olga")


async def test_a_cursor_never_skips_a_block_nor_stands_on_one_that_may_vanish(scanning: Scanning) -> None:
    scanning.nodes.solidify()
    solid = (await scanning.chain.solid_head()).number
    before = (await scanning.cursor()).block
    forward = await _rewind(scanning, solid)
    assert (forward.status, forward.err) == (
        1,
        f"holdfast: tron: it is read up to block {before}, so it cannot be set back to block {solid}",
    )
    newer = await _rewind(scanning, solid + 1)
    assert newer.status == 1 and f"block {solid + 1} is not known" in newer.err
    scanning.second_node(outage="unavailable")
    unsure = await _rewind(scanning, before - 1)
    assert unsure.status == 1 and "is not known from the providers" in unsure.err
    assert (await scanning.cursor()).block == before
