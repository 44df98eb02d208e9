"""What is written in mails about wallets. Nobody has told us a language: both are in each mail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Final


@dataclass(frozen=True, slots=True)
class Letter:
    subject: str
    text: str
    html: str


# By kind: English, Russian. What is between braces comes with the notice.
_TEXTS: Final = {
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
_SUBJECTS: Final = {"withdrawal_code": "Code for a withdrawal / Код для вывода денег"}


def letter(kind: str, data: Mapping[str, str], link: str, code: str | None) -> Letter:
    """The mail of a notice; `code` is in that of a code alone. Texts of others are shown as text."""
    said = {**data, "code": code or ""}
    lines = [text.format(**said) for text in _TEXTS[kind]]
    if data.get("details"):
        lines.append(f"«{data['details']}»")
    plain = "\n\n".join([*lines, link]) + "\n"
    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in lines)
    anchor = f'<p><a href="{escape(link)}">{escape(link)}</a></p>'
    html = f'<!doctype html><meta charset="utf-8"><body>{paragraphs}{anchor}</body>\n'
    return Letter(_SUBJECTS.get(kind, "Your wallet / Ваш кошелёк"), plain, html)
