"""All that people read is there in Russian: sentences of pages and mails, words of states, and refusals."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from domain import errors
from pages.errors import WORDS
from tests.fixtures.cabinet import Cabinet
from texts.languages import translations

ROOT: Final = Path(__file__).parents[2]
REFUSALS: Final = {
    name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.Refusal)
}
# Where forms of pages end up; what else is refused there is for programs.
REACHED: Final = (
    *(f"domain/{name}.py" for name in ("agreements", "deals", "disputes", "money", "payment_requests", "payments")),
    "domain/refunds.py",
    "domain/service_deals.py", "market/service_deals.py",
    *(f"market/{name}.py" for name in ("agreements", "codes", "deals", "disputes", "holds")),
    *(f"market/{name}.py" for name in ("offers", "parties", "payment_requests", "payments", "refunds", "withdrawals")),
    "store/banks/accounts.py",
    *(f"store/deals/{name}.py" for name in ("agreements", "checkout_links", "deals", "disputes", "offers", "statuses")),
    *(f"store/payments/{name}.py" for name in ("codes", "payments", "refunds", "steps")),
    *(f"store/wallets/{name}.py" for name in ("holds", "movements", "payment_requests", "posting", "wallets")),
    "domain/withdrawals.py", "store/wallets/withdrawals.py", "domain/statuses.py",
    "domain/top_ups.py", "market/top_ups.py",
    "market/logins.py", "market/passwords.py", "edge/codes.py", "edge/idempotency.py", "edge/passwords.py",
)  # fmt: skip
# Said to programs alone: pages never send what would be refused so.
NEVER_SHOWN: Final = {
    "unknown_deal", "unknown_payment", "unknown_offer", "unknown_currency", "wrong_currency", "seller_without_account",
    "bad_amount", "bad_return_url", "return_url_not_allowed", "not_found", "unknown_refund",
    "unknown_request", "unknown_hold", "unknown_withdrawal", "invalid_grant",
    "unknown_top_up", "bad_pay_by", "top_up_ended",
    "missing_idempotency_key", "bad_idempotency_key", "approver_key_needed", "not_to_be_approved",
}  # fmt: skip

# One Russian word for each meaning, for goods as for services: each pattern, and what is said instead.
ONE_WORD: Final = {
    r"исполнител": "продавец",
    r"заказчик": "покупатель",
    r"замор[ао]ж": "удерживать, until money is paid or goes back",
    r"резервир": "удерживать",
    r"комисси\w+ \w+ удерж|долг: банк удерж": "вычитать, списывать: no money is held",
}


def sentences() -> Iterator[tuple[str, str]]:
    """Each sentence of pages and mails, with its place."""
    methods = [("**/templates/**.*", "jinja2.ext:babel_extract"), ("**.py", "python")]
    keywords = {"_": None, "gettext": None, "ngettext": (1, 2), "message": None}
    for folder in ("market", "pages", "texts"):
        for file, line, found, _, _ in extract_from_dir(ROOT / folder, methods, keywords=keywords):
            for sentence in [found] if isinstance(found, str) else list(found):
                # The extractor keeps the line breaks of a template; the catalogue has the sentence.
                yield re.sub(r"\s+", " ", sentence).strip(), f"{folder}/{file}:{line}"


def refusals() -> Iterator[tuple[str, str]]:
    """Each literal text of a refusal that a form may be answered with, with its place."""
    for name in (*REACHED, *(str(path.relative_to(ROOT)) for path in sorted((ROOT / "pages").glob("*.py")))):
        for node in ast.walk(ast.parse((ROOT / name).read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in REFUSALS:
                continue
            texts = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
            code, detail = [str(text) for text in [*texts, "", ""][:2]]
            named = len(node.args) > 1 and isinstance(node.args[1], ast.Name)  # a message, which `sentences` has
            if named or code in NEVER_SHOWN or code in WORDS:
                continue
            yield detail or f"(made up for {code})", f"{name}:{node.lineno} {code}"


@pytest.mark.parametrize("said", [sentences, refusals])
def test_every_sentence_is_translated(said: object) -> None:
    assert callable(said)
    catalogue = translations("ru")
    found = list(said())
    missing = sorted({(sentence, place) for sentence, place in found if catalogue.gettext(sentence) == sentence})
    assert len(found) > 50
    assert missing == []


def test_russian_has_one_word_for_each_meaning() -> None:
    with (ROOT / "texts/translations/ru.po").open("rb") as file:
        said = [str(each.string) for each in read_po(file)]
    wrong = {text: word for text in said for form, word in ONE_WORD.items() if re.search(form, text, re.IGNORECASE)}
    assert wrong == {}


async def test_the_language_chosen_on_a_page_is_that_of_the_mails(cabinet: Cabinet) -> None:
    reader, other = await cabinet.client("Rita Reader", 1), await cabinet.client("Olaf Other", 1)

    async def languages() -> list[str]:
        ids = ", ".join(f"'{person.user_id}'" for person in (reader, other))
        rows = await cabinet.rows(f"SELECT id, language FROM users WHERE id IN ({ids})")
        found = {str(row[0]): row[1] for row in rows}
        return [found[reader.user_id], found[other.user_id]]

    seen = [await languages()]
    for code in ("ru", "xx", "en"):
        await reader.http.get(f"/language/{code}?back=/")
        seen.append(await languages())
    assert seen == [["en", "en"], ["ru", "en"], ["ru", "en"], ["en", "en"]]
