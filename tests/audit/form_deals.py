"""What sellers and buyers do at the pages about offers, payments and deals; each story ends with what is shown then."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

import httpx

from tests.audit.form_people import WRONG, confirm_account, moderated
from tests.audit.form_world import Ground
from tests.fixtures.cabinet import Person
from tests.fixtures.clock import set_ahead
from tests.fixtures.market_client import Json
from tests.fixtures.pages import RETURN_ORIGIN

INSPECTION: Final = {"release": "on_acceptance", "inspection_s": 3600}
_NEWEST_OFFER: Final = "SELECT id FROM offers WHERE CAST(seller_id AS text) = :id ORDER BY id DESC"


async def put_up(ground: Ground, seller: Person, title: str, price: str, quantity: str = "3") -> str:
    """An offer that waits for moderation; its id."""
    await seller.read("/my/offers/new")
    await seller.send(title=title, description="As it stands", price=price, quantity=quantity)
    assert title in seller.words
    return await ground.id_of(_NEWEST_OFFER, id=seller.user_id)


async def change(seller: Person, offer: str, **fields: str) -> None:
    """Sends the present form of an offer with other `fields`."""
    path = f"/my/offers/{offer}"
    await seller.read(path)
    await seller.send(path, **fields)
    assert seller.at == "/my/offers", seller.words


async def turned(seller: Person, offer: str) -> str:
    """Takes an offer off sale, or puts it back; what the list of offers says then."""
    await seller.read(f"/my/offers/{offer}")
    return await seller.send(f"/my/offers/{offer}/on-sale")


# --- paying


async def begin(person: Person, deal: str, **chosen: str) -> str:
    """Reviews and orders a payment; `chosen` are an account or a wallet, and a part. Its id."""
    await person.read(f"/deals/{deal}/payment")
    if "amount" in chosen:
        chosen["part"] = "part"
    await person.send(f"/deals/{deal}/payment/review", **chosen)
    await person.send(f"/deals/{deal}/payment")
    assert person.at.startswith("/payments/"), person.words
    return person.at.split("/")[2]


async def pay(ground: Ground, person: Person, email: str, deal: str, **chosen: str) -> str:
    """Pays with the code that is mailed to `email`, at the first try; what the page says when the money is held."""
    after = ground.last_mail
    payment = await begin(person, deal, **chosen)
    return await _confirm(person, payment, await _code(ground, person, email, after))


async def pay_at_third_try(ground: Ground, person: Person, email: str, deal: str, **chosen: str) -> str:
    """As `pay`: a wrong code, a second code, and that."""
    after = ground.last_mail
    payment = await begin(person, deal, **chosen)
    await _code(ground, person, email, after)
    await person.send(f"/payments/{payment}/code", code=WRONG)
    await person.until("This code was not right")
    after = ground.last_mail
    await person.send(f"/payments/{payment}/another-code")
    return await _confirm(person, payment, await _code(ground, person, email, after))


async def _code(ground: Ground, person: Person, email: str, after: int) -> str:
    """The code mailed after the mail `after`, once the page asks for it; the platform's own codes are in our mails."""
    await person.until("Enter the code")
    await ground.deliver()
    return await ground.code(email, after)


async def _confirm(person: Person, payment: str, code: str) -> str:
    await person.send(f"/payments/{payment}/code", code=code.lower())
    assert person.page.status_code == 200, person.words
    return await person.until_true(lambda said: "Paid " in said, "that it is paid")


# --- stories


async def sold_and_changed(ground: Ground, seller: Person, buyer: Person, administrator: Person) -> None:
    """An offer is sold, changed, sold again, enlarged and reduced; one sale is refunded in part."""
    offer = await put_up(ground, seller, "A walnut desk", "1,000.00")
    await moderated(administrator, offer, percent="7.5")
    deal = await buyer.buy({"id": offer})
    await pay_at_third_try(ground, buyer, buyer.email, deal)
    await buyer.until("The seller has been paid.")
    await seller.read(f"/deals/{deal}")
    await seller.until("Completed")
    await ground.decide(seller, deal, "status", status="packed")
    assert "Status from the seller: Packed" in await buyer.read(f"/deals/{deal}")
    await buyer.send(f"/deals/{deal}/messages", text="When does it come?")
    assert "When does it come?" in await seller.read(f"/deals/{deal}/messages")
    await change(seller, offer, title="A pine desk", price="1,200.00")
    await moderated(administrator, offer)
    other = await buyer.buy({"id": offer})
    await pay(ground, buyer, buyer.email, other)
    await buyer.until("The seller has been paid.")
    await change(seller, offer, quantity="6")
    await buyer.buy({"id": offer})
    await change(seller, offer, quantity="2")
    assert "Taken off sale" in await turned(seller, offer)
    assert "On sale" in await turned(seller, offer)
    await _refunded_part(ground, seller, deal, "100")
    rejected = await put_up(ground, seller, "A broken desk", "5.00")
    await moderated(administrator, rejected, approve=False, reason="It is broken")
    await ground.served.shop.read(f"/offers/{rejected}")


