"""Tables for administrators. Money, states and secrets are read-only or absent."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette_admin import EnumField, PasswordField, StringField
from starlette_admin.contrib.sqla import ModelView
from starlette_admin.exceptions import FormValidationError

from admin.chain import chain_views
from admin.deals import Deals
from admin.guard import marketplaces_of
from admin.named import AsShown, Named, ReadOnly, money, percents
from admin.statuses import Statuses
from admin.top_ups import top_up_views
from admin.webhooks import webhook_views
from domain.errors import Refusal
from edge.characters import is_email, is_line
from fronts.percents import basis_points_of
from fronts.services import Services
from market import platform_settings, users
from market.logins import credentials
from store.banks.banks import Bank
from store.deals.deals import Deal
from store.deals.offers import Offer
from store.deals.statuses import Status
from store.mail.mails import WaitingMail
from store.operations.platform_settings import DealTitle, PlatformSettings
from store.payments.overrides import Override
from store.payments.payments import Payment
from store.people.logins import Login
from store.people.marketplaces import Marketplace
from store.people.operators import Operator
from store.people.users import User
from store.wallets.corrections import Correction
from store.wallets.withdrawals import Withdrawal

MAX_NAME: Final = 200
# The same as `sent_at IS NULL`, but each half has a partial index.
_NOT_SENT: Final = WaitingMail.sealed.is_not(None) | WaitingMail.failed_at.is_not(None)


class OfMarketplaces(EnumField):
    """An id of a marketplace, chosen and shown by its name; one that is not in the list stays an id."""

    async def serialize_value(self, request: Request, value: Any) -> str:
        text = "" if value is None else str(value)
        return text if request.state.action.is_form() else dict(marketplaces_of(request)).get(text, text)


class Banks(ReadOnly):
    """Copied from the bank clients every minute: a bank is created there, with its requisite, and appears here."""

    fields = ("id", "name", "requisite", "client_address", "client_id", "currency", "refreshed_at")
    fields_default_sort: Any = ("id",)


class Offers(Named):
    fields: Any = (
        "title", Named.name_of("seller_id", "Seller"), "state", "on_sale", money("price_minor", "Price"), "quantity",
        percents("commission_bp", "Commission"), "own_commission", "created_at", "description",
        "rejection_reason", "id",
    )  # fmt: skip
    named = {"seller_id": User}  # noqa: RUF012  # read by the base class alone
    searchable_fields = ("title", "state", "description")
    sortable_fields = ("id", "title", "state", "created_at")


class Payments(ReadOnly):
    fields: Any = (
        "state", money("amount_minor", "Amount"), money("fee_minor", "Fee"), "flagged_at", "final_at", "deal_id", "id",
    )  # fmt: skip


class Withdrawals(ReadOnly):
    fields: Any = (
        "state", money("amount_minor", "Amount"), money("fee_minor", "Fee"), "gateway", "account", "operation",
        "refused_code", "flagged_at", "confirmed_at", "needs_approval", "decided_by", "decided_at", "paid_at",
        "final_at", "wallet_id", "id",
    )  # fmt: skip


class Overrides(ReadOnly):
    """Requested, approved and carried out elsewhere: this page shows who wanted what, and why."""

    fields: Any = (
        "kind", "state", "reason", "evidence", "requested_by", "approved_by", "refused_code", "created_at", "final_at",
        "deal_id", "payment_id", "id",
    )  # fmt: skip


class Corrections(ReadOnly):
    """Asked for, approved and booked over REST: this page shows who wanted what, and why."""

    fields: Any = (
        "state", "way", money("amount_minor", "Amount"), "reason", "requested_by", "decided_by", "created_at",
        "decided_at", "wallet_id", "id",
    )  # fmt: skip
    searchable_fields = ("state", "reason")


class Mails(ReadOnly):
    """Mails that were not sent: why, and whether they are retried. Their content stays sealed."""

    fields: Any = (
        "failed_at", "failure", "recipient", "key", "urgent", "tries", "next_try_at", "created_at", "id",
    )  # fmt: skip
    fields_default_sort: Any = (("failed_at", True), ("created_at", False))
    searchable_fields = ("recipient", "key", "failure")

    def get_list_query(self, request: Request) -> Any:
        return super().get_list_query(request).where(_NOT_SENT)

    def get_count_query(self, request: Request) -> Any:
        return super().get_count_query(request).where(_NOT_SENT)


class Logins(Named):
    fields: Any = (
        "name", Named.name_of("user_id", "Client"), Named.name_of("operator_id", "Operator"), "disabled_at",
        "created_at", "id",
    )  # fmt: skip
    named = {"user_id": User, "operator_id": Operator}  # noqa: RUF012  # read by the base class alone
    searchable_fields = ("name",)
    sortable_fields = ("id", "name", "disabled_at", "created_at")


class Operators(ReadOnly):
    fields = ("name", "email", "approver", "arbiter", "administrator", "created_at", "id")


class Marketplaces(ReadOnly):
    fields = ("name", "created_at", "id")


class Titles(AsShown):
    """What clients read instead of a state's name. The rules define the states, so none can be added."""

    fields: Any = (
        "state",
        StringField("en", label="In English", required=True, maxlength=100),
        StringField("ru", label="In Russian", required=True, maxlength=100),
    )
    fields_default_sort: Any = ("state",)
    exclude_fields_from_edit = ("state",)
    row_actions = ("view", "edit")
    shown = ("en", "ru")

    def can_edit(self, request: Request) -> bool:
        return True

    async def edit(self, request: Request, pk: Any, data: dict[str, Any]) -> Any:
        await self.lock_as_shown(request, pk)
        await self.validate(request, data)
        session: AsyncSession = request.state.session
        return (await platform_settings.name_state(session, pk, en=data["en"], ru=data["ru"])).value

    async def validate(self, request: Request, data: dict[str, Any]) -> None:
        wrong: dict[str | int, Any] = {
            name: "1 to 100 characters in one line."
            for name in ("en", "ru")
            if not is_line(data.get(name) or "") or len(data[name]) > 100
        }
        if wrong:
            raise FormValidationError(wrong)


