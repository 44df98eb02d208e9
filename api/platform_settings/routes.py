"""Settings for the whole platform that an administrator makes, and the public ones among them."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Response
from sqlalchemy import func, select

from api.dependencies import Administrator, Anybody, ServicesOfApp
from api.fields import MoneyOut
from api.platform_settings.schemas import (
    DefaultCommissionIn,
    DefaultCommissionOut,
    FeeOut,
    FeesOut,
    PlatformSettingsOut,
    SignUpRuleIn,
    TitleIn,
    TitleOut,
    TitlesOut,
)
from api.refusals import WRITES
from api.writes import Write
from domain.deals import DealState
from domain.money import Money
from edge.documents import refusing
from edge.problem import problems
from edge.wire import utc
from fronts.percents import basis_points_of, percent
from fronts.writes import written
from market import platform_settings as settings
from store.banks.banks import Fee, fees
from store.operations.platform_settings import DealTitle, PlatformSettings, deal_titles, platform_settings

router = APIRouter(tags=["administration"])


@router.get("/platform-settings", summary="Get the platform settings", responses=problems(401, 403, 503))
async def get_platform_settings(caller: Administrator, services: ServicesOfApp) -> PlatformSettingsOut:
    async with services.database.transaction() as session:
        return _settings_out(await platform_settings(session))


@router.post(
    "/platform-settings/default-commission",
    summary="Set the default commission",
    response_model=DefaultCommissionOut,
    responses=refusing(WRITES, {422: "bad_percent"}),
)
async def set_default_commission(body: DefaultCommissionIn, caller: Administrator, write: Write) -> Response:
    """Changes the commission of all offers at once, except those with their own. Existing deals keep theirs."""
    act = partial(settings.set_default_commission, commission_bp=basis_points_of(body.percent, "percent"))
    return await write.answer(caller, body, written(200, act, _commission_out))


@router.post(
    "/platform-settings/sign-up",
    summary="Set where people may sign up",
    response_model=PlatformSettingsOut,
    responses=refusing(WRITES, {404: "unknown_marketplace"}),
)
async def set_sign_up(body: SignUpRuleIn, caller: Administrator, write: Write) -> Response:
    """Sets the marketplace in which people may sign up; null: nobody can sign up."""
    act = partial(settings.allow_sign_up, marketplace_id=body.marketplace_id)
    return await write.answer(caller, body, written(200, act, _settings_out))


@router.get("/deal-titles", summary="List titles of deals' states", responses=problems(401, 503))
async def list_deal_titles(caller: Anybody, services: ServicesOfApp) -> TitlesOut:
    async with services.database.transaction() as session:
        return TitlesOut(items=[_title_out(title) for title in await deal_titles(session)], next=None)


@router.post(
    "/deal-titles/{state}",
    summary="Set the title of a deal's state",
    response_model=TitleOut,
    responses=refusing(WRITES, {404: "unknown_state"}),
)
async def set_deal_title(state: DealState, body: TitleIn, caller: Administrator, write: Write) -> Response:
    act = partial(settings.name_state, state=state, en=body.en, ru=body.ru)
    return await write.answer(caller, body, written(200, act, _title_out))


@router.get("/fees", summary="List banks' fees", responses=problems(401, 503))
async def list_fees(caller: Anybody, services: ServicesOfApp) -> FeesOut:
    """What a payer's bank takes for a transfer to another bank. A pair that is not listed costs nothing.

    Between banks of different bank clients no payment is possible."""
    async with services.database.transaction() as session:
        now = await session.scalar(select(func.clock_timestamp()))
        assert now is not None
        items = [_fee_out(fee, int((now - fee.refreshed_at).total_seconds())) for fee in await fees(session)]
    return FeesOut(items=items, next=None)


def _settings_out(row: PlatformSettings) -> PlatformSettingsOut:
    where = row.sign_up_marketplace_id
    return PlatformSettingsOut(
        default_commission_percent=percent(row.default_commission_bp),
        sign_up_marketplace_id=None if where is None else str(where),
    )


def _commission_out(commission: settings.Commission) -> DefaultCommissionOut:
    return DefaultCommissionOut(default_commission_percent=percent(commission.default_bp), offers=commission.offers)


def _title_out(title: DealTitle) -> TitleOut:
    return TitleOut(state=DealState(title.state), en=title.en, ru=title.ru)


def _fee_out(fee: Fee, age_s: int) -> FeeOut:
    return FeeOut(
        payer_bank=fee.payer_bank,
        payee_bank=fee.payee_bank,
        percent=percent(fee.percent_bp),
        minimum=MoneyOut.of(Money(fee.minimum_minor, fee.currency)),
        refreshed_at=utc(fee.refreshed_at),
        age_s=max(age_s, 0),
    )
