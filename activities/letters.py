"""What is written in mails: with which passwords are set, and with which payments from a wallet are confirmed."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from typing import Final
from urllib.parse import quote

from domain.money import Money
from edge.codes import grouped
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
        plain = f"{first}\n\n{link}\n\n{last}\n"
        html = (
            f'<!doctype html><html lang="{language}"><meta charset="utf-8"><body><p>{escape(first)}</p>'
            f'<p><a href="{escape(link)}">{escape(link)}</a></p><p>{escape(last)}</p></body></html>\n'
        )
        return subject, plain, html

    return letter


def payment_code_letter(payer: str, payee: str, total: Money, code: str, expires_at: datetime) -> tuple[str, str, str]:
    """Subject, text and HTML of the mail that brings a code: what it confirms stands before the code itself."""
    until = expires_at.astimezone(UTC).strftime("%H:%M:%S UTC")
    facts = [("Amount", str(total)), ("Fee", "none"), ("From", "your wallet"), ("Payee", payee)]
    last = (
        f"The code is valid until {until} and for this payment only.",
        "If you did not ask for this payment, do nothing and never pass the code on.",
    )
    first, shown = f"{payer}, please confirm this payment.", grouped(code)
    lines = "\n".join(f"{name}: {value}" for name, value in facts)
    text = f"{first}\n\n{lines}\n\nCode: {shown}\n\n{last[0]}\n{last[1]}\n"
    rows = "".join(f'<tr><th align="left">{name}</th><td>{escape(value)}</td></tr>' for name, value in facts)
    html = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><body><p>{escape(first)}</p><table>{rows}</table>'
        f"<p>Code: <strong>{shown}</strong></p><p>{last[0]}<br>{last[1]}</p></body></html>\n"
    )
    return f"Confirm your payment of {total}", text, html