class PlatformSettingsView(AsShown):
    """The default commission, for all offers except those with their own; and where people sign up."""

    fields: Any = (
        StringField("id", label="Name", getter=lambda request, row: "Platform settings", searchable=False),
        StringField("default_commission_percent", label="Default commission, percent", required=True),
        OfMarketplaces(
            "sign_up_marketplace_id",
            label="Marketplace in which people may sign up (none: nobody can sign up)",
            choices_loader=marketplaces_of,
        ),
    )
    exclude_fields_from_edit = ("id",)
    searchable_fields: Any = ()
    sortable_fields: Any = ()
    row_actions = ("view", "edit")
    shown = ("default_commission_percent", "sign_up_marketplace_id")

    def can_edit(self, request: Request) -> bool:
        return True

    async def edit(self, request: Request, pk: Any, data: dict[str, Any]) -> Any:
        session: AsyncSession = request.state.session
        where = (data.get("sign_up_marketplace_id") or "").strip()
        await self.lock_as_shown(request, pk)
        try:
            commission_bp = basis_points_of(data.get("default_commission_percent") or "", "default_commission_percent")
            await platform_settings.set_default_commission(session, commission_bp)
            marketplace_id = _uuid(where, "sign_up_marketplace_id") if where else None
            await platform_settings.allow_sign_up(session, marketplace_id)
        except Refusal as refused:
            raise FormValidationError({refused.field or "default_commission_percent": refused.detail}) from None
        return await self.find_by_pk(request, pk)


class Users(ReadOnly):
    """Clients of all marketplaces. Clients who log in are created here: full name, login, password."""

    fields: Any = (
        StringField("name", label="Full name", required=True, maxlength=200),
        StringField("email", label="E-mail", required=True, maxlength=254),
        "reference",
        "created_at",
        OfMarketplaces("marketplace_id", label="Marketplace", required=True, choices_loader=marketplaces_of),
        StringField("login", required=True, maxlength=254, exclude_from_list=True, exclude_from_detail=True),
        PasswordField("password", required=True, exclude_from_list=True, exclude_from_detail=True),
        "id",
    )
    exclude_fields_from_create = ("id", "reference", "created_at")
    searchable_fields = ("name", "email", "reference")
    sortable_fields = ("id", "name", "email", "created_at")

    def can_create(self, request: Request) -> bool:
        return True

    async def create(self, request: Request, data: dict[str, Any]) -> Any:
        session: AsyncSession = request.state.session
        services: Services = request.app.state.services
        said = {name: str(data.get(name) or "").strip() for name in ("name", "email", "login", "marketplace_id")}
        try:
            wrong: dict[str | int, Any] = {name: "This is needed." for name, value in said.items() if not value}
            if "email" not in wrong and not is_email(said["email"]):
                wrong["email"] = "This is not an e-mail address."
            if "name" not in wrong and not (is_line(said["name"]) and len(said["name"]) <= MAX_NAME):
                wrong["name"] = f"1 to {MAX_NAME} characters in one line."
            if wrong:
                raise FormValidationError(wrong)
            marketplace_id = _uuid(said["marketplace_id"], "marketplace_id")
            chosen = await credentials(services.passwords, said["login"], str(data.get("password") or ""))
            details = users.Details(said["name"], said["email"])
            client = await users.add_client(session, marketplace_id, details, None, chosen)
        except Refusal as refused:
            raise FormValidationError({refused.field or "login": refused.detail}) from None
        return client.value.user


def _uuid(text: str, field: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise FormValidationError({field: "This is not an id."}) from None


def views() -> list[ModelView]:
    """New views, in the order of the menu."""
    return [
        Users(User, icon="fa fa-users", menu_label="Users", display_name="user", key="users"),
        Logins(Login, icon="fa fa-key", menu_label="Logins", key="logins"),
        Operators(Operator, icon="fa fa-user-shield", menu_label="Operators", key="operators"),
        Marketplaces(Marketplace, icon="fa fa-store", menu_label="Marketplaces", key="marketplaces"),
        PlatformSettingsView(
            PlatformSettings,
            icon="fa fa-sliders",
            menu_label="Platform settings",
            display_name="platform settings",
            key="platform-settings",
        ),
        Titles(DealTitle, icon="fa fa-tags", menu_label="Deal titles", display_name="deal title", key="deal-titles"),
        Statuses(Status, icon="fa fa-tag", menu_label="Statuses", display_name="status", key="statuses"),
        Banks(Bank, icon="fa fa-building-columns", menu_label="Banks", key="banks"),
        Offers(Offer, icon="fa fa-bag-shopping", menu_label="Offers", key="offers"),
        Deals(Deal, icon="fa fa-handshake", menu_label="Deals", key="deals"),
        Payments(Payment, icon="fa fa-money-bill", menu_label="Payments", key="payments"),
        Withdrawals(Withdrawal, icon="fa fa-wallet", menu_label="Withdrawals", key="withdrawals"),
        *top_up_views(),
        Mails(WaitingMail, icon="fa fa-envelope", menu_label="Mails not sent", key="mails"),
        Overrides(Override, icon="fa fa-wrench", menu_label="Overrides", key="overrides"),
        *chain_views(),
        *webhook_views(),
        Corrections(Correction, icon="fa fa-scale-unbalanced", menu_label="Corrections", key="corrections"),
    ]
