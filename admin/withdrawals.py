"""Withdrawals to an address that wait for an approver, oldest first, each with a form: approved or rejected."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette_admin import CustomView
from starlette_admin.flash import flash, get_flashed_messages
from starlette_admin.routing import route

from admin.ages import age, now
from domain.errors import Malformed, Refusal
from edge.idempotency import fingerprint
from fronts.services import Services
from fronts.writes import Reply, replied
from market import withdrawals
from store.people.operators import operator_of
from store.wallets.wallets import names_of_owners
from store.wallets.withdrawals import Withdrawal, unapproved

SHOWN: Final = 50  # the oldest; decided ones make room for the next


@dataclass(frozen=True, slots=True)
class Row:
    withdrawal: Withdrawal
    owner: str
    age: str


class WithdrawalApprovals(CustomView):
    menu_label = "Withdrawals to approve"
    icon = "fa fa-user-check"
    path = "/withdrawal-approvals"
    route_name = "withdrawal_approvals"

    @route("")
    async def index(self, request: Request) -> Response:
        return await self._show(request)

    @route("/{withdrawal_id:uuid}", methods=["POST"], name="decide_withdrawal")
    async def decide(self, request: Request) -> Response:
        """Carries out the decision once, however often the form is sent."""
        services: Services = request.app.state.services
        operator_id, withdrawal_id = request.state.operator_id, request.path_params["withdrawal_id"]
        said = {"decision": str((await request.form()).get("decision") or "")}
        approve = said["decision"] == "approve"
        try:
            if said["decision"] not in ("approve", "reject"):
                raise Malformed("invalid_field", "Approve the withdrawal or reject it.", "decision")
            act = partial(withdrawals.decide, operator_id=operator_id, withdrawal_id=withdrawal_id, approve=approve)
            digest = fingerprint(services.settings.pepper_bytes, "POST", request.url.path, said)
            key = f"decide-withdrawal/{withdrawal_id}/{said['decision']}"
            work = replied(act, _done)
            await services.acts.run(f"operator/{operator_id}", key, digest, work, store_refusals=False)
        except Refusal as refused:
            return await self._show(request, refused)
        flash(request, "The withdrawal is approved." if approve else "The withdrawal is rejected.", "success")
        return RedirectResponse(str(request.url_for("admin:withdrawal_approvals")), 303)

    async def _show(self, request: Request, refused: Refusal | None = None) -> Response:
        session: AsyncSession = request.state.session
        found, at = await unapproved(session, None, SHOWN), await now(session)
        owners = await names_of_owners(session, {one.wallet_id for one in found})
        context = {
            "title": self.menu_label,
            "rows": [Row(one, owners[one.wallet_id], age(at, one.confirmed_at or at)) for one in found],
            "decides": (await operator_of(session, request.state.operator_id)).approver,
            "refused": refused,
            "shown": SHOWN,
            "flashed_messages": get_flashed_messages(request),
        }
        assert self.templates is not None
        status = 200 if refused is None else refused.status
        return self.templates.TemplateResponse(
            request=request, name="withdrawal_approvals.html", context=context, status_code=status
        )


async def _done(_: AsyncSession, __: Any) -> Reply:
    return 200, {}
