"""Cases: what each step does to the money, and what it refuses."""

from __future__ import annotations

from bank.client import open_operation
from domain.money import Money
from tests.conformance.adapter import Adapter
from tests.conformance.kit import case
from tests.conformance.payment import OPENING_MINOR, Payment, done, refused


@case
async def a_payment_is_held_captured_and_credited(adapter: Adapter) -> None:
    payment = await Payment.new(adapter)
    operation = await payment.opened()
    await payment.must_be()
    code = await adapter.code(operation)
    held = done(await adapter.client.send(payment.debiting(operation, code)))
    assert (held.amount, held.fee, held.status) == (payment.amount, payment.fee, "pause")
    await payment.must_be(held=payment.whole)
    done(await adapter.client.send(payment.capturing(held)))
    await payment.must_be(taken=payment.whole)
    done(await adapter.client.send(payment.crediting(held)))
    await payment.must_be(taken=payment.whole, paid=payment.amount)


@case
async def a_void_gives_all_back_fee_included(adapter: Adapter) -> None:
    payment = await Payment.new(adapter)
    held = await payment.held()
    assert done(await adapter.client.send(payment.voiding(held))).status == "void"
    await payment.must_be()


@case
async def a_payment_without_money_is_refused_and_stays_refused_when_money_comes(adapter: Adapter) -> None:
    payment = await Payment.new(adapter)
    everything = Money(OPENING_MINOR + 1, adapter.currency)
    fee = await adapter.fee(payment.payer, payment.payee, everything)
    call = open_operation(payment.key(), payment.payer, payment.payee, everything, fee, payment.reference)
    refused(await adapter.client.send(call), "insufficient_funds")
    other = await Payment.new(adapter)
    refused(await adapter.client.send(call), "insufficient_funds")
    refused(await adapter.client.ask(call), "insufficient_funds")
    await payment.must_be()
    assert (await other.opened()).status == "created"


@case
async def impossible_payments_are_refused_and_move_nothing(adapter: Adapter) -> None:
    payment = await Payment.new(adapter)
    zero, reference = Money(0, adapter.currency), payment.reference
    nobody = f"{payment.payee[:-4]}{'0000' if payment.payee[-4:] != '0000' else '1111'}"
    calls = {
        "unknown_account": (payment.payer, nobody, payment.amount, payment.fee),
        "same_account": (payment.payer, payment.payer, payment.amount, zero),
        "currency_mismatch": (
            payment.payer,
            payment.payee,
            Money(100, adapter.other_currency),
            Money(0, adapter.other_currency),
        ),
        "fee_changed": (payment.payer, payment.payee, payment.amount, payment.fee + Money(1, adapter.currency)),
    }
    for code, (payer, payee, amount, fee) in calls.items():
        refused(await adapter.client.send(open_operation(payment.key(), payer, payee, amount, fee, reference)), code)
    await payment.must_be()
    assert done(await adapter.client.operations(reference)) == []


@case
async def a_capture_happens_once(adapter: Adapter) -> None:
    payment = await Payment.new(adapter)
    held = await payment.held()
    capture = payment.capturing(held)
    first = done(await adapter.client.send(capture))
    assert done(await adapter.client.send(capture)) == first
    refused(await adapter.client.send(payment.capturing(held)), "operation_ended")
    await payment.must_be(taken=payment.whole)


@case
async def what_is_captured_cannot_be_voided_and_what_is_void_cannot_be_captured(adapter: Adapter) -> None:
    taken, freed = await Payment.new(adapter), await Payment.new(adapter)
    captured, held = await taken.captured(), await freed.held()
    refused(await adapter.client.send(taken.voiding(captured)), "operation_ended")
    done(await adapter.client.send(freed.voiding(held)))
    refused(await adapter.client.send(freed.capturing(held)), "operation_ended")
    await taken.must_be(taken=taken.whole)
    await freed.must_be()


@case
async def nothing_is_captured_before_the_debit_and_nothing_credited_before_the_capture(adapter: Adapter) -> None:
    payment = await Payment.new(adapter)
    refused(await adapter.client.send(payment.capturing(await payment.opened())), "not_held")
    refused(await adapter.client.send(payment.crediting(await payment.held())), "not_captured")
    await payment.must_be(held=payment.whole)


@case
async def credits_in_parts_never_exceed_their_source(adapter: Adapter) -> None:
    payment = await Payment.new(adapter)
    captured = await payment.captured()
    part = Money(payment.amount.minor - 1, adapter.currency)
    refused(
        await adapter.client.send(payment.crediting(captured, payment.amount + Money(1, adapter.currency))),
        "exceeds_source",
    )
    done(await adapter.client.send(payment.crediting(captured, part)))
    refused(await adapter.client.send(payment.crediting(captured, Money(2, adapter.currency))), "exceeds_source")
    done(await adapter.client.send(payment.crediting(captured, Money(1, adapter.currency))))
    refused(await adapter.client.send(payment.crediting(captured, Money(1, adapter.currency))), "exceeds_source")
    await payment.must_be(taken=payment.whole, paid=payment.amount)


@case
async def a_funds_check_counts_what_is_held_and_says_yes_or_no(adapter: Adapter) -> None:
    payment = await Payment.new(adapter, OPENING_MINOR * 6 // 10)
    waiting = await payment.opened()
    assert await adapter.client.check_funds(payment.payer, payment.amount, waiting.key) is True
    held = await payment.held()
    assert await adapter.client.check_funds(payment.payer, payment.amount, waiting.key) is False
    done(await adapter.client.send(payment.voiding(held)))
    assert await adapter.client.check_funds(payment.payer, payment.amount, waiting.key) is True


@case
async def operations_are_found_by_key_and_by_reference(adapter: Adapter) -> None:
    payment = await Payment.new(adapter)
    captured = await payment.captured()
    paid = done(await adapter.client.send(payment.crediting(captured)))
    assert done(await adapter.client.operation(captured.key)) == captured
    listed = done(await adapter.client.operations(payment.reference))
    assert [(each.key, each.kind, each.source) for each in listed] == [
        (captured.key, "debit", None),
        (paid.key, "credit", captured.key),
    ]
    refused(await adapter.client.operation(f"{captured.key[:-4]}0000"), "unknown_operation")
