"""Disputes over REST: who may do what in which state; everything else is refused by name and changes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import pytest
import pytest_asyncio

from domain.disputes import MAX_STATEMENT
from store.people.api_keys import issue_key
from store.people.operators import create_operator
from tests.fixtures.market import RecordedSignals
from tests.fixtures.market_client import Json, MarketClient
from tests.fixtures.shop import Shop

BACK: Final = {"amount": "300.00", "currency": "RUB"}
SOON: Final = timedelta(minutes=1)


@dataclass
class Case:
    """A paid deal of 1000.00 that the buyer inspects, and who acts on it."""

    shop: Shop
    deal: Json
    operator: MarketClient
    other_operator: MarketClient
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def about(self) -> str:
        return f"/deals/{self.deal['id']}/dispute"

    async def party(self, side: str, what: str = "", **body: Any) -> tuple[int, str | None]:
        """Status and code of what a side does: `""` opens, `/statements`, `/offers`, …"""
        user = {"buyer": self.shop.buyer, "seller": self.shop.seller}[side]
        reply = await self.shop.api.client.post(f"{self.about}{what}", {"user_id": user["id"], **body})
        return reply.status_code, reply.json().get("code")

    async def arbiter(self, what: str, client: MarketClient | None = None, **body: Any) -> tuple[int, str | None]:
        dispute = (await self.now())["id"]
        reply = await (client or self.operator).post(f"/disputes/{dispute}/{what}", body)
        return reply.status_code, reply.json().get("code")

    async def now(self) -> Json:
        return await self.operator.read(self.about)

    async def rows(self) -> list[Any]:
        """Everything that a refused act must leave as it is."""
        id_ = self.deal["id"]
        found = []
        for query in (
            "SELECT state, events, split_minor, closed_reason, inspect_by FROM deals WHERE id = :id",
            "SELECT state, entries, arbiter_id, answered_at, decide_by FROM disputes WHERE deal_id = :id ORDER BY id",
            "SELECT count(*) FROM overrides WHERE deal_id = :id",
            "SELECT count(*) FROM dispute_entries e JOIN disputes i ON i.id = e.dispute_id WHERE i.deal_id = :id",
            "SELECT state, decision FROM payments WHERE deal_id = :id ORDER BY id",
        ):
            found += [tuple(row) for row in await self.shop.api.rows(query, id=id_)]
        return found


@pytest_asyncio.fixture(loop_scope="session")
async def operators(shop: Shop) -> AsyncIterator[list[MarketClient]]:
    made = []
    async with shop.api.database.transaction() as session:
        for name in ("Anna", "Olga"):
            operator = await create_operator(session, name, approver=True, arbiter=True)
            secret = await issue_key(session, shop.api.settings.pepper_bytes, operator_id=operator.id)
            made.append(shop.api.caller(secret))
    yield made
    for client in made:
        await client.aclose()


@pytest_asyncio.fixture(loop_scope="session")
async def case(shop: Shop, operators: list[MarketClient]) -> Case:
    return Case(shop, await shop.inspected(), operators[0], operators[1])


OPENED: Final = (202, None)
# Each act of a party, and its refusal in each state of a dispute that the buyer opened: before, open, with an offer of
# the seller, after the end.
ACTS: Final = {
    ("buyer", "", ("reason",)): ("", "already_proposed", "already_proposed", ""),
    ("seller", "", ("reason",)): ("", "already_proposed", "already_proposed", ""),
    ("buyer", "/statements", ("text",)): ("no_dispute", "", "", "dispute_ended"),
    ("seller", "/statements", ("text",)): ("no_dispute", "", "", "dispute_ended"),
    ("buyer", "/offers", ("back",)): ("no_dispute", "", "", "dispute_ended"),
    ("seller", "/offers", ("back",)): ("no_dispute", "", "", "dispute_ended"),
    ("buyer", "/offers/retraction", ()): ("no_dispute", "nothing_offered", "nothing_offered", "dispute_ended"),
    ("seller", "/offers/retraction", ()): ("no_dispute", "nothing_offered", "", "dispute_ended"),
    ("buyer", "/offers/1/acceptance", ()): ("no_dispute", "offer_ended", "", "dispute_ended"),
    ("seller", "/offers/1/acceptance", ()): ("no_dispute", "offer_ended", "own_settlement", "dispute_ended"),
    ("buyer", "/undisputed-part", ("amount",)): ("no_dispute", "", "", "dispute_ended"),
    ("seller", "/undisputed-part", ("amount",)): ("no_dispute", "not_the_buyer", "not_the_buyer", "dispute_ended"),
    ("buyer", "/retraction", ()): ("no_dispute", "", "", "dispute_ended"),
    ("seller", "/retraction", ()): ("no_dispute", "not_your_dispute", "not_your_dispute", "dispute_ended"),
}
BODIES: Final[Json] = {"reason": "Broken", "text": "It was whole", "back": BACK, "amount": BACK}
STATES: Final = ("before", "open", "offered", "after")


async def brought(case: Case, state: str) -> None:
    if state == "before":
        return
    assert await case.party("buyer", reason="Broken") == OPENED
    if state == "offered":
        assert await case.party("seller", "/offers", back=BACK) == OPENED
    if state == "after":
        assert await case.party("buyer", "/retraction") == OPENED


@pytest.mark.source("escrow deals:23-25")
@pytest.mark.parametrize("position", range(len(STATES)), ids=STATES)
async def test_each_party_may_do_what_the_state_allows_and_nothing_else(
    shop: Shop, operators: list[MarketClient], position: int
) -> None:
    """Every refused attempt changes nothing: the next one is made at the same deal."""
    case = None
    for act, codes in ACTS.items():
        if case is None:
            case = Case(shop, await shop.inspected(), operators[0], operators[1])
            await brought(case, STATES[position])
        side, what, fields = act
        code, before = codes[position], await case.rows()
        answer = await case.party(side, what, **{name: BODIES[name] for name in fields})
        assert answer == ((409, code) if code else OPENED), act
        assert (await case.rows() == before) == bool(code), act
        case = case if code else None


async def test_an_ended_deal_takes_no_dispute_and_a_stranger_none_at_all(case: Case) -> None:
    await case.shop.api.client.accept(case.deal["id"], case.shop.buyer["id"])
    await case.shop.carried_out({"id": case.deal["payments"][0]})
    await case.shop.assessed(case.deal)
    before = await case.rows()
    assert await case.party("buyer", reason="Broken") == (409, "deal_closed")
    body = {"user_id": (await case.shop.api.client.user("Stan", "stan@example.test"))["id"], "reason": "Mine"}
    assert (await case.shop.api.client.post(case.about, body)).json()["code"] == "not_a_party"
    other = await case.shop.api.other_marketplace()
    reply = await other.post(case.about, {"user_id": case.shop.buyer["id"], "reason": "Mine"})
    assert (reply.status_code, reply.json()["code"]) == (404, "unknown_deal")
    await other.aclose()
    assert await case.rows() == before
    assert (await case.operator.get(case.about)).status_code == 404


async def test_offers_are_within_the_price_in_its_currency_and_replaced_by_the_next(case: Case) -> None:
    await brought(case, "offered")
    for amount, currency, code in (("1000.01", "RUB", "offer_exceeds_price"), ("1.00", "USD", "wrong_currency")):
        assert await case.party("buyer", "/offers", back={"amount": amount, "currency": currency}) == (409, code)
    assert (await case.party("buyer", "/offers", back={"amount": "0.00", "currency": "RUB"}))[0] == 422
    assert await case.party("seller", "/offers", back={"amount": "200.00", "currency": "RUB"}, text="No more") == OPENED
    now = await case.now()
    assert (now["buyers_offer"], now["sellers_offer"]["number"], now["sellers_offer"]["text"]) == (None, 2, "No more")
    assert await case.party("buyer", "/offers/1/acceptance") == (409, "offer_ended")
    assert [entry["back"]["amount"] for entry in now["entries"]] == ["300.00", "200.00"]


async def test_an_undisputed_part_leaves_something_to_dispute_and_is_released_once(case: Case) -> None:
    await brought(case, "offered")
    for amount, currency, refused in (
        ("1000.00", "RUB", (409, "nothing_disputed")),
        ("2000.00", "RUB", (409, "nothing_disputed")),
        ("1.00", "USD", (409, "wrong_currency")),
        ("0.00", "RUB", (422, "bad_amount")),
    ):
        assert await case.party("buyer", "/undisputed-part", amount={"amount": amount, "currency": currency}) == refused
    assert (await case.operator.get(f"{case.about}/undisputed-part", amount="1000.00")).status_code == 409
    client, part = case.shop.api.client, {"amount": "800.00", "currency": "RUB"}
    shown = [await each.read(f"{case.about}/undisputed-part", amount="800.00") for each in (client, case.operator)]
    assert [shown[1][name]["amount"] for name in ("amount", "seller", "kept")] == ["800.00", "760.00", "200.00"]
    assert ("commission" in shown[0], "commission" in shown[1]) == (False, True)
    assert await case.party("buyer", "/undisputed-part", amount=part, text="It works") == OPENED
    now = await case.now()
    assert (now["disputed"]["amount"], now["sellers_offer"]) == ("200.00", None)  # 300.00 is more than that
    assert (now["entries"][-1]["kind"], now["entries"][-1]["undisputed"]) == ("part_released", part)
    assert await case.party("buyer", "/undisputed-part", amount=part) == (409, "part_released")
    assert await case.party("seller", "/offers", back=BACK) == (409, "offer_exceeds_price")
    assert (await case.arbiter("decision", ruling="split", amount=BACK, reason="Read"))[1] == "exceeds_refundable"
    assert now["decision_reason"] is None
    preview = await case.operator.read(f"/disputes/{now['id']}/preview", ruling="refund")
    assert (preview["ruling"], preview["back"]["amount"]) == ("split", "200.00")
    buyer = case.shop.account["number"]
    ways = {(posting["step"], posting["source"], posting["to"]) for posting in preview["postings"]}
    assert {("refund", "kept for the deal", buyer), ("commission", "kept for the deal", "the platform")} <= ways


async def test_statements_are_bounded_and_links_are_https(case: Case) -> None:
    await brought(case, "open")
    longest = {"text": "x" * MAX_STATEMENT, "link": "https://example.org/a?b=c"}
    assert await case.party("seller", "/statements", **longest) == OPENED
    for wrong in ({"text": "x" * (MAX_STATEMENT + 1)}, {"text": ""}, {"text": "Look", "link": "javascript:alert(1)"}):
        assert (await case.party("seller", "/statements", **wrong))[0] == 422
    [entry] = (await case.now())["entries"]
    assert (entry["kind"], entry["by"], entry["number"]) == ("evidence", "seller", 1)


async def test_what_was_said_cannot_be_changed_by_the_application(case: Case) -> None:
    await brought(case, "offered")
    with pytest.raises(Exception, match="permission denied"):
        await case.shop.api.rows("UPDATE dispute_entries SET said = 'x' RETURNING id")


async def test_an_accepted_offer_divides_the_money_as_a_split_does(case: Case, signals: RecordedSignals) -> None:
    await brought(case, "offered")
    preview = await case.operator.read(f"/disputes/{(await case.now())['id']}/preview", ruling="split", amount="300.00")
    refused = await case.operator.read(f"/disputes/{(await case.now())['id']}/preview", ruling="refund")
    assert await case.party("buyer", "/offers/1/acceptance") == OPENED
    await signals.heard(f"payment/{case.deal['payments'][0]} releasing")
    await case.shop.carried_out({"id": case.deal["payments"][0]})
    await case.shop.assessed(case.deal)
    [(refund,)] = await case.shop.api.rows("SELECT id FROM refunds WHERE deal_id = :id", id=case.deal["id"])
    [(minor, commission)] = await case.shop.api.rows(
        "SELECT amount_minor, commission_minor FROM steps WHERE refund_id = :id", id=refund
    )
    postings = {posting["step"]: posting["amount"]["amount"] for posting in preview["postings"]}
    assert (minor, commission) == (300_00, 15_00)
    assert (postings["refund"], postings["refund of commission"]) == ("285.00", "15.00")
    ways = {posting["step"]: (posting["source"], posting["to"]) for posting in preview["postings"]}
    buyer, seller = case.shop.account["number"], case.shop.payout["number"]
    assert ways == {
        "credit": ("held at bank 1", seller),
        "commission": ("held at bank 1", "the platform"),
        "fee": ("held at bank 1", "bank 1"),
        "refund": (seller, buyer),
        "refund of commission": ("the platform", buyer),
        "refund of fee": ("bank 1", buyer),
    }
    [freed] = refused["postings"]
    assert (freed["step"], freed["source"], freed["to"]) == ("void", "held at bank 1", buyer)
    await case.shop.clawed_back(str(refund))
    await case.shop.assessed(case.deal)
    dispute = await case.now()
    assert (await case.shop.api.client.deal(case.deal["id"]))["state"] == "split"
    assert (dispute["state"], dispute["ruling"], dispute["back"]["amount"]) == ("settled", "split", "300.00")


@pytest.mark.parametrize(("amount", "state"), [("1000.00", "settling"), ("1.00", "funded")])
async def test_an_offer_of_the_whole_price_is_a_refund(case: Case, amount: str, state: str) -> None:
    await brought(case, "open")
    assert await case.party("seller", "/offers", back={"amount": amount, "currency": "RUB"}) == OPENED
    assert await case.party("buyer", "/offers/1/acceptance") == OPENED
    deal = await case.shop.api.client.deal(case.deal["id"])
    assert (deal["state"], deal["dispute"]) == (state, None)


async def test_a_sellers_dispute_leaves_the_buyer_as_much_time_to_inspect(case: Case) -> None:
    assert await case.party("seller", reason="No answer") == OPENED
    await case.shop.api.set_ahead(case.deal["id"], timedelta(hours=3))  # the inspection lasts one
    assert await case.party("seller", "/retraction") == OPENED
    deal = await case.shop.api.client.deal(case.deal["id"])
    assert (deal["state"], deal["inspect_by"] > deal["now"]) == ("funded", True)
