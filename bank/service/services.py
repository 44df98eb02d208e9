"""What requests share: one object, built once per program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from bank.service.acts.codes import CodeRules
from bank.service.calling import Calling
from bank.service.delivery import Delivery
from bank.service.settings import BankSettings
from bank.service.writes import Stopping, Writes
from edge.database import Database
from edge.mailer import Mailer
from edge.outward import Outward
from edge.sealing import Sealer


@dataclass(frozen=True, slots=True)
class Services:
    settings: BankSettings
    database: Database
    code_rules: CodeRules
    delivery: Delivery
    outward: Outward
    calling: Calling
    writes: Writes
    stopping: Stopping


def build_services(settings: BankSettings) -> Services:
    database = Database(settings.database_url, pool_size=settings.database_pool_size)
    sealer = Sealer([settings.sealing_key])
    mailer = Mailer(settings.smtp_url, settings.sender, timeout_s=settings.smtp_timeout_s)
    stopping = Stopping()
    outward = Outward(settings.callback_host_names, timeout_s=settings.callback_timeout_s)
    calling = Calling(database, outward, sealer)
    return Services(
        settings=settings,
        database=database,
        code_rules=CodeRules(settings.code_ttl, settings.code_pause, settings.pepper_bytes, sealer),
        delivery=Delivery(database, mailer, sealer),
        outward=outward,
        calling=calling,
        writes=Writes(database, settings.pepper_bytes, stopping, calling),
        stopping=stopping,
    )


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


ServicesOfApp = Annotated[Services, Depends(_services)]
