"""What people do at the pages about themselves, their accounts and their wallets; and what staff does at /admin."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final
from uuid import UUID

from domain.money import Money
from store.chain.accounts import keep_accounts
from store.wallets.wallets import wallet_for
from tests.audit.form_world import Ground
from tests.fixtures.cabinet import Person
from tests.fixtures.chain import Chain, arrival
from tests.fixtures.clock import set_ahead
from tests.fixtures.corrections import every_correction
from tests.fixtures.party_wallets import give
from tests.fixtures.people import PASSWORD
from tests.fixtures.signer import OUR_ACCOUNTS, THEIR_ADDRESS

NEW_PASSWORD: Final = "another horse, another battery"
WRONG: Final = "AAAA-AAAA"
_PASSWORD_LINK: Final = re.compile(r"/password\?token=([\w-]{43})")
_EMAIL_LINK: Final = re.compile(r"/email\?token=([\w-]{43})")


async def signed_up(ground: Ground, name: str, email: str) -> Person:
    """A new person, who has chosen a password and logged in."""
    somebody, after = ground.stranger(), ground.last_mail
    await somebody.read("/sign-up")
    await somebody.send(name=name, email=email)
    await ground.deliver()
    await _choose_password(ground, somebody, await ground.mailed(email, after, _PASSWORD_LINK), PASSWORD)
    somebody.name, somebody.email = name, email
    somebody.user_id = await ground.id_of("SELECT id FROM users WHERE email = :email", email=email)
    await somebody.read("/language/ru?back=/my/profile")
    await somebody.read("/language/en?back=/my/profile")
    assert email in somebody.words
    return somebody


async def new_password(ground: Ground, somebody: Person) -> None:
    """Logs out, has forgotten the password, and logs in with a new one."""
    await somebody.read("/my/profile")
    await somebody.send("/log-out")
    after = ground.last_mail
    await ground.log_in(somebody, somebody.email, "not this one")
    assert somebody.page.status_code == 401
    await somebody.read("/password")
    await somebody.send("/password/asked", email=somebody.email)
    await ground.deliver()
    token = await ground.mailed(somebody.email, after, _PASSWORD_LINK)
    await _choose_password(ground, somebody, token, NEW_PASSWORD)


async def _choose_password(ground: Ground, somebody: Person, token: str, password: str) -> None:
    await somebody.read(f"/password?token={token}")
    await somebody.send("/password", password=password, again=password)
    assert somebody.at == "/log-in"
    await somebody.send(password=password)
    assert somebody.at == "/", somebody.words


async def new_email(ground: Ground, somebody: Person, email: str, *, keep: bool = False) -> None:
    """The shop names another address; the link that is mailed there confirms it, the one to the old one keeps that."""
    after = ground.last_mail
    wanted = {"name": somebody.name, "email": email, "language": "en"}
    assert (await ground.served.shop.put(f"/users/{somebody.user_id}", wanted)).is_success
    await ground.deliver()
    token = await ground.mailed(somebody.email if keep else email, after, _EMAIL_LINK)
    stranger = ground.stranger()
    await stranger.read(f"/email?token={token}")
    said = await stranger.send("/email")
    assert f"now {somebody.email if keep else email}" in said


async def confirm_account(ground: Ground, owner: Person, email: str) -> str:
    """With the code that the bank mails to the account's owner, at the second try; the id of the account."""
    page, after = owner.at, ground.last_mail
    assert page.endswith("/confirmation"), owner.words
    await owner.send(page.replace("/confirmation", "/code"))
    code = await ground.code(email, after)
    assert "The code is wrong" in await owner.send(page, code=WRONG)
    await owner.send(page, code=code.lower())
    assert owner.page.status_code == 200 and owner.at != page, owner.words
    return page.split("/")[-2]


async def with_test_money(ground: Ground, somebody: Person) -> str:
    """1,000.00 in the wallet that came with the sign-up, and an account at a bank for payouts; the wallet's address."""
    await somebody.read("/my/test-money")
    await somebody.send("/my/test-money", amount="1,000.00")
    wallet = somebody.at
    assert "1,000.00" in somebody.words
    await somebody.read("/my/test-money")
    await somebody.send("/my/test-money/account")
    await somebody.send("/my/accounts")
    somebody.account_id = await confirm_account(ground, somebody, somebody.email)
    await somebody.send(f"/my/accounts/{somebody.account_id}/payout")
    assert "Payouts go here" in somebody.words
    return wallet


async def corrected(ground: Ground, owner: Person, wallet: str) -> None:
    """Two operators put a mistake right in a wallet, in both directions; the owner reads why."""
    await every_correction(ground.market.database, UUID(_id(wallet)))
    said = await owner.read(wallet)
    assert "Correction" in said and "Counted twice" in said
    assert "1,000.00" in said


