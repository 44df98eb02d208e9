"""Which gateways are on here, by the settings of the program."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from domain.gateways import unknown_gateway
from rails.gateways.bank_transfer import BankTransferGateway
from rails.gateways.gateway import Gateway
from rails.gateways.tron import TronGateway


class Gateways:
    def __init__(self, gateways: Sequence[Gateway]) -> None:
        self._gateways = {str(gateway.rules.id): gateway for gateway in gateways}

    def __iter__(self) -> Iterator[Gateway]:
        return iter(self._gateways.values())

    def get(self, name: str) -> Gateway | None:
        return self._gateways.get(name)

    def of(self, name: str) -> Gateway:
        """Raises `Malformed` unknown_gateway for one that is not on here."""
        found = self._gateways.get(name)
        if found is None:
            raise unknown_gateway()
        return found


def gateways_of(tron_url: str | None, tron_token_contract: str | None) -> Gateways:
    """Those that these settings switch on; every market has banks."""
    on: list[Gateway] = [BankTransferGateway()]
    if tron_url is not None and tron_token_contract is not None:
        on.insert(0, TronGateway(tron_token_contract))
    return Gateways(on)
