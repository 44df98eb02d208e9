"""What the adapter of every gateway must do: one case per promise, run by `for case in CASES: await case(adapter)`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from domain.incoming_transfers import IncomingState
from store.chain.incoming_transfers import IncomingTransfer
from tests.conformance.gateways.adapter import Adapter

Case = Callable[[Adapter], Awaitable[None]]
CASES: Final[list[Case]] = []


def case(body: Case) -> Case:
    """Adds a case; the function's name is its sentence."""
    CASES.append(body)
    return body


async def _recorded(adapter: Adapter, name: str) -> IncomingTransfer:
    found = await adapter.recorded(name)
    assert found is not None, f"{name} was paid and read, and is not recorded"
    return found


@case
async def what_a_top_up_is_paid_by_is_its_own_and_stays(adapter: Adapter) -> None:
    (one, of_one), (other, of_other) = [await adapter.begin("10") for _ in "12"]
    assert of_one != of_other
    for _ in "12":
        assert (await adapter.data(one), await adapter.data(other)) == (of_one, of_other)


@case
async def a_payment_is_credited_once_however_often_it_is_read(adapter: Adapter) -> None:
    top_up, data = await adapter.begin("10")
    name = await adapter.pay(data, "10")
    for _ in "123":
        await adapter.read()
    transfer = await _recorded(adapter, name)
    assert (transfer.state, transfer.top_up_id) == (IncomingState.CREDITED, top_up.id)
    assert await adapter.balance(top_up) == transfer.amount.amount
    assert (await adapter.now(top_up)).state == "credited"


@case
async def the_same_amount_twice_is_two_payments(adapter: Adapter) -> None:
    top_up, data = await adapter.begin("10")
    names = {await adapter.pay(data, "10") for _ in "12"}
    await adapter.read()
    transfers = [await _recorded(adapter, name) for name in sorted(names)]
    assert len({transfer.id for transfer in transfers}) == 2
    found = await adapter.now(top_up)
    assert (found.state, found.received_minor) == ("overpaid", 2 * found.amount_minor)


@case
async def parts_add_up(adapter: Adapter) -> None:
    top_up, data = await adapter.begin("10")
    states = []
    for _ in "12":
        await adapter.pay(data, "5")
        await adapter.read()
        states.append((await adapter.now(top_up)).state)
    assert states == ["partially_received", "credited"]


@case
async def a_payment_after_the_time_is_credited_and_late(adapter: Adapter) -> None:
    top_up, data = await adapter.begin("10", over=True)
    name = await adapter.pay(data, "10")
    await adapter.read()
    transfer, found = await _recorded(adapter, name), await adapter.now(top_up)
    assert transfer.valued_at > found.pay_by
    assert (found.state, found.late_minor, found.received_minor) == ("late", found.amount_minor, 0)
    assert await adapter.balance(top_up) == transfer.amount.amount


@case
async def without_a_payment_a_top_up_expires_once_all_is_read(adapter: Adapter) -> None:
    top_up, _ = await adapter.begin("10", over=True)
    await adapter.read()
    assert (await adapter.now(top_up)).state == "expired"


@case
async def what_nobody_has_read_is_not_known(adapter: Adapter) -> None:
    await adapter.read()
    _, data = await adapter.begin("10")
    name = await adapter.pay(data, "10")
    before = await adapter.closed_until()
    await adapter.read()
    after, transfer = await adapter.closed_until(), await _recorded(adapter, name)
    assert before is not None and after is not None
    assert before < transfer.valued_at <= after


@case
async def a_silent_source_loses_nothing_and_counts_from_when_it_was_paid(adapter: Adapter) -> None:
    await adapter.read()
    top_up, data = await adapter.begin("10")
    async with adapter.silent():
        name = await adapter.pay(data, "10")
        await adapter.read()
        assert await adapter.recorded(name) is None
        meanwhile = await adapter.closed_until()
    await adapter.read()
    after, transfer = await adapter.closed_until(), await _recorded(adapter, name)
    assert meanwhile is not None and after is not None
    assert meanwhile < transfer.valued_at <= after
    assert (await adapter.now(top_up)).state == "credited"
