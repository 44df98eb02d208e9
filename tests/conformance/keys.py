"""Cases: keys, lost answers, requests that overtake each other."""

from __future__ import annotations

import asyncio
from collections import Counter

from bank.client import Call, Done, KeyUnknown, Operation, Unknown, open_operation
from domain.money import Money
from tests.conformance.adapter import Adapter
from tests.conformance.kit import case
from tests.conformance.payment import Payment, done, refused

AT_ONCE = 8


@case
async def the_same_request_again_has_the_same_answer_and_no_further_effect(adapter: Adapter) -> None:
    payment = await Payment.new(adapter)
    opening = payment.opening()
    operation = await _twice(adapter, opening)
    code = await adapter.code(operation)
    await _twice(adapter, payment.debiting(operation, code))
    await payment.must_be(held=payment.whole)
    await _twice(adapter, payment.capturing(operation))
    await _twice(adapter, payment.crediting(operation, Money(1, adapter.currency)))
    await payment.must_be(taken=payment.whole, paid=Money(1, adapter.currency))
    assert done(await adapter.client.send(opening)).status == "created", "the first answer, not the state of now"
    assert len(done(await adapter.client.operations(payment.reference))) == 2


@case
async def other_content_under_a_key_is_neither_done_nor_refused_and_the_first_answer_stays(adapter: Adapter) -> None:
    payment = await Payment.new(adapter)
    first = payment.opening()
    operation = done(await adapter.client.send(first))
    more = payment.amount + payment.amount
    fee = await adapter.fee(payment.payer, payment.payee, more)
    other = open_operation(first.key, payment.payer, payment.payee, more, fee, payment.reference)
    assert isinstance(await adapter.client.send(other), Unknown)
    assert done(await adapter.client.ask(first)) == operation
    assert len(done(await adapter.client.operations(payment.reference))) == 1
    captured = await payment.captured()
    credit = payment.crediting(captured, Money(1, adapter.currency))
    done(await adapter.client.send(credit))
    larger = payment.crediting(captured, Money(2, adapter.currency))
    assert isinstance(await adapter.client.send(Call(credit.key, larger.path, larger.body, larger.read)), Unknown)
    await payment.must_be(taken=payment.whole, paid=Money(1, adapter.currency))


@case
async def a_lost_answer_is_unknown_and_found_by_asking_and_by_sending_again(adapter: Adapter) -> None:
    payment = await Payment.new(adapter)
    operation = await _lost(adapter, payment.opening())
    code = await adapter.code(operation)
    await _lost(adapter, payment.debiting(operation, code))
    await payment.must_be(held=payment.whole)
    await _lost(adapter, payment.capturing(operation))
    await _lost(adapter, payment.crediting(operation, Money(1, adapter.currency)))
    await payment.must_be(taken=payment.whole, paid=Money(1, adapter.currency))
    assert len(done(await adapter.client.operations(payment.reference))) == 2, "one debit, one credit"
    freed = await Payment.new(adapter)
    await _lost(adapter, freed.voiding(await freed.held()))
    await freed.must_be()


@case
async def a_lost_refusal_is_unknown_and_found_by_asking(adapter: Adapter) -> None:
    payment = await Payment.new(adapter)
    call = payment.capturing(await payment.opened())
    async with adapter.answers_lost():
        assert isinstance(await adapter.client.send(call), Unknown)
    refused(await adapter.client.ask(call), "not_held")
    refused(await adapter.client.send(call), "not_held")


@case
async def a_key_the_bank_never_heard_of_is_said_to_be_unknown_and_may_be_sent_then(adapter: Adapter) -> None:
    payment = await Payment.new(adapter)
    call = payment.opening()
    assert await adapter.client.ask(call) == KeyUnknown()
    operation = done(await adapter.client.send(call))
    assert done(await adapter.client.ask(call)) == operation
    assert len(done(await adapter.client.operations(payment.reference))) == 1


@case
async def a_void_that_overtakes_its_debit_refuses_it_for_ever(adapter: Adapter) -> None:
    payment = await Payment.new(adapter)
    operation = await payment.opened()
    late = payment.debiting(operation, await adapter.code(operation))
    done(await adapter.client.send(payment.voiding(operation)))
    refused(await adapter.client.send(late), "operation_ended", "code_rejected")
    refused(await adapter.client.send(late), "operation_ended", "code_rejected")
    done(await adapter.client.send(payment.voiding(operation)))
    assert done(await adapter.client.operation(operation.key)).status == "void"
    await payment.must_be()


@case
async def of_many_identical_requests_at_once_one_takes_effect(adapter: Adapter) -> None:
    payment = await Payment.new(adapter)
    operation = await payment.opened()
    code = await adapter.code(operation)
    for call in (payment.debiting(operation, code), payment.capturing(operation), payment.crediting(operation)):
        answers = await asyncio.gather(*(adapter.client.send(call) for _ in range(AT_ONCE)))
        kinds = Counter(type(answer) for answer in answers)
        assert kinds.keys() <= {Done, Unknown}, "a request under way is not refused"
        given = done(await adapter.client.send(call))
        assert all(answer.value == given for answer in answers if isinstance(answer, Done))
    await payment.must_be(taken=payment.whole, paid=payment.amount)


@case
async def of_many_captures_and_voids_at_once_one_decides(adapter: Adapter) -> None:
    payment = await Payment.new(adapter)
    held = await payment.held()
    calls = [payment.capturing(held) if number % 2 else payment.voiding(held) for number in range(AT_ONCE)]
    await asyncio.gather(*(adapter.client.send(call) for call in calls))
    status = done(await adapter.client.operation(held.key)).status
    assert status in ("success", "void")
    await payment.must_be(taken=payment.whole if status == "success" else None)


async def _twice(adapter: Adapter, call: Call[Operation]) -> Operation:
    first: Operation = done(await adapter.client.send(call))
    assert done(await adapter.client.send(call)) == first
    assert done(await adapter.client.ask(call)) == first
    return first


async def _lost(adapter: Adapter, call: Call[Operation]) -> Operation:
    async with adapter.answers_lost():
        assert isinstance(await adapter.client.send(call), Unknown)
    found: Operation = done(await adapter.client.ask(call))
    assert done(await adapter.client.send(call)) == found
    return found