async def _refunded_part(ground: Ground, seller: Person, deal: str, amount: str) -> None:
    await seller.read(f"/deals/{deal}")
    await seller.until("Completed")
    await ground.decide(seller, deal, "refund", amount=amount, reason="A scratch")


async def paid_in_parts(ground: Ground, seller: Person, buyer: Person, offer: Json, wallet: str) -> None:
    """A payment is cancelled, both agree on more time, and the price comes from a new account and from a wallet."""
    deal = await buyer.buy(offer)
    after = ground.last_mail
    payment = await begin(buyer, deal, amount="300")
    await _code(ground, buyer, buyer.email, after)
    await buyer.send(f"/payments/{payment}/cancellation")
    await buyer.until("This payment was cancelled")
    await ground.decide(buyer, deal, "extension", longer="hour")
    await ground.decide(buyer, deal, "retraction")
    await ground.decide(seller, deal, "extension", longer="day")
    await ground.decide(buyer, deal, "extension")
    new = await ground.market.bank.new_client(3, "5000.00")
    await buyer.read(f"/deals/{deal}/payment")
    await buyer.send(f"/deals/{deal}/payment/account", bank="3", number=new.number)
    account = await confirm_account(ground, buyer, new.email)
    assert "Pay the rest" in await pay(ground, buyer, new.email, deal, account=account, amount="400")
    await pay_at_third_try(ground, buyer, buyer.email, deal, account=wallet)
    await buyer.until("The seller has been paid.")
    await _refunded_part(ground, seller, deal, "700")
    await seller.until("A refund is done")


async def inspected(ground: Ground, seller: Person, buyer: Person, administrator: Person, offer: Json) -> None:
    """Four deals that the buyer inspects: accepted, undone by both, and with disputes, one settled and one decided."""
    deals = [await buyer.buy(offer) for _ in range(4)]
    for deal in deals:
        await pay(ground, buyer, buyer.email, deal)
        await buyer.read(f"/deals/{deal}")
        await buyer.until("Time to inspect")
    accepted, undone, settled, disputed = deals
    await ground.decide(buyer, accepted, "dispute", objection="It is not mine.")
    await ground.decide(buyer, accepted, "dispute/retraction", "/dispute")
    await ground.decide(buyer, accepted, "acceptance")
    await buyer.until("Completed")
    await ground.decide(seller, undone, "cancellation", reason="Lost on the way")
    await ground.decide(seller, undone, "retraction")
    await ground.decide(seller, undone, "cancellation", reason="Lost after all")
    await ground.decide(buyer, undone, "cancellation")
    await buyer.until("The deal was cancelled.")
    await ground.decide(seller, settled, "dispute", objection="They do not answer.")
    await buyer.read(f"/deals/{settled}/dispute")
    for part in ({"part": "1"}, {}):  # first it is shown what that means
        await buyer.send(f"/deals/{settled}/dispute/undisputed-part", **part)
        assert buyer.page.status_code == 200, buyer.words
    await ground.decide(seller, settled, "dispute/offers", "/dispute", back="1", words="For the scratch")
    await ground.decide(buyer, settled, "dispute/offers/2/acceptance", "/dispute")
    await ground.decide(buyer, disputed, "dispute", objection="It is broken.")
    await ground.decide(
        seller, disputed, "dispute/statements", "/dispute", statement="Look", link="https://example.org"
    )
    await ground.decide(seller, disputed, "dispute/offers", "/dispute", back="1")
    await ground.decide(seller, disputed, "dispute/offers/retraction", "/dispute")
    await _decide(ground, administrator)
    await buyer.read(f"/deals/{disputed}")
    await buyer.until("The dispute has ended")


async def _decide(ground: Ground, administrator: Person) -> None:
    """An administrator takes the open dispute, looks at what a split would move, and decides so."""
    case = "/admin/disputes/" + await ground.id_of("SELECT id FROM disputes WHERE state = 'open'")
    await administrator.read("/admin/disputes")
    assert "There are none." in await administrator.read(f"{case}/chat")
    await administrator.read(case)
    await administrator.send(f"{case}/assignment")
    shown = await administrator.send(ruling="split", amount="1")
    assert "refund of commission" in shown
    assert "The decision is recorded" in await administrator.send(f"{case}/decision", reason="A scratch")


