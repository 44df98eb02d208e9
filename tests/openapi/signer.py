"""A real request for every operation of the signer, and what must not be sent to it at random."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from signer.client import REFUSALS
from tests.fixtures.signer import THEIR_ADDRESS, RunningSigner, token_transfer
from tests.openapi.exploring import Real, Recipe, Rules

if TYPE_CHECKING:
    from schemathesis import Case

WHERE: Final = "tests/openapi/signer.py"
MAX_DERIVED: Final = 10  # addresses of one generated request: each takes a millisecond, twice with the audit
USDT: Final = 1_000_000


async def _addresses(signer: RunningSigner) -> Real:
    return Real(body={"first": 0, "count": 5})


async def _signature(signer: RunningSigner) -> Real:
    raw = token_transfer(signer.main, THEIR_ADDRESS, USDT)
    return Real(body={"key": "withdrawal/1", "purpose": "withdrawal", "raw_data_hex": raw, "from": {"account": "main"}})


RECIPES: Final[dict[str, Recipe[RunningSigner]]] = {
    "POST /api/v1/addresses": _addresses,
    "POST /api/v1/signatures": _signature,
}


def spares(case: Case) -> bool:
    body: dict[str, Any] = case.body if isinstance(case.body, dict) else {}
    count = body.get("count")
    return not isinstance(count, int) or count <= MAX_DERIVED


# The rules refuse what is well-formed; the last index of all is a limit that the document cannot give to two numbers.
RULES: Final = Rules(decides=REFUSALS, spares=spares)
