"""What is written in mails about deals, payments and money, in the reader's language.

One entry for each kind of letter: its page, then subject and text in each language. `{…}` are the facts of the case; no
letter names a commission, another person's address or a code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Final
from urllib.parse import quote

LANGUAGES: Final = ("en", "ru")
_DEAL: Final = "/deals/{deal_id}"
_ACCOUNTS: Final = "/my/accounts"
_OWN_OFFER: Final = "/my/offers/{offer_id}"


@dataclass(frozen=True, slots=True)
class Text:
    """`page` is the address on our site that the letter leads to."""

    page: str
    en: tuple[str, str]
    ru: tuple[str, str]


TEXTS: Final[Mapping[str, Text]] = {
    "deal.awaiting_payment/buyer": Text(
        _DEAL,
        ("You bought “{title}”", "Your purchase has begun. Pay {price} in whole or in parts until {until}."),
        ("Вы купили «{title}»", "Покупка оформлена. Оплатите {price} целиком или частями до {until}."),
    ),
    "deal.awaiting_payment/seller": Text(
        _DEAL,
        ("“{title}” was bought", "Somebody buys your offer for {price}. He has until {until} to pay."),
        ("«{title}» покупают", "Ваше предложение покупают за {price}. На оплату есть время до {until}."),
    ),
    "payment.held/buyer": Text(
        _DEAL,
        (
            "Paid: {amount} for “{title}”",
            "Your payment of {amount} is held at your bank. {left} of {price} remains to be paid by {until}.",
        ),
        (
            "Оплачено: {amount} за «{title}»",
            "Ваш платёж на {amount} принят и удержан в банке. Из {price} осталось: {left}, срок — {until}.",
        ),
    ),
    "payment.held/seller": Text(
        _DEAL,
        (
            "A part is paid: {amount} for “{title}”",
            "The buyer has paid {amount}, held at their bank. {left} of {price} remains to be paid by {until}.",
        ),
        (
            "Оплачена часть: {amount} за «{title}»",
            "Покупатель оплатил {amount}, деньги удержаны в его банке. Из {price} осталось: {left}, срок — {until}.",
        ),
    ),
    "deal.funded/buyer": Text(
        _DEAL,
        ("“{title}” is paid", "The whole price of {price} is paid. There is nothing left to pay."),
        ("«{title}» оплачено", "Вся цена, {price}, оплачена. Больше платить ничего не нужно."),
    ),
    "deal.funded/seller": Text(
        _DEAL,
        ("“{title}” is paid", "The buyer has paid the whole price of {price}."),
        ("«{title}» оплачено", "Покупатель оплатил всю цену: {price}."),
    ),
    "deal.completed/seller": Text(
        _DEAL,
        ("The money for “{title}” is yours", "The deal for {price} is completed: you have been paid."),
        ("Деньги за «{title}» у вас", "Сделка на {price} завершена: деньги вам перечислены."),
    ),
    "deal.split/seller": Text(
        _DEAL,
        ("Your part for “{title}” is yours", "The price was split: you are paid, and {back} went back to the buyer."),
        ("Ваша часть за «{title}» у вас", "Цена поделена: деньги вам перечислены, а {back} возвращены покупателю."),
    ),
    "payment.payable/seller": Text(
        _ACCOUNTS,
        (
            "Your bank did not take the money for “{title}”",
            "Your bank refused to credit your account. The money is kept for you: name another account for payouts.",
        ),
        (
            "Ваш банк не принял деньги за «{title}»",
            "Банк отказался зачислить деньги на ваш счёт. Они хранятся для вас: укажите другой счёт для выплат.",
        ),
    ),
    "payment.failed/buyer": Text(
        _DEAL,
        (
            "Your bank refused a payment for “{title}”",
            "The payment of {amount} did not take place; nothing was taken. You may pay in another way until {until}.",
        ),
        (
            "Банк отклонил платёж за «{title}»",
            "Платёж на {amount} не состоялся, деньги не списаны. До {until} можно оплатить иначе.",
        ),
    ),
    "payment.refunded/buyer": Text(
        _DEAL,
        ("{total} for “{title}” went back to you", "Your payment went back to your account, the bank's fee included."),
        ("{total} за «{title}» вернулись к вам", "Платёж возвращён на ваш счёт вместе с комиссией банка."),
    ),
    "refund.refunded/buyer": Text(
        _DEAL,
        ("Refund of {amount} for “{title}”", "{amount} of what you paid went back to your account."),
        ("Возврат {amount} за «{title}»", "{amount} из оплаченного возвращены на ваш счёт."),
    ),
    "refund.refunded/seller": Text(
        _DEAL,
        ("Refund of {amount} for “{title}”", "{amount} of the price went back to the buyer."),
        ("Возврат {amount} за «{title}»", "{amount} из цены возвращены покупателю."),
    ),
    "refund.account_closed/buyer": Text(
        _DEAL,
        (
            "Your account is closed: where should the refund for “{title}” go?",
            "{amount} goes back to you, but the account you paid from is closed. Name another one, or your wallet.",
        ),
        (
            "Ваш счёт закрыт: куда вернуть деньги за «{title}»?",
            "Вам возвращается {amount}, но счёт, с которого вы платили, закрыт. Укажите другой счёт или кошелёк.",
        ),
    ),
    "deal.expired/buyer": Text(
        _DEAL,
        (
            "The time for “{title}” is over",
            "The price was not paid in time. Whatever you paid is back on your account.",
        ),
        (
            "Время на оплату «{title}» вышло",
            "Цена не была оплачена в срок. Всё, что вы заплатили, снова на вашем счёте.",
        ),
    ),
    "deal.expired/seller": Text(
        _DEAL,
        ("The time for “{title}” is over", "The buyer did not pay in time. What was paid went back to the buyer."),
        ("Время на оплату «{title}» вышло", "Покупатель не заплатил в срок. Уплаченное вернулось к нему."),
    ),
    "deal.cancelled/buyer": Text(
        _DEAL,
        ("The deal for “{title}” was cancelled", "Whatever you paid is back on your account."),
        ("Сделка «{title}» отменена", "Всё, что вы заплатили, снова на вашем счёте."),
    ),
    "deal.cancelled/seller": Text(
        _DEAL,
        ("The deal for “{title}” was cancelled", "Whatever was paid went back to the buyer."),
        ("Сделка «{title}» отменена", "Всё уплаченное вернулось к покупателю."),
    ),
    "deal.extended/buyer": Text(
        _DEAL,
        ("More time to pay for “{title}”", "You may pay until {until}."),
        ("Больше времени на оплату «{title}»", "Теперь можно платить до {until}."),
    ),
    "deal.extended/seller": Text(
        _DEAL,
        ("More time to pay for “{title}”", "The buyer may pay until {until}."),
        ("Больше времени на оплату «{title}»", "Теперь покупатель может платить до {until}."),
    ),
    "deal.deadline_near/buyer": Text(
        _DEAL,
        ("“{title}” is to be paid until {until}", "Of {price} are left to pay: {left}. After {until} all goes back."),
        ("«{title}»: оплатить до {until}", "Из {price} осталось оплатить: {left}. После {until} всё вернётся."),
    ),
    "deal.deadline_near/seller": Text(
        _DEAL,
        ("“{title}” is not paid yet", "Of {price} are left to pay: {left}. The buyer has until {until}."),
        ("«{title}» ещё не оплачено", "Из {price} осталось оплатить: {left}. У покупателя есть время до {until}."),
    ),
    "deal.inspection_near/buyer": Text(
        _DEAL,
        ("Inspect “{title}” until {until}", "If you do nothing, the seller is paid {price} after {until}."),
        ("Проверьте «{title}» до {until}", "Если ничего не делать, после {until} продавец получит {price}."),
    ),
    "deal.inspection_near/seller": Text(
        _DEAL,
        ("The inspection of “{title}” ends at {until}", "If the buyer does nothing, you are paid after {until}."),
        ("Проверка «{title}» закончится {until}", "Если покупатель ничего не сделает, после {until} деньги ваши."),
    ),
    "offer.approved": Text(
        _OWN_OFFER,
        ("“{title}” is on sale", "Moderation has let your offer for {price} through: everybody can buy it now."),
        ("«{title}» в продаже", "Модерация пропустила ваше предложение за {price}: теперь его можно купить."),
    ),
    "offer.rejected": Text(
        _OWN_OFFER,
        ("“{title}” was not accepted", "Moderation did not accept your offer. Change it, and it is looked at again."),
        ("«{title}» не принято", "Модерация не приняла ваше предложение. Измените его, и его рассмотрят снова."),
    ),
    "offer.rejected/reason": Text(
        _OWN_OFFER,
        (
            "“{title}” was not accepted",
            "Moderation did not accept your offer: {reason}\n\nChange it, and it is looked at again.",
        ),
        (
            "«{title}» не принято",
            "Модерация не приняла ваше предложение: {reason}\n\nИзмените его, и его рассмотрят снова.",
        ),
    ),
    "account.payout/owner": Text(
        _ACCOUNTS,
        (
            "Where your payouts go",
            "From {until} payouts in {currency} go to {number}. If it was not you, choose another and tell the shop.",
        ),
        (
            "Куда идут ваши выплаты",
            "С {until} выплаты в {currency} идут на {number}. Если это не вы, выберите другой и сообщите магазину.",
        ),
    ),
    "deal.cancellation_proposed/other": Text(
        _DEAL,
        ("Cancel the deal for “{title}”?", "The other party proposes to cancel the deal. Agree, or leave it as it is."),
        ("Отменить сделку «{title}»?", "Другая сторона предлагает отменить сделку. Согласитесь или оставьте как есть."),
    ),
    "deal.cancellation_withdrawn/other": Text(
        _DEAL,
        ("The deal for “{title}” goes on", "The other party no longer proposes to cancel the deal."),
        ("Сделка «{title}» остаётся в силе", "Другая сторона больше не предлагает отменить сделку."),
    ),
    "deal.extension_proposed/other": Text(
        _DEAL,
        ("More time for “{title}”?", "The other party proposes more time to pay. Agree, or leave it as it is."),
        ("Больше времени на «{title}»?", "Другая сторона предлагает продлить срок. Согласитесь или оставьте как есть."),
    ),
    "deal.extension_withdrawn/other": Text(
        _DEAL,
        ("The time for “{title}” stays as it is", "The other party no longer proposes more time to pay."),
        ("Срок по сделке «{title}» прежний", "Другая сторона больше не предлагает продлить срок."),
    ),
    "deal.dispute_proposed/other": Text(
        _DEAL,
        (
            "The buyer disputes “{title}”",
            "The buyer has opened a dispute. Nothing is paid until it is decided. The deal's page shows the reason.",
        ),
        (
            "Спор по сделке «{title}»",
            "Покупатель открыл спор. До решения по нему выплаты не будет. Причина указана на странице сделки.",
        ),
    ),
    "deal.dispute_withdrawn/other": Text(
        _DEAL,
        ("The dispute about “{title}” is over", "The buyer has retracted the dispute. The deal goes on as before."),
        ("Спор по сделке «{title}» окончен", "Покупатель отозвал свои возражения. Сделка продолжается."),
    ),
    "deal.overridden_release/buyer": Text(
        _DEAL,
        ("A decision about “{title}”", "It was decided for the seller, who is paid the whole price of {price}."),
        ("Решение по сделке «{title}»", "Решение принято в пользу продавца: он получит всю цену, {price}."),
    ),
    "deal.overridden_release/seller": Text(
        _DEAL,
        ("A decision about “{title}”", "It was decided for you: you are paid, and nothing goes back to the buyer."),
        ("Решение по сделке «{title}»", "Решение принято в вашу пользу: деньги перечислят вам, а не покупателю."),
    ),
    "deal.overridden_refund/buyer": Text(
        _DEAL,
        ("A decision about “{title}”", "It was decided for you: all that you paid goes back to you."),
        ("Решение по сделке «{title}»", "Решение принято в вашу пользу: всё, что вы заплатили, вернётся к вам."),
    ),
    "deal.overridden_refund/seller": Text(
        _DEAL,
        ("A decision about “{title}”", "It was decided for the buyer: {price} goes back, and you are not paid."),
        ("Решение по сделке «{title}»", "Решение принято в пользу покупателя: {price} вернутся к нему, а не к вам."),
    ),
    "deal.overridden_split/buyer": Text(
        _DEAL,
        ("A decision about “{title}”", "Split: {back} of {price} goes back to you, the rest to the seller."),
        ("Решение по сделке «{title}»", "Цена делится: {back} из {price} вернутся к вам, остальное получит продавец."),
    ),
    "deal.overridden_split/seller": Text(
        _DEAL,
        ("A decision about “{title}”", "Split: {back} of {price} goes back to the buyer, the rest to you."),
        ("Решение по сделке «{title}»", "Цена делится: {back} из {price} вернутся покупателю, остальное — вам."),
    ),
}


def letter(kind: str, language: str, public_url: str, facts: Mapping[str, str]) -> tuple[str, str, str]:
    """Subject, text and HTML of a letter. Raises `KeyError` for a kind without a text, or a fact that is missing."""
    text = TEXTS[kind]
    subject, body = (part.format_map(facts) for part in (text.ru if language == "ru" else text.en))
    quoted = {name: quote(value) for name, value in facts.items()}
    link = f"{public_url.rstrip('/')}{text.page.format_map(quoted)}"
    plain = f"{body}\n\n{link}\n"
    html = (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8"><body><p>{escape(body)}</p>'
        f'<p><a href="{escape(link)}">{escape(link)}</a></p></body></html>\n'
    )
    return " ".join(subject.split()), plain, html
