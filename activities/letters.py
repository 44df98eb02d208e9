"""What is written in mails with which passwords are set."""

from __future__ import annotations

from html import escape
from typing import Final
from urllib.parse import quote

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
