from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from edge.wire import Wire
from store.people.marketplaces import Marketplace

MAX_ORIGINS: Final = 20  # a marketplace has a handful of sites


class ReturnOriginsIn(Wire):
    origins: Annotated[
        list[Annotated[str, Field(max_length=300, examples=["https://shop.example"])]], Field(max_length=MAX_ORIGINS)
    ]
    """Scheme, host and port of each site; an address below it stands for its site. Replaces the previous list."""


class ReturnOriginsOut(Wire):
    marketplace_id: str
    origins: list[str]

    @classmethod
    def of(cls, marketplace: Marketplace) -> ReturnOriginsOut:
        return cls(marketplace_id=str(marketplace.id), origins=marketplace.return_origins)
