"""One deal played on the real stack, and the facts for the reference model."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

from temporalio.service import RPCError

from domain.agreements import Party as Side
from domain.disputes import other
from domain.overrides import OverrideKind
from domain.terms import Cause, Release, Settlement, Terms
from market.overrides import request
from store.deals.deals import Deal, lock_deal
from store.deals.offers import Offer
from store.payments.events import events_of
from store.payments.overrides import Asked
from store.payments.payments import Payment
from store.people.operators import create_operator
from tests import model
from tests.fixtures.accounts import own_account
from tests.fixtures.bank import read_code
from tests.fixtures.party_wallets import fill, has_in_wallet, pay_from_wallet, waiting_code
from tests.fixtures.sagas import Party
from tests.fixtures.temporal import in_real_time
from tests.prove.rig import OPENING_MINOR, Rig
from tests.prove.watch import PATIENCE_S

PAY_WITHIN_S = 3600
INSPECTION_S = 86_400
AFTER = timedelta(seconds=PAY_WITHIN_S + 60)
LATEST = timedelta(seconds=PAY_WITHIN_S + INSPECTION_S + 600)
FINAL = ("completed", "split", "expired", "cancelled", "refunded")
WRONG = "0000-0000"

AT_ONCE = Terms(Settlement.IMMEDIATE)
INSPECTED = Terms(Settlement.HOLD, Release.ON_ACCEPTANCE, INSPECTION_S)
HELD = Terms()


@dataclass
class Part:
    """`answers` are the bank's to each submission, as it must give them; `code` was read from the payer's mail."""

    payment: Payment
    code: str = ""
    answers: list[str] = field(default_factory=list)
    withdrawn: bool = False
    wallet: bool = False


@dataclass
class Play:
    """A deal under way. Amounts in minor units of RUB."""

    rig: Rig
    deal: Deal
    price: int
    commission_bp: int
    terms: Terms
    seller: Party
    buyer: Party
    parts: list[Part] = field(default_factory=list)
    undone_by: str = ""
    back: int = 0
    split: int = 0
    undisputed: int = 0
    late: bool = False

    @classmethod
    async def begin(
        cls, rig: Rig, price: int, commission_bp: int | None, terms: Terms = HELD, bank_id: int | None = None
    ) -> Play:
        """A purchase; for None a service that its seller has confirmed, with the platform's commission.

        With `bank_id` both are clients of that bank.
        """
        market, (seller, buyer) = rig.market, (await rig.party(bank_id), await rig.party(bank_id))
        if commission_bp is None:
            deal = await market.proposed(seller, buyer, text(price), pay_within_s=PAY_WITHIN_S, terms=terms)
            await market.confirm(deal)
            deal = await market.now(deal)
        else:
            deal = await market.deal(
                seller, buyer, text(price), terms=terms, pay_within_s=PAY_WITHIN_S, commission_bp=commission_bp
            )
        return cls(rig, deal, price, deal.commission_bp, terms, seller, buyer)

    @classmethod
    async def begin_with(cls, rig: Rig, offer: Offer, seller: Party) -> Play:
        """One of many deals about the same offer, at the default terms."""
        buyer = await rig.party()
        deal = await rig.market.bought(offer, buyer)
        return cls(rig, deal, offer.price_minor, offer.commission_bp, HELD, seller, buyer)

    # --- what the buyer does

    async def pay(self, amount: int) -> Part:
        """Begins a payment and waits for its code."""
        after = self.rig.market.mailbox.last_id
        part = Part(await self.rig.market.pay(self.deal, self.buyer, text(amount)))
        self.parts.append(part)
        part.code = await self._mailed_code(after)
        await self.rig.watch.until(part.payment, "awaiting_code")
        return part

    async def _mailed_code(self, after: int) -> str:
        """The code of the newest part. A bank that has lost an answer may mail an earlier part's code once more."""
        earlier = {part.code for part in self.parts}
        while True:
            mail = await self.rig.market.mailbox.wait_for(to=self.buyer.email, after=after, within_s=PATIENCE_S)
            if (code := read_code(mail.text)) not in earlier:
                return code
            after = mail.id

    async def pay_from_wallet(self, amount: int) -> Part:
        """Begins a payment from the buyer's wallet, which the first one fills, and waits for the platform's code."""
        if not any(part.wallet for part in self.parts):
            await fill(self.rig.market, self.buyer, text(OPENING_MINOR))
        part = Part(await pay_from_wallet(self.rig.market, self.deal, self.buyer, text(amount)), wallet=True)
        self.parts.append(part)
        await self.rig.watch.until(part.payment, "awaiting_code")
        part.code = await waiting_code(self.rig.market, part.payment)
        return part

    async def pay_without_money(self, amount: int) -> None:
        """From an empty account: the bank refuses, and the amount is free again."""
        number = await self.rig.empty_account()
        async with self.rig.market.database.transaction() as session:
            account = await own_account(session, self.buyer.user, number=number, currency="RUB", payout=False)
        poor = Party(self.buyer.user, account.id, number, self.buyer.email)
        part = Part(await self.rig.market.pay(self.deal, poor, text(amount)))
        self.parts.append(part)
        await self.rig.watch.until(part.payment, "failed")

    async def submit(self, part: Part) -> None:
        """The right code; the bank's answer is not awaited."""
        await self.rig.market.submit(part.payment, part.code)
        part.answers.append("held")

    async def guess(self, part: Part) -> None:
        """A wrong code, and the bank's answer to it."""
        await self.rig.market.submit(part.payment, WRONG)
        part.answers.append("rejected")
        if not self.late:
            await self.rig.watch.until(part.payment, "awaiting_code")

    async def withdraw(self, part: Part) -> None:
        """Asks back a payment whose code was never entered."""
        await self.rig.market.return_payment(part.payment)
        part.withdrawn = True

    async def answered(self, part: Part) -> str:
        """The payment's state once the bank has answered the right code."""
        return await self.rig.watch.until(part.payment, "held", "releasing", "completed", "returning", "refunded")

    # --- what parties and time do

    async def undo(self, first: Side) -> None:
        """Both parties agree to undo the deal; `first` proposes it. All codes entered have been answered."""
        other = Side.SELLER if first is Side.BUYER else Side.BUYER
        for side in (first, other):
            if (await self.rig.market.now(self.deal)).state != "settling":
                await self.rig.market.cancel(self.deal, side, "Changed my mind")
            if (await self.rig.market.now(self.deal)).state in ("settling", "cancelled"):
                break  # before the first money the buyer needs no consent
        self.undone_by = first

    async def accept(self) -> None:
        await self.rig.watch.until(self.deal, "funded")
        await self.rig.market.accept(self.deal)

    async def dispute(self, kind: OverrideKind, undisputed: int = 0) -> None:
        """The buyer disputes during the inspection, perhaps not all of it; an operator decides for either side."""
        market = self.rig.market
        await self.rig.watch.until(self.deal, "funded")
        await market.dispute(self.deal)
        await self._release_part(undisputed)
        async with market.database.transaction() as session:
            operator = await create_operator(session, "Olga", arbiter=True)
            deal = await lock_deal(session, self.deal.id)
            asked = Asked(kind, "both were heard")
            override = await request(session, deal, None, asked, operator.id, alone_up_to=self.price)
        with in_real_time(market.environment):
            await market.sagas.wake(override, deal)
        self.undone_by = "dispute" if kind is OverrideKind.REFUND else ""

    async def settle(self, first: Side, back: int, undisputed: int = 0) -> None:
        """One party disputes, perhaps not all of it; the other offers `back` for the buyer, and that is accepted."""
        market = self.rig.market
        await self.rig.watch.until(self.deal, "funded")
        await market.dispute(self.deal, side=first, answered=False)
        await self._release_part(undisputed)
        number = await market.offer_to_settle(self.deal, other(first), text(back))
        await market.accept_offer(self.deal, first, number)
        if back == self.price:
            self.undone_by = "dispute"
        else:
            self.split = back

    async def _release_part(self, undisputed: int) -> None:
        """What happens next does not wait until it has reached the seller."""
        if undisputed:
            await self.rig.market.release_part(self.deal, text(undisputed))
            self.undisputed = undisputed

    async def refund(self, amount: int) -> None:
        """At the buyer's request, who then bears the bank's fee."""
        await self.rig.watch.until(self.deal, "completed")
        refund = await self.rig.market.refund(self.deal, text(amount), Cause.BUYER)
        self.back = amount
        await self.rig.watch.until(refund, "refunded")

    async def pass_deadline(self) -> None:
        self.late = True
        await self.pass_time(AFTER)

    async def pass_time(self, ahead: timedelta) -> None:
        """Moves the deal's clock in the database, then its workflow's timer; a lost one is signalled."""
        try:
            async with asyncio.timeout(5.0):
                await self.rig.market.pass_time(self.deal, ahead)
        except (RPCError, TimeoutError, RuntimeError):
            await self.rig.market.set_clock(self.deal, ahead)
        await self.rig.market.signal(self.deal)

    async def finish(self) -> str:
        """Lets the time to pay and to inspect go by, and waits for the end."""
        if (await self.rig.market.now(self.deal)).state not in FINAL:
            await self.pass_deadline()
            state = await self.rig.watch.until(self.deal, *FINAL, "funded")
            if state == "funded" and self.terms is INSPECTED:
                await self.pass_time(LATEST)
        return await self.rig.watch.until(self.deal, *FINAL)

    # --- what the model says

    async def differences(self) -> list[str]:
        """Differences of deal and balances from the model, now that everything has ended."""
        shown = [await self._outcome(part) for part in self.parts]
        foreseen = model.outcome(
            self.price,
            self.commission_bp,
            tuple(shown),
            self.undone_by,
            self.terms is AT_ONCE,
            self.back,
            self.split,
            self.undisputed,
        )
        deal = await self.rig.market.now(self.deal)
        had = OPENING_MINOR if any(part.wallet for part in self.parts) else 0
        seen = (deal.state, *await self._has(self.buyer), *await self._has(self.seller))
        wanted = (foreseen.state, OPENING_MINOR + had + foreseen.buyer, 0, OPENING_MINOR + foreseen.seller, 0)
        found = [] if seen == wanted else [f"deal {self.deal.id} is {seen}, must be {wanted}"]
        if (
            had and not self.split and not self.undisputed and self.back in (0, self.price)
        ):  # of what goes back in part the last released is the first
            kept = foreseen.state == "completed" and not self.back
            spent = sum(
                part.payment.amount_minor
                for part, one in zip(self.parts, shown, strict=True)
                if part.wallet and one.counts
            )
            left, _ = await has_in_wallet(self.rig.market, self.buyer)
            if left != had - kept * spent:
                found.append(f"deal {self.deal.id}: {left} in the buyer's wallet, must be {had - kept * spent}")
        return found

    async def _has(self, party: Party) -> tuple[int, int]:
        """Balance and the held part of it, at the bank and in the wallet together."""
        at_bank = (await self.rig.balances([party.number]))[party.number]
        in_wallet = await has_in_wallet(self.rig.market, party)
        return at_bank[0] + in_wallet[0], at_bank[1] + in_wallet[1]

    async def _outcome(self, part: Part) -> model.Part:
        """The model's facts about a part: the stored times of its submissions, the bank's answers to them."""
        deal = await self.rig.market.now(self.deal)
        stored = await self.rig.market.attempts(part.payment)
        assert len(stored) == len(part.answers), f"{part.payment.id}: {len(stored)} attempts are stored"
        attempts = tuple(
            ((attempt.submitted_at - deal.pay_by).total_seconds(), answer)
            for attempt, answer in zip(stored, part.answers, strict=True)
        )
        amount, fee = part.payment.amount_minor, part.payment.fee_minor
        return model.Part(amount, fee, attempts, part.withdrawn, await self._released(part))

    async def _released(self, part: Part) -> bool:
        """Whether the part was on its way to the seller before the deal was closed; held money goes back whole."""
        async with self.rig.market.database.transaction() as session:
            events = await events_of(session, self.deal.id)
        closed = next((one.id for one in events if one.type == "deal.settling"), None)
        mine = [one for one in events if one.payment_id == part.payment.id]
        return closed is None or any(one.id < closed and one.type == "payment.releasing" for one in mine)


def text(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"