async def between_wallets(ground: Ground, payer: Person, payee: Person, wallet: str) -> None:
    """`payer` sends money from `wallet`, is asked for more three times, and answers; the payee ends two holds."""
    await payee.read("/my/wallets")
    await payee.send("/my/wallets", currency="RUB")
    other = payee.at
    await payer.read(f"{wallet}/transfer")
    await payer.send(f"{wallet}/transfer", to=_id(other), amount="30.50", details="Rent")
    assert "969.50" in payer.words
    asked = []
    for amount in ("20", "25", "7"):
        await payee.read(f"{other}/requests")
        sent = {"from": _id(wallet), "amount": amount, "details": "Lunch", "days": "1"}
        await payee.send(f"{other}/requests", **sent)
        asked.append(await ground.id_of("SELECT id FROM payment_requests ORDER BY id DESC"))
    await payee.send(f"/my/payment-requests/{asked[2]}/retraction")
    await payer.read(f"{wallet}/requests")
    await payer.send(f"/my/payment-requests/{asked[0]}/confirmation")
    await payer.send(f"/my/payment-requests/{asked[1]}/decline")
    assert all(word in payer.words for word in ("Paid", "Declined", "Retracted"))
    for end, fields in (("capture", {"amount": "4"}), ("void", {})):
        sides = {"from_wallet_id": _id(wallet), "to_wallet_id": _id(other), "expires_in_s": 3600}
        money = {"amount": "10.00", "currency": "RUB"}
        held = await ground.served.shop.make("/holds", {**sides, "amount": money, "details": "A bike"})
        await payee.read(f"{other}/holds")
        await payee.send(f"/my/holds/{held['hold_id']}/{end}", **fields)
    assert all(word in payee.words for word in ("Taken", "Free again"))


async def topped_up(ground: Ground, owner: Person) -> None:
    """Two top-ups of a wallet in USDT: one is paid in full, the other waits for its money."""
    chain = Chain(ground.market.database)
    await chain.fill_pool()
    async with ground.market.database.transaction() as session:
        wallet = f"/my/wallets/{(await wallet_for(session, UUID(owner.user_id), 'USDT')).id}"
    for amount in ("25", "30"):
        await owner.read(f"{wallet}/top-ups")
        await owner.send(f"{wallet}/top-ups", gateway="usdt_tron", amount=amount)
        assert "Waiting for the money" in owner.words, owner.words
    address = await ground.id_of("SELECT address FROM chain_addresses WHERE top_up_id IS NOT NULL ORDER BY index DESC")
    at = await chain.now()
    await chain.block(arrival(address, "30", at), at=at)
    await ground.market.redrive()
    await owner.read(owner.at)
    assert "In the wallet" in owner.words


async def withdrawals(ground: Ground, owner: Person, wallet: str) -> None:
    """One that is paid out by a second code after a wrong one, one that is cancelled, one that awaits its code."""
    await ground.market.bank.fund(1, Money(1_000_00, "RUB"))
    path = await _withdraw(owner, wallet, "40")
    await owner.send(f"{path}/code", code=WRONG)
    assert "The code is wrong" in owner.words
    await set_ahead(ground.market.database, UUID(_id(path)), timedelta(seconds=31))
    await owner.read(path)
    await owner.send(f"{path}/another-code")
    assert owner.page.status_code == 200, owner.words
    after = ground.last_mail
    await ground.deliver()
    await owner.send(f"{path}/code", code=await ground.code(owner.email, after))
    await owner.until("Paid out")
    path = await _withdraw(owner, wallet, "50")
    await owner.send(f"{path}/cancellation")
    assert "Cancelled" in owner.words
    after = ground.last_mail
    await _withdraw(owner, wallet, "60")
    await ground.deliver()
    assert await ground.code(owner.email, after)


