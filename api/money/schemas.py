from __future__ import annotations

from collections.abc import Sequence

from api.fields import Moment, MoneyOut
from domain.closing import Item, differences
from domain.closing import lines as closing_lines
from domain.money import Money
from domain.status_text import Words
from edge.wire import Wire, utc_or_none
from market.places import Where, places_of
from store.deals.closings import Books, Closing, Moved, banks_side, books_side, totals_of
from store.deals.deals import Deal
from store.payments.payments import Payment


class WordsOut(Wire):
    """The status text: what is awaited, from whom, until when, and what happens otherwise."""

    headline: str
    awaits: str | None
    from_whom: str | None
    until: Moment | None
    otherwise: str | None


class PlaceOut(Wire):
    where: Where
    amount: MoneyOut


class PaymentMoneyOut(Wire):
    payment_id: str
    status_text: WordsOut
    total: MoneyOut
    """Amount and fee: the total that leaves the payer's account if all goes well."""
    guarantee: MoneyOut
    """What the guarantee account added in place of the seller; zero for all but operators."""
    places: list[PlaceOut]
    """Where each cent is that was taken, or that the guarantee account added: they add up to exactly that."""


class RefundMoneyOut(Wire):
    """The part of the price that goes back, or went back, after the release."""

    refund_id: str
    number: int
    status_text: WordsOut
    amount: MoneyOut


class DealMoneyOut(Wire):
    deal_id: str
    status_text: WordsOut
    price: MoneyOut
    payments: list[PaymentMoneyOut]
    refunds: list[RefundMoneyOut]
    """In the order in which they are carried out."""


class LineOut(Wire):
    """One item of one payment; null for money of no known payment."""

    payment_id: str | None
    item: Item
    books: MoneyOut
    banks: MoneyOut | None
    """As the banks reported at the last comparison; null before the first."""


class TotalsOut(Wire):
    taken: MoneyOut
    guarantee: MoneyOut
    paid_out: MoneyOut
    commission: MoneyOut
    owed: MoneyOut
    fees: MoneyOut
    refunded: MoneyOut
    held: MoneyOut


class ClosingStatementOut(Wire):
    """`taken + guarantee = paid_out + commission + owed + fees + refunded`, by the books as they are now."""

    deal_id: str
    balanced: bool
    """Whether the books add up now, and the last comparison with the banks found no difference."""
    differences: list[str]
    compared_at: Moment | None
    lines: list[LineOut]
    totals: TotalsOut


def words_out(words: Words) -> WordsOut:
    return WordsOut(
        headline=words.headline,
        awaits=words.awaits,
        from_whom=words.from_whom,
        until=words.until,
        otherwise=words.otherwise,
    )


def payment_money_out(
    deal: Deal, payment: Payment, words: Words, moved: Moved | None, *, for_operator: bool
) -> PaymentMoneyOut:
    places = places_of(deal, payment, moved, for_operator=for_operator)
    return PaymentMoneyOut(
        payment_id=str(payment.id),
        status_text=words_out(words),
        total=MoneyOut.of(payment.total),
        guarantee=_money(moved.guarantee if moved is not None and for_operator else 0, payment.currency),
        places=[PlaceOut(where=where, amount=MoneyOut.of(money)) for where, money in places.items()],
    )


def closing_statement_out(
    deal: Deal, payments: Sequence[Payment], books: Books, closing: Closing | None
) -> ClosingStatementOut:
    ours, totals = books_side(books), totals_of(books)
    theirs = {} if closing is None else banks_side(payments, closing.reported)
    # The status shown here: the books may have moved since the banks were asked.
    found = closing_lines(ours, theirs)
    said = [] if closing is None else differences(found, totals, deal.currency)
    keys = sorted({key for key in {*ours, *theirs} if ours.get(key) or theirs.get(key)}, key=str)
    return ClosingStatementOut(
        deal_id=str(deal.id),
        balanced=closing is not None and not said,
        differences=said,
        compared_at=None if closing is None else utc_or_none(closing.checked_at),
        lines=[
            LineOut(
                payment_id=payment_id,
                item=item,
                books=_money(ours.get((payment_id, item), 0), deal.currency),
                banks=None if closing is None else _money(theirs.get((payment_id, item), 0), deal.currency),
            )
            for payment_id, item in keys
        ],
        totals=TotalsOut(
            **{name: _money(getattr(totals, name), deal.currency) for name in TotalsOut.model_fields},
        ),
    )


def _money(minor: int, currency: str) -> MoneyOut:
    return MoneyOut.of(Money(minor, currency))
