"""Holds at the pages: their payee takes the money, in whole or in part, or gives it up; nobody else does."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import pytest

from domain.errors import Conflict
from domain.money import parse_money
from market.actor import Actor
from market.holds import capture
from store.wallets.holds import hold_money, hold_of, void
from tests.fixtures.cabinet import Cabinet, Person, cabinet
from tests.pages.test_wallets import address, opened, sent_again

__all__ = ["cabinet"]


async def _held(cabinet: Cabinet, payer: str, payee: str, amount: str) -> str:
    """The address of a hold of the payee's."""
    sides = (cabinet.market.marketplace_id, UUID(address(payer)), UUID(address(payee)))
    async with cabinet.market.database.transaction() as session:
        money, day = parse_money(amount, "RUB"), timedelta(days=1)
        return f"/my/holds/{(await hold_money(session, *sides, money, details='A bike', expires_in=day)).id}"


async def _two(cabinet: Cabinet) -> tuple[Person, str, Person, str]:
    """A payer with 100.00 and a payee, each with the page of the wallet."""
    anna, boris = await cabinet.client("Anna", 1), await cabinet.client("Boris", 2)
    return anna, await opened(cabinet, anna, "100.00"), boris, await opened(cabinet, boris)


async def test_the_payee_takes_all_of_a_hold_or_a_part_or_gives_it_up_once(cabinet: Cabinet) -> None:
    anna, payer, boris, payee = await _two(cabinet)
    whole, part, given_up = [await _held(cabinet, payer, payee, amount) for amount in ("10.00", "20.00", "30.00")]
    await boris.read(f"{payee}/holds")
    assert boris.form(f"{whole}/capture").fields["amount"].replace("\xa0", " ") == "10.00 RUB"
    late = boris.form(f"{given_up}/capture").fields
    replies = [
        *await sent_again(boris, f"{whole}/capture"),
        *await sent_again(boris, f"{part}/capture", amount="5"),
        *await sent_again(boris, f"{given_up}/void"),
    ]
    assert {(reply.status_code, reply.url.path) for reply in replies} == {(200, f"{payee}/holds")}
    said = (await boris.read(f"{payee}/holds")).replace("\xa0", " ")
    assert "15.00 RUB can be spent" in said and "taken: 5.00 RUB" in said
    assert [said.count(words) for words in ("Free again", "Taken")] == [1, 2]
    assert "/my/holds/" not in boris.page.text
    again = await boris.http.post(f"{given_up}/capture", data=late)
    assert again.status_code == 409 and "This hold has ended already." in again.text
    assert "85.00 RUB can be spent" in (await anna.read(payer)).replace("\xa0", " ")


async def test_a_refused_amount_is_shown_as_it_was_typed_and_changes_nothing(cabinet: Cabinet) -> None:
    _, payer, boris, payee = await _two(cabinet)
    hold = await _held(cabinet, payer, payee, "10.00")
    for amount, status, words in (
        ("10.01", 409, "More than is held."),
        ("0", 422, "Please type an amount such as"),
        ("1 USD", 422, "Please type an amount such as"),
        ("", 422, "Please fill this in."),
    ):
        await boris.read(f"{payee}/holds")
        await boris.send(f"{hold}/capture", amount=amount)
        assert boris.page.status_code == status and words in boris.words, amount
        assert boris.form(f"{hold}/capture").fields["amount"] == amount
    await boris.send(f"{hold}/capture", amount="10")
    assert "10.00 RUB can be spent" in (await boris.read(payee)).replace("\xa0", " ")


async def test_a_hold_that_ends_between_the_look_at_it_and_its_lock_is_not_ended_twice(cabinet: Cabinet) -> None:
    _, payer, boris, payee = await _two(cabinet)
    hold_id, marketplace = UUID(address(await _held(cabinet, payer, payee, "10.00"))), cabinet.market.marketplace_id
    async with cabinet.market.database.transaction() as session:
        await hold_of(session, marketplace, hold_id)
        async with cabinet.market.database.transaction() as sooner:
            await void(sooner, await hold_of(sooner, marketplace, hold_id, lock=True))
        with pytest.raises(Conflict, match="hold_ended"):
            await capture(session, Actor(marketplace, UUID(boris.user_id)), hold_id, None)


async def test_neither_the_payer_nor_another_client_ends_a_hold(cabinet: Cabinet) -> None:
    anna, payer, boris, payee = await _two(cabinet)
    eve = await cabinet.client("Eve", 3)
    hold = await _held(cabinet, payer, payee, "10.00")
    assert "Held for another wallet" in await anna.read(f"{payer}/holds")
    assert not re.search(r"/my/holds/|>Take<", anna.page.text)
    await eve.read("/my/profile")
    for somebody, expected in ((anna, 403), (eve, 404)):
        csrf = somebody.form("/log-out").fields["csrf"]
        for form in ({"csrf": csrf, "amount": "10"}, {"csrf": csrf}):
            action = f"{hold}/capture" if "amount" in form else f"{hold}/void"
            assert (await somebody.http.post(action, data=form)).status_code == expected, action
    assert "Held for you in another wallet" in await boris.read(f"{payee}/holds")
    assert boris.form(f"{hold}/void").fields
