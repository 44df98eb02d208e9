"""Corrections of wallets over REST: two people, one transfer, never below zero, and the owner learns why."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import pytest
import pytest_asyncio

from activities.mail import MailActivities
from activities.notices import NoticeActivities
from devstack.mailbox import Mailbox
from edge.mailer import Mailer
from edge.sealing import Sealer
from store.people.api_keys import issue_key
from store.people.operators import create_operator
from tests.fixtures.administration import browser, log_in
from tests.fixtures.corrections import correction
from tests.fixtures.market import Api
from tests.fixtures.market_client import Json, MarketClient
from tests.fixtures.people import People
from tests.fixtures.wallets import Wallets, deposit

URL: Final = "https://market.example.test"
PLATFORM: Final = "SELECT coalesce(sum(balance_minor), 0) FROM ledger.accounts WHERE code = 'corrections/RUB'"


@dataclass
class Staff:
    """`olga` asks. Of the others `paul` is a plain operator, `anna` and `vera` are approvers."""

    olga: MarketClient
    paul: MarketClient
    anna: MarketClient
    vera: MarketClient


@pytest_asyncio.fixture(loop_scope="session")
async def staff(api: Api) -> AsyncIterator[Staff]:
    async def caller(name: str, *, approver: bool) -> MarketClient:
        async with api.database.transaction() as session:
            operator = await create_operator(session, name, approver=approver)
            return api.caller(await issue_key(session, api.settings.pepper_bytes, operator_id=operator.id))

    made = Staff(
        await caller("Olga", approver=True),
        await caller("Paul", approver=False),
        await caller("Anna", approver=True),
        await caller("Vera", approver=True),
    )
    yield made
    for each in (made.olga, made.paul, made.anna, made.vera):
        await each.aclose()


async def _booked(wallets: Wallets, made: Json) -> int:
    [(count,)] = await wallets.api.rows(
        "SELECT count(*) FROM ledger.transfers WHERE key = :key AND refusal IS NULL", key=f"correction/{made['id']}"
    )
    return int(count)


async def test_a_correction_moves_money_when_a_second_person_approves_and_the_owner_reads_the_reason(
    wallets: Wallets, staff: Staff
) -> None:
    wallet, owner = await wallets.person("100.00")
    [(before,)] = await wallets.api.rows(PLATFORM)
    taken = await staff.olga.make("/corrections", correction(wallet, "30.00", "out", reason="Reported twice"))
    given = await staff.olga.make("/corrections", correction(wallet, "5.50", "in", reason="Our mistake"))
    assert (taken["state"], taken["operation_id"], await wallets.balance(wallet)) == ("requested", None, "100.00")
    booked = [
        await staff.anna.make(f"/corrections/{each['id']}/approval", {"approve": True}) for each in (taken, given)
    ]
    assert [each["state"] for each in booked] == ["approved", "approved"]
    lines = (await owner.read(f"/wallets/{wallet}"))["operations"][:2]
    assert [(line["kind"], line["direction"], line["amount"]["amount"], line["details"]) for line in lines] == [
        ("correction", "in", "5.50", "Our mistake"), ("correction", "out", "30.00", "Reported twice"),
    ]  # fmt: skip
    assert [line["operation_id"] for line in lines] == [each["operation_id"] for each in reversed(booked)]
    assert {line["counterparty"] for line in lines} == {"platform"}
    assert await wallets.balance(wallet) == "75.50"
    assert await wallets.api.rows(PLATFORM) == [(before + 24_50,)]


async def test_state_action_and_role_decide_together_and_what_is_refused_changes_nothing(
    wallets: Wallets, staff: Staff
) -> None:
    wallet = await wallets.wallet("100.00")
    people = {"own": staff.olga, "plain": staff.paul, "approver": staff.anna}
    actions: dict[str, tuple[str, Json]] = {
        "approve": ("approval", {"approve": True}),
        "reject": ("approval", {"approve": False}),
        "retract": ("retraction", {}),
    }
    allowed = {("own", "retract"), ("approver", "approve"), ("approver", "reject")}
    codes = {"own": "own_correction", "plain": "approver_key_needed"}
    ends = {"approve": "approved", "reject": "rejected", "retract": "withdrawn"}
    for who, caller in people.items():
        for action, (path, body) in actions.items():
            made = await staff.olga.make("/corrections", correction(wallet, "0.01"))
            reply = await caller.post(f"/corrections/{made['id']}/{path}", body)
            now = await staff.paul.read(f"/corrections/{made['id']}")
            if (who, action) in allowed:
                assert (reply.status_code, now["state"]) == (200, ends[action]), (who, action)
            else:
                wanted = "other_operator" if action == "retract" else codes[who]
                assert (reply.status_code, reply.json()["code"]) == (403, wanted), (who, action)
                assert now == made
            assert await _booked(wallets, made) == (now["state"] == "approved")
            if now["state"] == "requested":
                await staff.olga.make(f"/corrections/{made['id']}/retraction", {})
            for late, (then, said) in actions.items():  # nothing can be done to what has ended
                another = staff.olga if late == "retract" else staff.vera
                ended = await another.post(f"/corrections/{made['id']}/{then}", said)
                assert (ended.status_code, ended.json()["code"]) == (409, "correction_ended"), (who, action, late)
    assert await wallets.balance(wallet) == "99.99"


async def test_without_the_money_the_approval_is_refused_and_can_follow_when_it_is_there(
    wallets: Wallets, staff: Staff
) -> None:
    wallet = await wallets.wallet("10.00")
    other = await wallets.wallet()
    sides = {"from_wallet_id": wallet, "to_wallet_id": other, "amount": {"amount": "4.00", "currency": "RUB"}}
    await wallets.api.client.make("/holds", {**sides, "expires_in_s": 3600})
    made = await staff.olga.make("/corrections", correction(wallet, "6.01"))
    approval = f"/corrections/{made['id']}/approval"
    refused = await staff.anna.post(approval, {"approve": True})
    assert (refused.status_code, refused.json()["code"]) == (409, "insufficient_funds")
    assert await staff.olga.read(f"/corrections/{made['id']}") == made
    assert (await wallets.balance(wallet), await _booked(wallets, made)) == ("10.00", 0)
    await wallets.fund(wallet, "0.01")
    assert (await staff.anna.make(approval, {"approve": True}))["state"] == "approved"
    read = await wallets.read(wallet)
    assert (read["balance"]["amount"], read["available"]["amount"]) == ("4.00", "0.00")


async def test_of_many_approvals_at_once_one_is_booked_and_a_repeat_gets_the_first_answer(
    wallets: Wallets, staff: Staff
) -> None:
    wallet = await wallets.wallet("100.00")
    made = await staff.olga.make("/corrections", correction(wallet, "60.00"))
    approval = f"/corrections/{made['id']}/approval"
    sent = [
        caller.post(approval, {"approve": yes}, key=f"{made['id']}/{number}")
        for number, (caller, yes) in enumerate([(staff.anna, True), (staff.vera, True), (staff.vera, False)] * 2)
    ]
    replies = await asyncio.gather(*sent)
    assert Counter(reply.json().get("code") for reply in replies) == {None: 1, "correction_ended": 5}
    [first] = [(number, reply.json()) for number, reply in enumerate(replies) if reply.status_code == 200]
    caller, yes = [(staff.anna, True), (staff.vera, True), (staff.vera, False)][first[0] % 3]
    again = await caller.post(approval, {"approve": yes}, key=f"{made['id']}/{first[0]}")
    assert (again.status_code, again.json()) == (200, first[1])
    assert await wallets.balance(wallet) == ("40.00" if first[1]["state"] == "approved" else "100.00")


async def test_two_corrections_and_a_transfer_never_take_more_than_there_is(wallets: Wallets, staff: Staff) -> None:
    wallet, other = await wallets.wallet("10.00"), await wallets.wallet()
    made = [await staff.olga.make("/corrections", correction(wallet, "6.00")) for _ in range(2)]
    replies = await asyncio.gather(
        *(staff.anna.post(f"/corrections/{each['id']}/approval", {"approve": True}) for each in made),
        wallets.transfer(wallet, other, "6.00"),
    )
    assert sorted(reply.status_code < 300 for reply in replies) == [False, False, True]
    assert await wallets.balance(wallet) == "4.00"


async def test_what_is_no_correction_is_refused_with_its_field(wallets: Wallets, staff: Staff) -> None:
    wallet, dollars = await wallets.wallet("1.00"), await wallets.wallet(currency="USD")
    nowhere = "00000000-0000-7000-8000-000000000000"
    cases = [
        (correction(dollars), 409, "wrong_currency", "amount.currency"),
        (correction(nowhere), 404, "unknown_wallet", "wallet_id"),
        (correction(wallet, "0.00"), 422, "bad_amount", "amount.amount"),
        (correction(wallet, "-1.00"), 422, "bad_amount", "amount.amount"),
        (correction(wallet, direction="up"), 422, "invalid_field", "direction"),
        (correction(wallet, reason=""), 422, "invalid_field", "reason"),
        (correction(wallet, reason="  "), 422, "invalid_field", "reason"),
        (correction(wallet, reason="x" * 501), 422, "invalid_field", "reason"),
    ]
    for body, status, code, field in cases:
        said = (await staff.olga.post("/corrections", body)).json()
        assert (said["status"], said["code"], said["field"]) == (status, code, field), body
    for path in ("approval", "retraction"):
        body = {"approve": True} if path == "approval" else {}
        missing = await staff.anna.post(f"/corrections/{nowhere}/{path}", body)
        assert (missing.status_code, missing.json()["code"]) == (404, "unknown_correction")
    refused = await wallets.api.client.post("/corrections", correction(wallet))
    assert (refused.status_code, refused.json()["code"]) == (403, "operator_key_needed")
    assert (await staff.olga.read("/corrections", wallet_id=wallet))["items"] == []


async def test_corrections_are_listed_by_wallet_and_by_what_waits(wallets: Wallets, staff: Staff) -> None:
    wallet, other = await wallets.wallet("10.00"), await wallets.wallet("10.00")
    made = [await staff.olga.make("/corrections", correction(each)) for each in (wallet, other, wallet, wallet)]
    await staff.anna.make(f"/corrections/{made[2]['id']}/approval", {"approve": True})
    first = await staff.paul.read("/corrections", wallet_id=wallet, limit=1)
    rest = await staff.paul.read("/corrections", wallet_id=wallet, after=first["next"])
    listed = [each["id"] for each in first["items"] + rest["items"]]
    assert listed == [made[number]["id"] for number in (0, 2, 3)]
    waits = await staff.paul.get("/corrections", wallet_id=wallet, open_only="true")
    assert [each["id"] for each in waits.json()["items"]] == [made[0]["id"], made[3]["id"]]


@pytest.mark.parametrize(
    ("language", "direction", "said"),
    [
        ("en", "out", "We have put a mistake right: 3.00\u00a0RUB was taken out of your wallet."),
        ("ru", "in", "Мы исправили ошибку: в ваш кошелёк добавлено 3,00\u00a0RUB."),
    ],
)
async def test_the_owner_gets_one_mail_in_their_language(
    wallets: Wallets, staff: Staff, mailbox: Mailbox, language: str, direction: str, said: str
) -> None:
    api, after = wallets.api, mailbox.last_id
    email = f"owner-{UUID(int=after).hex}@example.test"
    user = await api.client.user("Olaf", email, language=language)
    wallet = (await api.client.make(f"/users/{user['id']}/wallets", {"currency": "RUB"}))["wallet_id"]
    await wallets.payment_system.make("/deposits", deposit(wallet, "10.00"))
    made = await staff.olga.make("/corrections", correction(wallet, "3.00", direction, reason="Counted https://x.test"))
    await staff.anna.make(f"/corrections/{made['id']}/approval", {"approve": True})
    sealer = Sealer(api.settings.sealing_key_bytes)
    notices = NoticeActivities(api.database, sealer, URL)
    mailer = Mailer(mailbox.url, "Market <market@example.test>")
    mails = MailActivities(api.database, sealer, api.settings.pepper_bytes, mailer, URL)
    while await notices.tell_notices():
        await mails.send_mails()
    await mails.send_mails()
    [mail] = mailbox.mails(to=email, after=after)
    assert said in mail.text and f"{URL}/my/wallets/{wallet}" in mail.text
    assert "Counted" in mail.text and "https://x.test" not in mail.text


async def test_administrators_see_what_waits_and_change_nothing_there(
    wallets: Wallets, staff: Staff, people: People
) -> None:
    admin, wallet = await people.staff(administrator=True), await wallets.wallet("10.00")
    made = await staff.olga.make("/corrections", correction(wallet, reason="Seen by all"))
    async with browser(people.api) as client:
        await log_in(client, admin)
        listed = (await client.get("/admin/corrections/list")).text
        detail = (await client.get(f"/admin/corrections/detail?pk={made['id']}")).text
        overview = (await client.get("/admin/")).text
    assert "Seen by all" in listed and "Seen by all" in detail
    assert "for a second person, since" in overview