async def not_paid(ground: Ground, buyer: Person, offer: Json) -> None:
    """One deal is cancelled before any money, in one a code comes too late, and one waits for the code to the end."""
    cancelled = await buyer.buy(offer)
    await ground.decide(buyer, cancelled, "cancellation", reason="Too dear")
    await buyer.until("The deal was cancelled.")
    late, ahead = await buyer.buy(offer), timedelta(hours=2)
    await pay(ground, buyer, buyer.email, late, amount="200")
    after = ground.last_mail
    payment = await begin(buyer, late, amount="100")
    code = await _code(ground, buyer, buyer.email, after)
    await set_ahead(ground.market.database, UUID(late), ahead)
    await buyer.send(f"/payments/{payment}/code", code=code)
    assert buyer.page.status_code == httpx.codes.CONFLICT
    await ground.move_clock(late, ahead)
    await buyer.read(f"/deals/{late}")
    await buyer.until("Expired")
    after = ground.last_mail
    await begin(buyer, await buyer.buy(offer), amount="100")
    assert await _code(ground, buyer, buyer.email, after)


async def refunded_elsewhere(ground: Ground, seller: Person, buyer: Person, offer: Json) -> None:
    """The buyer's account is closed, and the buyer names a wallet for the refund."""
    await buyer.read("/my/wallets")
    await buyer.send(currency="RUB")
    wallet = buyer.at.rsplit("/", 1)[1]
    deal = await buyer.buy(offer)
    await pay(ground, buyer, buyer.email, deal)
    await buyer.until("The seller has been paid.")
    await ground.market.bank.post(f"/accounts/{buyer.number}/closure", {})
    await _refunded_part(ground, seller, deal, "100")
    await buyer.read(f"/deals/{deal}")
    await buyer.until("Where should")
    await ground.decide(buyer, deal, "refund-account", source=f"wallet/{wallet}")
    await buyer.until("A refund is done")


async def paid_behind_a_link(ground: Ground, buyer: Person, offer: Json) -> None:
    """A person without an account here pays the deal behind a link."""
    deal = (await ground.served.shop.buy(offer["id"], buyer.user_id))["id"]
    back = {"return_url": f"{RETURN_ORIGIN}/orders/1"}
    link = await ground.served.shop.make(f"/deals/{deal}/checkout-links", back)
    guest, new = ground.stranger(), await ground.market.bank.new_client(2, "5000.00")
    await guest.read(urlsplit(link["url"]).path)
    await guest.send()
    assert "How do you want to pay?" in guest.words
    await guest.send(f"/deals/{deal}/payment/account", bank="2", number=new.number)
    account = await confirm_account(ground, guest, new.email)
    await pay(ground, guest, buyer.email, deal, account=buyer.account_id, amount="300")
    await pay_at_third_try(ground, guest, new.email, deal, account=account)
    await guest.until("The seller has been paid.")


async def contracts(seller: Person, buyer: Person) -> None:
    """Three contracts: denied, retracted, and confirmed and then cancelled before any money."""
    for decider, decision in ((seller, "denial"), (buyer, "retraction"), (seller, "confirmation")):
        await buyer.read(f"/my/contracts/new?seller={seller.user_id}")
        parts = {"title_1": "The plan", "amount_1": "10.00", "title_2": "The roof", "amount_2": "20.00"}
        await buyer.send(title="A house", description="Of brick", from_wallet="", **parts)
        page = buyer.at
        await decider.read(page)
        await decider.send(f"{page}/{decision}")
        assert decider.at == page, decider.words
    await buyer.read(page)
    await buyer.send(f"{page}/cancellation", reason="Too dear")
    await buyer.until("All milestones were cancelled")


async def services(seller: Person, buyer: Person) -> None:
    """Three services: denied, retracted, and confirmed and then cancelled before any money."""
    new = "/my/service-deals/new"
    for decider, decision in ((seller, "denial"), (buyer, "proposal-retraction"), (seller, "confirmation")):
        await buyer.read(f"{new}?seller={seller.user_id}")
        await buyer.send(new, title="A logo", description="In two colours", price="30.00", from_wallet="")
        page = buyer.at
        await decider.read(page)
        await decider.send(f"{page}/{decision}")
        assert decider.at == page, decider.words
    await buyer.read(page)
    await buyer.send(f"{page}/cancellation", reason="Too dear")
    await buyer.until("cancelled")
