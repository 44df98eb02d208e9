"""Top-ups and what came in for them: lists, and one page for each, with links to its deal and its workflow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette_admin import StringField
from starlette_admin.contrib.sqla import ModelView

from admin.ages import age, now
from admin.deals import in_temporal
from admin.named import ReadOnly, money
from domain.keys import top_up_workflow
from fronts.services import Services
from store.chain.addresses import ChainAddress, addresses_of_top_ups
from store.chain.incoming_transfers import IncomingTransfer, incoming_of_top_up
from store.wallets.top_ups import TopUp

SHOWN: Final = 50  # transfers of one top-up, the newest


class Aged(ReadOnly):
    """A table whose rows say how old they are, by the database's clock."""

    @staticmethod
    def age_since(column: str) -> StringField:
        def shown(request: Request, row: Any) -> str:
            return age(request.state.now, getattr(row, column))

        return StringField(column, label="Age", getter=shown, searchable=False)

    async def find_all(self, request: Request, *args: Any, **kwargs: Any) -> Sequence[Any]:
        await self._look_at_clock(request)
        return await super().find_all(request, *args, **kwargs)

    async def find_by_pk(self, request: Request, pk: Any) -> Any:
        await self._look_at_clock(request)
        return await super().find_by_pk(request, pk)

    async def _look_at_clock(self, request: Request) -> None:
        session: AsyncSession = request.state.session
        request.state.now = await now(session)


def _paid_to(request: Request, row: Any) -> str:
    """The address, or the reference to give with a bank transfer."""
    return str(row.reference or request.state.addresses.get(row.id, ""))


class TopUps(Aged):
    """What users have ordered to come into their wallets. One is searched for by its address or reference too."""

    fields: Any = (
        "state", "gateway", money("amount_minor", "Ordered"), money("received_minor", "Received in time"),
        money("late_minor", "Received late"), StringField("reference", label="Address or reference", getter=_paid_to),
        Aged.age_since("created_at"), "pay_by", "deal_id", "flagged_at", "failed_reason", "final_at", "wallet_id", "id",
    )  # fmt: skip
    searchable_fields = ("state", "gateway", "reference", "failed_reason")
    sortable_fields = ("id", "state", "gateway", "pay_by", "final_at")
    detail_template = "top_up.html"

    def get_search_query(self, request: Request, term: str) -> Any:
        at_address = select(ChainAddress.top_up_id).where(ChainAddress.address == term.strip())
        return or_(super().get_search_query(request, term), TopUp.id.in_(at_address))

    async def find_all(self, request: Request, *args: Any, **kwargs: Any) -> Sequence[Any]:
        rows = await super().find_all(request, *args, **kwargs)
        await self._look_up(request, [row.id for row in rows])
        return rows

    async def find_by_pk(self, request: Request, pk: Any) -> Any:
        row = await super().find_by_pk(request, pk)
        if isinstance(row, TopUp):
            services: Services = request.app.state.services
            session: AsyncSession = request.state.session
            await self._look_up(request, [row.id])
            request.state.paid_to = _paid_to(request, row)
            request.state.transfers = await incoming_of_top_up(session, row.id, SHOWN)
            request.state.workflow = in_temporal(services.settings.temporal_ui_url, top_up_workflow(str(row.id)))
        return row

    async def _look_up(self, request: Request, ids: list[UUID]) -> None:
        session: AsyncSession = request.state.session
        request.state.addresses = await addresses_of_top_ups(session, ids)


class IncomingTransfers(Aged):
    """Money that came in by gateways, one row for each transfer; what is held back or in suspense leads to its case."""

    fields: Any = (
        "state", money("amount_minor", "Amount"), "gateway", Aged.age_since("seen_at"), "valued_at", "sender",
        "details", "external_id", "block", "top_up_id", "wallet_id", "id",
    )  # fmt: skip
    searchable_fields = ("state", "gateway", "external_id", "sender", "details")
    sortable_fields = ("id", "state", "gateway", "valued_at", "block")
    detail_template = "incoming_transfer.html"


def top_up_views() -> list[ModelView]:
    """New views, in the order of the menu."""
    return [
        TopUps(TopUp, icon="fa fa-circle-plus", menu_label="Top-ups", display_name="top-up", key="top-ups"),
        IncomingTransfers(
            IncomingTransfer,
            icon="fa fa-right-to-bracket",
            menu_label="Incoming transfers",
            display_name="incoming transfer",
            key="incoming-transfers",
        ),
    ]
