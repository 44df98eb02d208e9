"""`holdfast override …`: overrides over REST, with the operator's own API key, from a terminal."""

from __future__ import annotations

import json
import os
import secrets
import sys
from typing import Annotated, Any, Final

import httpx
import typer

from edge.console import Failed, say

PAGE: Final = 200
WITHIN_S: Final = 30.0

app = typer.Typer(
    help="Overrides of deals and payments, with the operator's key in HOLDFAST_OPERATOR_KEY.", no_args_is_help=True
)

Reason = Annotated[str, typer.Option(help="Why. It is kept for good: no codes, no secrets.")]
Evidence = Annotated[str | None, typer.Option(help="How it is known.")]
Payment = Annotated[str, typer.Argument(help="Id of the payment.")]
Deal = Annotated[str, typer.Argument(help="Id of the deal.")]
OfDeal = Annotated[bool, typer.Option("--deal", help="The id is a deal's, not a payment's.")]
Amount = Annotated[str, typer.Argument(help="What goes back to the buyer, such as 115.60.")]
Currency = Annotated[str, typer.Argument(help="The deal's currency.")]


@app.command()
def ask(payment: Payment, reason: Reason) -> None:
    """Ask the bank now instead of later."""
    _override(kind="ask", payment_id=payment, reason=reason)


@app.command()
def force(
    payment: Payment,
    step: Annotated[str, typer.Argument(help="The step whose result is unknown: name and number, such as debit/1.")],
    result: Annotated[str, typer.Argument(help="done or refused.")],
    reason: Reason,
    evidence: Evidence = None,
) -> None:
    """Decide an unknown result. Before a debit counts as refused the bank voids it. The bank is still asked."""
    _override(kind="force", payment_id=payment, step=step, result=result, reason=reason, evidence=evidence)


@app.command()
def release(id_: Annotated[str, typer.Argument(metavar="ID")], reason: Reason, deal: OfDeal = False) -> None:
    """Pay the seller: repeat what a bank refused or, with --deal, decide an inspection or a dispute."""
    _override(kind="release", reason=reason, **_of(id_, deal))


@app.command()
def refund(id_: Annotated[str, typer.Argument(metavar="ID")], reason: Reason, deal: OfDeal = False) -> None:
    """Refund the buyer: repeat what a bank refused or, with --deal, refund all that is held or was paid."""
    _override(kind="refund", reason=reason, **_of(id_, deal))


@app.command()
def split(deal: Deal, amount: Amount, currency: Currency, reason: Reason) -> None:
    """Decide an inspection or a dispute: AMOUNT goes back to the buyer, the rest to the seller."""
    _override(kind="split", deal_id=deal, amount={"amount": amount, "currency": currency}, reason=reason)


@app.command()
def extend(
    deal: Deal,
    pay_by: Annotated[str, typer.Argument(help="The new deadline, such as 2030-01-31T12:00:00Z.")],
    reason: Reason,
    evidence: Annotated[str, typer.Option(help="How both parties have agreed.")],
) -> None:
    """Give a deal more time, as both parties agreed."""
    _override(kind="extend", deal_id=deal, pay_by=pay_by, reason=reason, evidence=evidence)


@app.command()
def approve(override: Annotated[str, typer.Argument(help="Id of the override.")]) -> None:
    """Approve what another operator asked for. Needs the key of an approver."""
    _show(call("POST", f"/overrides/{override}/approval", {"approve": True}))


@app.command()
def reject(override: Annotated[str, typer.Argument(help="Id of the override.")]) -> None:
    """Reject what another operator asked for."""
    _show(call("POST", f"/overrides/{override}/approval", {"approve": False}))


@app.command("list")
def list_() -> None:
    """List the overrides that have not ended, as lines of JSON."""
    items = call("GET", f"/overrides?open_only=true&limit={PAGE}")["items"]
    for row in items:
        sys.stdout.write(json.dumps(row) + "\n")
    if not items:
        say("No override is open.")


@app.command()
def stuck() -> None:
    """List what an operator should look at, oldest first: since when, what, which row, and what it waits for."""
    found = call("GET", f"/stuck?limit={PAGE}")
    if found["books"]["detail"]:  # then the redriver is paused, and this is the reason
        say(found["books"]["detail"])
    elif found["redriver"]["overdue"]:
        say(
            f"The redriver is overdue: {found['redriver']['part']} were last redriven at {found['redriver']['ran_at']}."
        )
    elif not found["items"]:
        say("Nothing is stuck.")
    for row in found["items"]:
        about = next(f"{of} {row[f'{of}_id']}" for of in ("payment", "deal", "withdrawal") if row[f"{of}_id"])
        sys.stdout.write(f"{row['since']}  {row['what']:10}  {about}  {row['awaits'] or ''}".rstrip() + "\n")


def _of(id_: str, deal: bool) -> dict[str, str]:
    return {"deal_id" if deal else "payment_id": id_}


def _override(**body: object) -> None:
    _show(call("POST", "/overrides", {name: value for name, value in body.items() if value is not None}))


def _show(override: dict[str, Any]) -> None:
    waits = "; it waits for an approver" if override["state"] == "proposed" else ""
    say(f"The override is {override['state']}{waits}. Its id:")
    sys.stdout.write(f"{override['id']}\n")


def call(method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """The answer of the API to the operator; a refusal ends the command with its code and detail."""
    secret = os.environ.get("HOLDFAST_OPERATOR_KEY")
    if not secret:
        raise Failed("HOLDFAST_OPERATOR_KEY is needed: the API key of an operator", 2)
    headers = {"Authorization": f"Bearer {secret}"}
    if body is not None:
        headers["Idempotency-Key"] = secrets.token_urlsafe(16)
    try:
        reply = httpx.request(
            method, f"{_address()}/api/v1{path}", json=body, headers=headers, timeout=WITHIN_S, trust_env=False
        )
    except httpx.TransportError as error:
        raise Failed(f"the API at {_address()} was not reached: {type(error).__name__}") from None
    try:
        answer = reply.json()
    except ValueError:
        answer = None
    if not isinstance(answer, dict):  # a gateway whose API is down, or another program
        raise Failed(f"at {_address()} no Holdfast API answered, but something else (HTTP {reply.status_code})")
    if reply.status_code >= 400:
        raise Failed(f"{answer.get('code')}: {answer.get('detail')}")
    return answer


def _address() -> str:
    port = os.environ.get("HOLDFAST_API_PORT", "8000")
    return os.environ.get("HOLDFAST_API_URL", f"http://127.0.0.1:{port}").rstrip("/")
