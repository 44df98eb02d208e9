"""The services of the program, built once and shared by its fronts."""

from __future__ import annotations

from dataclasses import dataclass

from edge.database import Database
from edge.passwords import Passwords
from edge.replica import Replica
from edge.sealing import Sealer
from edge.tokens import Tokens
from fronts.authentication import Authentication
from fronts.messages import Messages
from fronts.movements import Movements
from market.acts import Acts
from market.banks import BankClients, banks_of
from market.logins import LogIn
from market.signals import Signaller, SignalQueue
from rails.gateways.gateways import Gateways, gateways_of
from settings import MarketSettings


@dataclass(frozen=True, slots=True)
class Services:
    """Built once per program."""

    settings: MarketSettings
    database: Database
    replica: Replica
    """For lists and other reads that decide nothing."""
    sealer: Sealer
    signaller: Signaller
    signals: SignalQueue
    acts: Acts
    passwords: Passwords
    log_in: LogIn
    tokens: Tokens
    movements: Movements
    messages: Messages
    authentication: Authentication
    gateways: Gateways
    banks: BankClients
    """Only asked about accounts and directories: workflows make every call that moves money."""


def build_services(settings: MarketSettings, signaller: Signaller) -> Services:
    database = Database(settings.database_url, pool_size=settings.database_pool_size)
    signals = SignalQueue(signaller)
    acts = Acts(database, signals)
    passwords = Passwords()
    return Services(
        settings=settings,
        database=database,
        replica=Replica(database, settings.database_read_url, pool_size=settings.database_pool_size),
        sealer=Sealer(settings.sealing_key_bytes),
        signaller=signaller,
        signals=signals,
        acts=acts,
        passwords=passwords,
        log_in=LogIn(database, passwords, settings.pepper_bytes),
        tokens=Tokens(settings.sealing_key_bytes),
        movements=Movements(database, settings.pepper_bytes),
        messages=Messages(database, settings.pepper_bytes),
        authentication=Authentication(database, settings.pepper_bytes),
        gateways=gateways_of(settings.tron_url, settings.tron_token_contract),
        banks=banks_of(settings, database),
    )
