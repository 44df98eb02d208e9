"""Shared by requests: one object, built once per program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from bank.service.acts.codes import CodeRules
from bank.service.channels import Channel, Email, Phone
from bank.service.faults import FaultGate, Stopping
from bank.service.outbox.messages import Delivery
from bank.service.outbox.webhooks import WebhookDispatcher
from bank.service.requests.gate import Gate, UnderWay
from bank.service.requests.writes import Writes
from bank.service.settings import BankSettings
from edge.database import Database
from edge.mailer import Mailer
from edge.outward import Outward
from edge.sealing import Sealer
from edge.sms import SmsGateway


@dataclass(frozen=True, slots=True)
class Services:
    settings: BankSettings
    database: Database
    code_rules: CodeRules
    delivery: Delivery
    outward: Outward
    webhooks: WebhookDispatcher
    gate: Gate
    writes: Writes
    stopping: Stopping
    """Wakes requests that are slow or silent on purpose."""


def build_services(settings: BankSettings) -> Services:
    database = Database(settings.database_url, pool_size=settings.database_pool_size)
    sealer = Sealer([settings.sealing_key])
    stopping = Stopping()
    outward = Outward(settings.webhook_host_names, timeout_s=settings.webhook_timeout_s)
    webhooks = WebhookDispatcher(database, outward, sealer)
    under_way = UnderWay()
    gate = FaultGate(database, stopping, under_way, settings.test_account_delay_s) if settings.faults else Gate()
    return Services(
        settings=settings,
        database=database,
        code_rules=_code_rules(settings, sealer),
        delivery=Delivery(database, _channels(settings), sealer, access_minutes=settings.access_token_ttl_s // 60),
        outward=outward,
        webhooks=webhooks,
        gate=gate,
        writes=Writes(database, settings.pepper_bytes, gate, under_way),
        stopping=stopping,
    )


def _code_rules(settings: BankSettings, sealer: Sealer) -> CodeRules:
    pepper = settings.pepper_bytes
    ttl, pause, limits = settings.code_ttl, settings.code_pause, settings.code_limits
    return CodeRules(ttl, pause, limits, settings.codes_sent, settings.codes_asked, pepper, sealer)


def _channels(settings: BankSettings) -> list[Channel]:
    """In order of preference; e-mail reaches everybody."""
    email = Email(Mailer(settings.smtp_url, settings.sender, timeout_s=settings.smtp_timeout_s))
    if settings.sms_url is None or settings.sms_token is None:
        return [email]
    token = settings.sms_token.get_secret_value()
    return [Phone(SmsGateway(settings.sms_url, token, settings.sms_sender, timeout_s=settings.sms_timeout_s)), email]


async def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


ServicesOfApp = Annotated[Services, Depends(_services)]