async def withdrawn_to_an_address(ground: Ground, owner: Person) -> None:
    """One cancelled before its code; one confirmed, and so large that an approver has to agree, who rejects it."""
    async with ground.market.database.transaction() as session:
        wallet_id = (await wallet_for(session, UUID(owner.user_id), "USDT")).id
        await give(session, wallet_id, "2000", currency="USDT")
        await keep_accounts(session, OUR_ACCOUNTS)
    wallet = f"/my/wallets/{wallet_id}"
    await owner.read(f"{wallet}/withdrawals")
    await owner.send(f"{wallet}/withdrawals/address", address=THEIR_ADDRESS, amount="50")
    assert THEIR_ADDRESS in owner.words
    await owner.send(f"{owner.at}/cancellation")
    assert "Cancelled" in owner.words
    await owner.read(f"{wallet}/withdrawals")
    after = ground.last_mail
    await owner.send(f"{wallet}/withdrawals/address", address=THEIR_ADDRESS, amount="1500")
    path = owner.at
    await ground.deliver()
    await owner.send(f"{path}/code", code=await ground.code(owner.email, after))
    assert "Being checked" in owner.words
    approver = await ground.administrator(approver=True)
    await approver.read("/admin/withdrawal-approvals")
    await approver.send(f"/admin/withdrawal-approvals/{_id(path)}", decision="reject")
    assert "The withdrawal is rejected." in approver.words
    assert "Not sent" in await owner.read(path)


async def _withdraw(owner: Person, wallet: str, amount: str) -> str:
    await owner.read(f"{wallet}/withdrawals")
    await owner.send(f"{wallet}/withdrawals", amount=amount, account=owner.account_id)
    assert owner.at.startswith("/my/withdrawals/"), owner.words
    return owner.at


def _id(address: str) -> str:
    return address.rsplit("/", 1)[1]


# --- staff


async def settings(ground: Ground, administrator: Person) -> None:
    """The default commission, a title that clients read, a status, and a client who then logs in."""
    await administrator.read("/admin/platform-settings/edit?pk=True")
    await administrator.send(default_commission_percent="6.00")
    await administrator.read("/admin/deal-titles/edit?pk=funded")
    await administrator.send(en="Paid in full", ru="Оплачена")
    await administrator.read("/admin/statuses/create")
    await administrator.send(code="packed", en="Boxed", ru="Упаковано", states="completed", set_by="seller")
    await administrator.read("/admin/statuses/edit?pk=packed")
    await administrator.send(en="Packed")
    await administrator.read("/admin/users/create")
    person = {"name": "Klara Klein", "email": "klein@example.test", "login": "klara", "password": PASSWORD}
    await administrator.send(**person, marketplace_id=str(ground.market.marketplace_id))
    klara = ground.stranger()
    await ground.log_in(klara, "klara")
    assert klara.at == "/", klara.words
    assert await ground.rows("SELECT 1 FROM deal_titles WHERE en = 'Paid in full'")
    assert await ground.rows("SELECT 1 FROM statuses WHERE en = 'Packed' AND active")
    assert await ground.rows("SELECT 1 FROM platform_settings WHERE default_commission_bp = 600")


async def bank_client(ground: Ground, administrator: Person) -> None:
    """One that stays disabled: nothing answers there."""
    await administrator.read("/admin/bank-clients")
    said = {"name": "Northern banks", "url": "https://127.0.0.1:9", "api_key": "hf_bank_3f9c"}
    await administrator.send("/admin/bank-clients/new", **said)
    at = administrator.at
    await administrator.send(f"{at}/change", max_calls="20")
    await administrator.send(f"{at}/test")
    assert "It does not answer" in administrator.words
    await administrator.read(at)
    await administrator.send(f"{at}/state", state="enabled")
    assert "did not say which banks it serves" in administrator.words
    await administrator.send(f"{at}/state", state="disabled")
    assert await ground.rows("SELECT 1 FROM bank_clients WHERE state = 'disabled' AND max_calls = 20")


async def moderated(administrator: Person, offer: str, *, approve: bool = True, **said: str) -> None:
    await administrator.read("/admin/moderation")
    decision = "approve" if approve else "reject"
    await administrator.send(f"/admin/moderation/{offer}", decision=decision, **said)
    assert f"The offer is {decision}" in administrator.page.text


async def webhook_endpoint(ground: Ground, administrator: Person) -> None:
    """One to which nobody answers: tested, changed, with another secret, sent to again, and deleted."""
    await administrator.read("/admin/webhooks")
    await administrator.send("/admin/webhooks", url="http://127.0.0.1:9/webhooks")
    assert "whsec_" in administrator.words, administrator.words
    [page] = set(re.findall(r"/admin/webhooks/[0-9a-f-]{36}(?=/secret)", administrator.page.text))
    await administrator.read(page)
    for what, fields in (
        ("test", {}),
        ("change", {"email": "webhooks@example.test"}),
        ("redelivery", {"since": "2020-01-01T00:00:00", "until": "2100-01-01T00:00:00"}),
        ("secret", {}),
    ):
        await administrator.send(f"{page}/{what}", **fields)
        assert administrator.page.status_code == 200, administrator.words
    assert "whsec_" in administrator.words and "whsec_" not in await administrator.read(page)
    await administrator.send(f"{page}/deletion")
    assert "deleted" in administrator.words
