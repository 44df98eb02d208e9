"""What is written in mails: with which passwords are set, and with which payments from a wallet are confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from typing import Final, NamedTuple
from urllib.parse import quote

from domain.money import Money
from edge.codes import grouped
from edge.mailer import Mail
from edge.quoting import unlinked
from store.password_requests import Kind, Letter

_TEXTS: Final = {
    (Kind.SIGN_UP, "en"): (
        "Your account",
        "An account was made for you; your login is {login}. Choose a password here, within three days:",
        "If you did not ask for an account, do nothing: without a password nobody can use it.",
    ),
    (Kind.SIGN_UP, "ru"): (
        "Ваша учётная запись",
        "Для вас создана учётная запись; ваш логин: {login}. Задайте пароль по ссылке в течение трёх дней:",
        "Если вы не просили об этом, ничего не делайте: без пароля записью никто не воспользуется.",
    ),
    (Kind.RESET, "en"): (
        "A new password",
        "Somebody asked for a new password for {login}. Choose one here, within an hour:",
        "If it was not you, do nothing: the old password stays.",
    ),
    (Kind.RESET, "ru"): (
        "Новый пароль",
        "Кто-то попросил новый пароль для {login}. Задайте его по ссылке в течение часа:",
        "Если это были не вы, ничего не делайте: старый пароль остаётся.",
    ),
}


def letters(public_url: str) -> Letter:
    """The letters with links that begin with `public_url`."""

    def letter(kind: str, language: str, login: str, token: str) -> tuple[str, str, str]:
        subject, first, last = _TEXTS[Kind(kind), language if language == "ru" else "en"]
        link, first = f"{public_url.rstrip('/')}/password?token={quote(token)}", first.format(login=login)
        return (subject, *_with_link(language, first, link, last))

    return letter


_EMAIL_TEXTS: Final = {
    ("confirm", "en"): (
        "Confirm your e-mail address",
        "{name}, this is to become the e-mail address of your account. Confirm it here, within three days:",
        "If you did not ask for it, do nothing: the address stays as it is.",
    ),
    ("confirm", "ru"): (
        "Подтвердите адрес электронной почты",
        "{name}, этот адрес станет адресом вашей учётной записи. Подтвердите его по ссылке в течение трёх дней:",
        "Если вы об этом не просили, ничего не делайте: адрес останется прежним.",
    ),
    ("keep", "en"): (
        "Your e-mail address is to be changed",
        "{name}, you, or the shop for you, asked to change this e-mail address. If it was not you, keep it here:",
        "Otherwise do nothing. For three days after the change, codes and links for a password still come here.",
    ),
    ("keep", "ru"): (
        "Адрес вашей электронной почты меняют",
        "{name}, вы или магазин за вас попросили сменить этот адрес. Если это были не вы, сохраните его по ссылке:",
        "Иначе ничего не делайте. Ещё три дня после смены коды и ссылки для пароля приходят сюда.",
    ),
}


def email_letter(kind: str, language: str, name: str, public_url: str, token: str) -> tuple[str, str, str]:
    """The letter that has an address confirmed (`confirm`), or lets the owner of the old one keep that (`keep`)."""
    language = language if language == "ru" else "en"
    subject, first, last = _EMAIL_TEXTS[kind, language]
    link = f"{public_url.rstrip('/')}/email?token={quote(token)}"
    return (subject, *_with_link(language, first.format(name=unlinked(name)), link, last))


def _with_link(language: str, first: str, link: str, last: str) -> tuple[str, str]:
    html = (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8"><body><p>{escape(first)}</p>'
        f'<p><a href="{escape(link)}">{escape(link)}</a></p><p>{escape(last)}</p></body></html>\n'
    )
    return f"{first}\n\n{link}\n\n{last}\n", html


def together(mails: Sequence[Mail], key: str) -> Mail:
    """Mails to one person as one, in their order, under the newest one's subject; a single one as it is."""
    if len(mails) == 1:
        return mails[0]
    newest = mails[-1]
    head = newest.html.partition("<body>")[0]
    parts = [f"<h2>{escape(mail.subject)}</h2>{_body(mail.html)}" for mail in mails]
    return Mail(
        to=newest.to,
        subject=f"{newest.subject} (+{len(mails) - 1})",
        text="\n\n".join(f"* {mail.subject}\n\n{mail.text}" for mail in mails),
        html=f"{head}<body>{'<hr>'.join(parts)}</body></html>\n",
        key=key,
    )


def _body(html: str) -> str:
    return html.partition("<body>")[2].rpartition("</body>")[0]


class _CodeWords(NamedTuple):
    subject: str
    first: str
    facts: tuple[str, str, str, str, str, str]
    """Amount, fee, that there is none, from, from where, payee."""
    code: str
    last: tuple[str, str]


_CODE_WORDS: Final = {
    "en": _CodeWords(
        "Confirm your payment of {total}",
        "{payer}, please confirm this payment.",
        ("Amount", "Fee", "none", "From", "your wallet", "Payee"),
        "Code",
        (
            "The code is valid until {until} and for this payment only.",
            "If you did not ask for this payment, do nothing and never pass the code on.",
        ),
    ),
    "ru": _CodeWords(
        "Подтвердите оплату {total}",
        "{payer}, подтвердите, пожалуйста, эту оплату.",
        ("Сумма", "Комиссия", "нет", "Откуда", "ваш кошелёк", "Получатель"),
        "Код",
        (
            "Код действует до {until} и только для этой оплаты.",
            "Если вы ничего не оплачиваете, ничего не делайте и никому не сообщайте код.",
        ),
    ),
}


def payment_code_letter(
    language: str, payer: str, payee: str, total: Money, code: str, expires_at: datetime
) -> tuple[str, str, str]:
    """Subject, text and HTML of the mail that brings a code: what it confirms stands before the code itself."""
    language = language if language in _CODE_WORDS else "en"
    words = _CODE_WORDS[language]
    until = expires_at.astimezone(UTC).strftime("%H:%M:%S UTC")
    amount, fee, none, from_, wallet, to = words.facts
    facts = [(amount, str(total)), (fee, none), (from_, wallet), (to, unlinked(payee))]
    last = [line.format(until=until) for line in words.last]
    first, shown = words.first.format(payer=unlinked(payer)), grouped(code)
    lines = "\n".join(f"{name}: {value}" for name, value in facts)
    text = f"{first}\n\n{lines}\n\n{words.code}: {shown}\n\n{last[0]}\n{last[1]}\n"
    rows = "".join(f'<tr><th align="left">{name}</th><td>{escape(value)}</td></tr>' for name, value in facts)
    html = (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8"><body><p>{escape(first)}</p>'
        f"<table>{rows}</table><p>{words.code}: <strong>{shown}</strong></p>"
        f"<p>{last[0]}<br>{last[1]}</p></body></html>\n"
    )
    return words.subject.format(total=total), text, html
