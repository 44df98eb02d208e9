"""Fields that several nouns share."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import Field

from edge.wire import MAX_INTEGER, CleanText, Line, Wire

Amount = Annotated[str, Field(max_length=32, examples=["115.60"], description="Digits with the currency's decimals.")]
CurrencyCode = Annotated[str, Field(max_length=8, examples=["RUB"], description="ISO 4217, or USDT.")]
AccountNumber = Annotated[CleanText, Field(min_length=1, max_length=64, examples=["007a1b2c3d4e5"])]
OperationKey = Annotated[CleanText, Field(min_length=1, max_length=64, examples=["op-007-00112233445566778899"])]
# One line: names are shown in mails, where a line break could forge a sentence in our name.
Name = Annotated[Line, Field(min_length=1, max_length=200)]
Reference = Annotated[Name, Field(description="The caller's name for what belongs together: a deal.")]
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"}, description="RFC 3339, UTC.")]
BankId = Annotated[int, Field(ge=1, le=999)]
RowId = Annotated[int, Field(ge=1, le=MAX_INTEGER)]


def together(one: str, other: str) -> dict[str, Any]:
    """JSON schema of two optional fields of which each needs the other."""
    filled: dict[str, Any] = {"not": {"type": "null"}}
    both = {"required": [one, other], "properties": {one: filled, other: filled}}
    empty: dict[str, Any] = {"type": "null"}
    return {"anyOf": [both, {"properties": {one: empty, other: empty}}]}


class AcceptedOut(Wire):
    """Not the answer yet: ask by the key, or wait for the webhook."""

    operation: str | None
    status: Literal["accepted"] = "accepted"


# For `responses=` of routes whose bank may answer later.
ACCEPTED: Final[dict[int | str, dict[str, Any]]] = {202: {"model": AcceptedOut}}
