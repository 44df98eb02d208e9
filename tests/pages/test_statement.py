"""The statement of a wallet adds up for its reader: holds and freed holds are shown apart from movements."""

from __future__ import annotations

import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

from domain.money import parse_money
from store.payments.payments import Payment
from store.wallets.holds import Hold, capture, hold_money, void
from store.wallets.wallets import wallet_for
from tests.fixtures.cabinet import Cabinet, Person, cabinet
from tests.fixtures.party_wallets import waiting_code
from tests.pages.test_wallets import address, opened

__all__ = ["cabinet"]


async def _holds(cabinet: Cabinet, payer: str, payee: Person, taken: str | None) -> None:
    """1,000 is held; then `taken` of it is taken, or all of it is free again."""
    async with cabinet.market.database.transaction() as session:
        to = await wallet_for(session, UUID(payee.user_id), "RUB")
        sides = (cabinet.market.marketplace_id, UUID(address(payer)), to.id)
        money, day = parse_money("1000.00", "RUB"), timedelta(days=1)
        hold: Hold = await hold_money(session, *sides, money, details="A pledge", expires_in=day)
        if taken is None:
            await void(session, hold)
        else:
            await capture(session, hold, parse_money(taken, "RUB"))


async def _buys_from_the_wallet(cabinet: Cabinet, buyer: Person, wallet: str, seller: Person, price: str) -> str:
    deal = await buyer.buy(await cabinet.on_sale(seller, price, title="A brass lamp"))
    await buyer.send(f"/deals/{deal}/payment/review", account=address(wallet))
    await buyer.send(f"/deals/{deal}/payment")
    path = buyer.at
    await buyer.until("Enter the code")
    payment = cast("Payment", SimpleNamespace(id=path.rsplit("/", 1)[1]))
    await buyer.send(f"{path}/code", code=await waiting_code(cabinet.market, payment))
    await buyer.until("The seller has been paid.")
    return deal


async def _wallet_of(cabinet: Cabinet, somebody: Person) -> UUID:
    async with cabinet.market.database.transaction() as session:
        return (await wallet_for(session, UUID(somebody.user_id), "RUB")).id


def _minor(amount: str) -> int:
    return int(amount.replace(".", ""))


def _lines(somebody: Person) -> list[tuple[str, str, int, int]]:
    """What, sign, minor units of amount and balance of each line, the oldest first."""
    words = somebody.page.text.replace("\xa0", " ").replace(",", "")
    line = r"<li><div><h2>(.*?)</h2>.*?<p class=\"amount\"><span[^>]*>([+\u2212]?)([0-9.]+) RUB.*?balance: ([0-9.]+)"
    found = re.findall(line, words, re.S)
    return [(re.sub("<[^>]*>", "", a), b, _minor(c), _minor(d)) for a, b, c, d in reversed(found)]


async def test_signed_amounts_add_up_to_the_balance_and_a_freed_hold_is_no_debit(cabinet: Cabinet) -> None:
    anna, boris = await cabinet.client("Anna", 1), await cabinet.client("Boris", 2)
    wallet = await opened(cabinet, anna, "6000.25")
    await _holds(cabinet, wallet, boris, None)
    await _holds(cabinet, wallet, boris, "250.50")
    deal = await _buys_from_the_wallet(cabinet, anna, wallet, boris, "1200.00")
    await anna.read(f"{wallet}/withdrawals")
    await anna.send(f"{wallet}/withdrawals", amount="40")
    [withdrawal] = set(re.findall(r"/my/withdrawals/[0-9a-f-]{36}", anna.page.text)) or {anna.at}
    await anna.read(withdrawal)
    await anna.send(f"{withdrawal}/cancellation")
    await anna.read(f"{wallet}/withdrawals")
    await anna.send(f"{wallet}/withdrawals", amount="1000")

    said = (await anna.read(wallet)).replace("\xa0", " ")
    assert "3,549.75 RUB can be spent · 1,000.00 RUB is held" in said
    assert "4,549.75 RUB in the wallet in all" in said
    lines, balance = _lines(anna), 0
    assert len(lines) == 10
    for what, sign, amount, after in lines:
        balance += {"+": amount, "\u2212": -amount}.get(sign, 0)
        assert balance == after, what
    assert [what for what, sign, _, _ in lines if not sign] == [
        "Held",
        "Free again",
        "Held",
        "Held",
        "Held",
        "Free again",
        "Held",
    ]
    assert balance == 454_975
    # The deal is named by its title, with a link; no internal number is shown as text.
    assert re.search(
        rf'<a href="/deals/{deal}">Deal</a></h2>\s*<p class="muted small">.*? · <bdi>A brass lamp</bdi></p>',
        anna.page.text,
    )
    assert deal not in said
    theirs = await boris.read(f"/my/wallets/{await _wallet_of(cabinet, boris)}")
    assert theirs.count("Held for you in another wallet") == 2 and theirs.count("No longer held for you") == 1
    assert not any(sign for what, sign, _, _ in _lines(boris) if "eld for you" in what)
    russian = (await anna.read(f"/language/ru?back={wallet}")).replace("\xa0", " ")
    assert "доступно 3 549,75 RUB · удерживается 1 000,00 RUB" in russian
    await _rest_says_the_same(cabinet, wallet, lines)


async def _rest_says_the_same(cabinet: Cabinet, wallet: str, lines: list[tuple[str, str, int, int]]) -> None:
    shown: dict[str, Any] = await cabinet.served.shop.read(f"/wallets/{address(wallet)}")
    result = [(each["direction"], _minor(each["amount"]["amount"])) for each in reversed(shown["operations"])]
    assert result == [({"+": "in", "\u2212": "out", "": "none"}[sign], amount) for _, sign, amount, _ in lines]
    assert {each["kind"] for each in shown["operations"] if each["direction"] == "none"} == {"hold", "void"}
