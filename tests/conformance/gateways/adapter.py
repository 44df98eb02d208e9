"""What a gateway lends the kit: top-ups that begin, somebody who pays, and a reader that reads when the kit says so."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from domain.gateways import GatewayData
from store.chain.incoming_transfers import IncomingTransfer
from store.wallets.top_ups import TopUp


class Adapter(Protocol):
    """Amounts are in the gateway's currency, as on the wire. Each top-up is of another user."""

    async def begin(self, amount: str, *, over: bool = False) -> tuple[TopUp, GatewayData]:
        """A new top-up, and what `prepare` said. `over`: its time to pay ended a minute ago."""
        ...

    async def data(self, top_up: TopUp) -> GatewayData:
        """What the gateway says of it now."""
        ...

    async def pay(self, data: GatewayData, amount: str) -> str:
        """Somebody pays as the data say; final at the source. Returns the name that the source gives it for ever."""
        ...

    async def read(self) -> None:
        """Reads the source to its end, as often as needed."""
        ...

    def silent(self) -> AbstractAsyncContextManager[None]:
        """Within the block the source answers no reader. What is paid meanwhile is paid all the same."""
        ...

    async def recorded(self, name: str) -> IncomingTransfer | None:
        """What is recorded of a payment."""
        ...

    async def balance(self, top_up: TopUp) -> str:
        """What is in the wallet of a top-up."""
        ...

    async def now(self, top_up: TopUp) -> TopUp:
        """The row as it now is, after its workflow's next step."""
        ...

    async def closed_until(self) -> datetime | None:
        """As the gateway says."""
        ...
