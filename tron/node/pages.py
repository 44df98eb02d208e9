"""The faucet: a page on which a person pays to an address by hand, and sees the newest blocks. Made by the server."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from domain.errors import Refusal
from domain.money import parse_money
from tron.addresses import address_of
from tron.node.chain import Block, Chain, Entry
from tron.node.control import EyesOfApp, Payment, pay
from tron.node.tokens import FAKE, TOKENS, TRANSFER, USDT

router = APIRouter()

_SHOWN_BLOCKS: Final = 30
_FOLDER: Final = Path(__file__).with_name("templates")
_PAGES: Final = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined)
_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cache-Control": "no-store",
}
_CURRENCIES: Final = {"USDT": "USDT", "TRX": "TRX", "fake": "a token that only calls itself USDT"}


@router.get("/", include_in_schema=False)
async def faucet(
    eyes: EyesOfApp,
    address: Annotated[str, Query(max_length=100)] = "",
    amount: Annotated[str, Query(max_length=30)] = "",
    currency: Annotated[str, Query(max_length=10)] = "USDT",
    paid: Annotated[str, Query(pattern="^[0-9a-f]{0,64}$")] = "",
) -> Response:
    """`?address=…&amount=…` fills the form in: the page of a top-up links to it so."""
    return _page(eyes.chain, address, amount, currency, paid=paid)


@router.post("/", include_in_schema=False)
async def pay_by_hand(
    eyes: EyesOfApp,
    address: Annotated[str, Form(max_length=100)] = "",
    amount: Annotated[str, Form(max_length=30)] = "",
    currency: Annotated[str, Form(max_length=10)] = "USDT",
) -> Response:
    try:
        minor = parse_money(amount.strip(), "USDT").minor  # TRX has as many decimals
        kind: Any = currency if currency in _CURRENCIES else "USDT"
        txid = pay(eyes.chain, Payment(address=address.strip(), minor=minor, currency=kind))
    except Refusal as refusal:
        return _page(eyes.chain, address, amount, currency, error=refusal.detail, status=422)
    return RedirectResponse(f"/?paid={txid}", status_code=303)


@router.get("/faucet.css", include_in_schema=False)
async def style() -> Response:
    return Response((_FOLDER / "faucet.css").read_bytes(), media_type="text/css")


def _page(
    chain: Chain, address: str, amount: str, currency: str, *, paid: str = "", error: str = "", status: int = 200
) -> Response:
    blocks = chain.blocks[: -_SHOWN_BLOCKS - 1 : -1]
    waiting = [_described(transaction) for transaction in chain.pending.values()]
    place = chain.find(bytes.fromhex(paid)) if len(paid) == 64 else None
    text = _PAGES.get_template("faucet.html").render(
        address=address,
        amount=amount,
        currency=currency,
        currencies=_CURRENCIES,
        error=error,
        paid=paid,
        paid_in=place[0].number if place else None,
        solid=chain.solid_number,
        solid_after=chain.solid_after,
        usdt=address_of(USDT.address),
        blocks=[_shown(block) for block in blocks],
        waiting=waiting,
    )
    return HTMLResponse(text, status_code=status, headers=_HEADERS)


def _shown(block: Block) -> dict[str, Any]:
    time = datetime.fromtimestamp(block.time_ms / 1000, UTC)
    return {
        "number": block.number,
        "time": f"{time:%H:%M:%S}",
        "payments": [_described(entry.transaction) | _result(entry) for entry in block.entries[:20]],
    }


def _result(entry: Entry) -> dict[str, Any]:
    return {"result": entry.outcome.result if entry.outcome.failed else ""}


def _described(transaction: Any) -> dict[str, Any]:
    if transaction.is_transfer:
        minor, to, unit = transaction.sun, transaction.to, "TRX"
    elif transaction.data[:4] == TRANSFER and len(transaction.data) == 68 and transaction.to in TOKENS:
        minor, to = int.from_bytes(transaction.data[36:], "big"), transaction.data[16:36]
        unit = "fake USDT" if transaction.to == FAKE.address else "USDT"
    else:
        minor, to, unit = 0, transaction.to, "call"
    whole, rest = divmod(minor, 1_000_000)
    amount = f"{whole}.{rest:06d}".rstrip("0").rstrip(".")
    return {"txid": transaction.txid.hex(), "amount": f"{amount} {unit}", "to": address_of(to), "result": ""}
