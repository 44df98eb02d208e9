"""The bank behind `python -m bank.service`."""

from __future__ import annotations

import sys

from bank.service import migrate
from bank.service.server import BankServer
from bank.service.settings import BankSettings
from edge.observed import observe
from edge.startup import load


def main(arguments: list[str]) -> int:
    observe("bank")
    settings = load(BankSettings)
    match arguments:
        case []:
            BankServer(settings).run()
            return 0
        case ["migrate"] if settings.database_owner_url is not None:
            migrate(settings.database_owner_url, settings.database_app_role)
            return 0
        case ["migrate"]:
            sys.stderr.write("HOLDFAST_BANK_DATABASE_OWNER_URL is needed to migrate\n")
        case _:
            sys.stderr.write("usage: python -m bank.service [migrate]\n")
    return 2
