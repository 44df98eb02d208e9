"""What is written in mails about wallets, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Final

from edge.quoting import unlinked

# By kind: English, Russian. What is between braces comes with the notice.
TEXTS: Final = {
    "deposit": (
        "{amount} came into your wallet from {from}.",
        "В ваш кошелёк поступило {amount}, отправитель: {from}.",
    ),
    "transfer": ("{from} sent {amount} to your wallet.", "{from}: перевод {amount} в ваш кошелёк."),
    "hold_captured": ("{amount} that was held was captured.", "Удержанная сумма списана: {amount}."),
    "hold_voided": ("{amount} is not held any more.", "Удержание снято: {amount}."),
    "hold_expired": ("The time of a hold of {amount} is over.", "Срок удержания {amount} истёк."),
    "request_asked": ("You are asked to pay {amount}.", "Вас просят заплатить {amount}."),
    "request_confirmed": ("Your request was paid: {amount}.", "Ваше требование оплачено: {amount}."),
    "request_declined": ("Your request for {amount} was declined.", "Ваше требование на {amount} отклонено."),
    "request_withdrawn": ("Nobody asks you for {amount} any more.", "Требование на {amount} отозвано."),
    "request_expired": ("The time of a request for {amount} is over.", "Срок требования на {amount} истёк."),
    "withdrawal_code": (
        "Code to withdraw {amount} (fee {fee}) to account {account}: {code}. If it was not you, do nothing.",
        "Код для вывода {amount} (комиссия {fee}) на счёт {account}: {code}. Если это не вы, ничего не делайте.",
    ),
    "withdrawal_paid": ("{amount} was paid to account {account}.", "Выведено {amount} на счёт {account}."),
    "withdrawal_waits": (
        "Paying {amount} to {account} takes longer, for a reason on our side. The money is safe and will be paid.",
        "Вывод {amount} на {account} займёт больше времени по причине на нашей стороне. Деньги целы и будут выплачены.",
    ),
    "withdrawal_refused": (
        "The bank refuses to pay {amount} to account {account}: the money is in your wallet.",
        "Банк отказал в переводе {amount} на счёт {account}: деньги в вашем кошельке.",
    ),
    "withdrawal_returned": (
        "The bank sent {amount} back from account {account}: the money is in your wallet again.",
        "Банк вернул {amount} со счёта {account}: деньги снова в вашем кошельке.",
    ),
    "withdrawal_expired": (
        "No code was entered in time: {amount} is free in your wallet again.",
        "Код не введён вовремя: {amount} снова доступны в вашем кошельке.",
    ),
}
_SUBJECTS: Final = {
    "en": ("Your wallet", "Code for a withdrawal"),
    "ru": ("Ваш кошелёк", "Код для вывода денег"),
}
# Before what somebody else wrote: who he is, where that is known.
_WROTE: Final = {
    "en": ("{from} wrote:", "The other side wrote:"),
    "ru": ("Сообщение от отправителя {from}:", "Сообщение другой стороны:"),
}


def letter(kind: str, language: str, data: Mapping[str, str], link: str, code: str | None) -> tuple[str, str, str]:
    """Subject, text and HTML of a mail; `code` is in that of a code alone.

    What others wrote, their names too, is text without links; their message stands apart, marked as theirs.
    """
    language = language if language in _SUBJECTS else "en"
    said = {**data, "code": code or ""}
    if "from" in said:
        said["from"] = unlinked(said["from"])
    line = TEXTS[kind][language == "ru"].format(**said)
    plain, html = f"{line}\n\n", f"<p>{escape(line)}</p>"
    if quoted := unlinked(data.get("details", "")):
        wrote = _WROTE[language]["from" not in said].format(**said)
        plain += f"{wrote}\n> {quoted}\n\n"
        html += f"<p>{escape(wrote)}</p><blockquote>{escape(quoted)}</blockquote>"
    html += f'<p><a href="{escape(link)}">{escape(link)}</a></p>'
    page = f'<!doctype html><html lang="{language}"><meta charset="utf-8"><body>{html}</body></html>\n'
    return _SUBJECTS[language][kind == "withdrawal_code"], f"{plain}{link}\n", page
