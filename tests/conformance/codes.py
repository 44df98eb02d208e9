"""Cases: confirmation codes."""

from __future__ import annotations

from tests.conformance.adapter import Adapter
from tests.conformance.kit import case
from tests.conformance.payment import Payment, done, refused

MAX_TRIES = 5


@case
async def a_wrong_code_holds_nothing_and_the_right_one_still_does(adapter: Adapter) -> None:
    payment = await Payment.new(adapter)
    operation = await payment.opened()
    code = await adapter.code(operation)
    wrong = payment.debiting(operation, _other(code))
    refused(await adapter.client.send(wrong), "code_rejected")
    refused(await adapter.client.send(wrong), "code_rejected")
    await payment.must_be()
    done(await adapter.client.send(payment.debiting(operation, code)))
    await payment.must_be(held=payment.whole)


@case
async def a_code_confirms_its_own_operation_alone(adapter: Adapter) -> None:
    payment = await Payment.new(adapter)
    mine, other = await payment.opened(), await payment.opened()
    code = await adapter.code(other)
    await adapter.code(mine)
    refused(await adapter.client.send(payment.debiting(mine, code)), "code_rejected")
    await payment.must_be()


@case
async def a_new_code_kills_the_one_before(adapter: Adapter) -> None:
    payment = await Payment.new(adapter)
    operation = await payment.opened()
    old, new = await adapter.code(operation), await adapter.code(operation)
    refused(await adapter.client.send(payment.debiting(operation, old)), "code_rejected")
    done(await adapter.client.send(payment.debiting(operation, new)))
    await payment.must_be(held=payment.whole)


@case
async def a_code_is_used_once(adapter: Adapter) -> None:
    payment = await Payment.new(adapter)
    operation = await payment.opened()
    code = await adapter.code(operation)
    done(await adapter.client.send(payment.debiting(operation, code)))
    refused(await adapter.client.send(payment.debiting(operation, code)), "operation_ended", "code_rejected")
    await payment.must_be(held=payment.whole)


@case
async def after_five_wrong_tries_the_right_code_is_refused_too(adapter: Adapter) -> None:
    payment = await Payment.new(adapter)
    operation = await payment.opened()
    code = await adapter.code(operation)
    for _ in range(MAX_TRIES):
        refused(await adapter.client.send(payment.debiting(operation, _other(code))), "code_rejected")
    refused(await adapter.client.send(payment.debiting(operation, code)), "code_rejected")
    await payment.must_be()


def _other(code: str) -> str:
    return ("1" if code[0] != "1" else "2") + code[1:]
