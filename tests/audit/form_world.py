"""A market whose people and staff send forms; which of them were taken is noted, to compare with all there are."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import httpx
from pydantic import SecretStr
from starlette.requests import Request
from starlette.routing import Mount, Route

from activities.mail import MailActivities
from activities.notices import NoticeActivities
from activities.wallet_notices import WalletNoticeActivities
from admin.views import views
from audit.report import AuditReport
from audit.run import Stores, examine
from edge.mailer import Mailer
from pages.payment_requests import DECISIONS
from tests.fixtures.bank import CODE
from tests.fixtures.cabinet import Cabinet, Person
from tests.fixtures.sagas import eventually
from tests.pages.routes import page_routes, program

NO_GRACE: Final = timedelta(0)
URL: Final = "https://market.example.test"
_AT_ONCE: Final = 20  # tries to send a form about a deal that changes meanwhile
_FINAL: Final = """
SELECT 'deal/' || id FROM deals WHERE final_at IS NOT NULL
UNION ALL SELECT 'payment/' || id FROM payments WHERE final_at IS NOT NULL
UNION ALL SELECT 'refund/' || id FROM refunds WHERE final_at IS NOT NULL
UNION ALL SELECT 'payment-request/' || id FROM payment_requests WHERE final_at IS NOT NULL
UNION ALL SELECT 'withdrawal/' || id FROM withdrawals WHERE final_at IS NOT NULL
UNION ALL SELECT 'top-up/' || id FROM top_ups WHERE final_at IS NOT NULL
"""

# Which views have a form behind a route that the library has for all of them. "view" and "edit" are links.
_OFFERS: Final[dict[str, Callable[[Any, Request], bool]]] = {
    "create": lambda view, request: view.can_create(request),
    "edit": lambda view, request: view.can_edit(request),
    "import": lambda view, request: view.can_import(request),
    "inline-edit": lambda view, request: view.can_edit(request) and bool(view.inline_editable_fields),
    "action": lambda view, request: bool(set(view.actions) - {"export"}) or view.can_export(request),
    "row-action": lambda view, request: bool(set(view.row_actions) - {"view", "edit"}),
}


def all_forms() -> list[str]:
    """The address of every form of the pages and of /admin, parameters in braces, from the program itself."""
    found = []
    for route in page_routes(test_bank_key=SecretStr("none")):
        if route.method == "POST":
            words = DECISIONS if "{decision}" in route.path else [""]
            found += [route.path.replace("{decision}", word) for word in words]
    return found + _admin_forms()


def _admin_forms() -> list[str]:
    [mount] = [route for route in program().routes if isinstance(route, Mount) and route.path == "/admin"]
    request, found = Request({"type": "http"}), []
    for route in mount.routes:
        if isinstance(route, Route) and "POST" in (route.methods or ()):
            if "{key}" not in route.path:
                found.append(f"/admin{route.path}")
                continue
            keys = [view.key for view in views() if _OFFERS[route.name](view, request)]
            found += [f"/admin{route.path.replace('{key}', str(key))}" for key in keys]
    return found


@dataclass
class Ground(Cabinet):
    """`taken` are the addresses of all forms that were sent and not refused."""

    taken: set[str] = field(default_factory=set)

    def stranger(self) -> Person:
        somebody = super().stranger()
        somebody.http.event_hooks = {"response": [self._note]}
        return somebody

    async def _note(self, reply: httpx.Response) -> None:
        sent_away = "?next=" in reply.headers.get("location", "")
        if reply.request.method == "POST" and reply.status_code < 400 and not sent_away:
            self.taken.add(reply.request.url.path)

    def never_taken(self) -> list[str]:
        """The forms that were never sent with success."""
        forms = {form: re.compile(re.sub(r"\{[^}]+\}", "[^/]+", form)) for form in all_forms()}
        taken = {next((form for form, like in forms.items() if like.fullmatch(path)), None) for path in self.taken}
        return [form for form in forms if form not in taken]

    # --- mail, by a real server

    async def deliver(self) -> None:
        """Writes and sends every mail that waits, as the worker does it on a schedule."""
        database, sealer = self.market.database, self.market.sealer
        mailer = Mailer(self.market.mailbox.url, "Market <market@example.test>")
        mails = MailActivities(database, sealer, self.served.services.settings.pepper_bytes, mailer, URL)
        notices, wallets = NoticeActivities(database, sealer, URL), WalletNoticeActivities(database, sealer, URL)
        await mails.answer_password_requests()
        await notices.write_codes()
        await mails.send_codes()
        await notices.note_deadlines()
        await notices.tell_notices()
        await wallets.write_wallet_mails()
        await mails.send_mails()

    async def mailed(self, email: str, after: int, pattern: re.Pattern[str]) -> str:
        """What fits `pattern` in the newest mail to `email` that has it and came later than the mail `after`."""

        async def look() -> list[str]:
            mails = self.market.mailbox.mails(to=email, after=after)
            return [found for mail in mails for found in pattern.findall(mail.text)]

        return (await eventually(look, bool, f"a mail to {email} with {pattern.pattern}"))[-1]

    async def code(self, email: str, after: int) -> str:
        return await self.mailed(email, after, CODE)

    @property
    def last_mail(self) -> int:
        return self.market.mailbox.last_id

    # --- forms

    async def decide(self, somebody: Person, deal: str, what: str, page: str = "", **fields: str) -> None:
        """Sends a form of the deal's or its dispute's page, read again as often as the deal has gone on meanwhile."""
        for _ in range(_AT_ONCE):
            await somebody.read(f"/deals/{deal}{page}")
            await somebody.send(f"/deals/{deal}/{what}", **fields)
            if somebody.page.status_code != httpx.codes.CONFLICT:
                break
        assert somebody.page.status_code == 200, somebody.words
        assert somebody.at.removesuffix("/dispute") == f"/deals/{deal}"

    async def id_of(self, query: str, **values: object) -> str:
        """The id that a query finds first."""
        return str((await self.rows(query, **values))[0][0])

    # --- afterwards

    async def come_to_rest(self) -> None:
        """Mails are sent, and the workflows of final rows have ended."""
        await self.deliver()
        await self.market.redrive()  # rows that tests have made without telling Temporal
        client = self.market.environment.client
        for (workflow_id,) in await self.rows(_FINAL):
            await client.get_workflow_handle(workflow_id).result()

    async def audit(self) -> AuditReport:
        """The whole audit, of all three stores, the bank's own books included."""
        market, bank = self.market, self.market.bank
        return await examine(Stores(market.database, bank.client, market.sagas, bank.url, bank.admin_key), NO_GRACE)
