"""The text of the mail that brings a code: what it confirms stands before the code itself."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape

from domain.money import Money
from edge.codes import grouped
from edge.mailer import Mail


def code_mail(
    *,
    to: str,
    name: str,
    code_id: int,
    code: str,
    amount: Money,
    fee: Money,
    payee_account: str,
    payee_name: str,
    expires_at: datetime,
) -> Mail:
    """`code` is normalised; `expires_at` is shown in UTC. The key is the code's, so that a repeat is recognisable."""
    until = expires_at.astimezone(UTC).strftime("%H:%M:%S UTC")
    facts = [
        ("Amount", str(amount)),
        ("Fee", str(fee)),
        ("Total", str(amount + fee)),
        ("Payee", f"{payee_name}, account {payee_account}"),
    ]
    greeting = f"{name}, please confirm this payment."
    validity = f"The code is valid until {until} and for this payment only."
    warning = "If you did not ask for this payment, do nothing and never pass the code on."
    listed = "\n".join(f"{label}: {value}" for label, value in facts)
    rows = "".join(f"<tr><th align=left>{label}</th><td>{escape(value)}</td></tr>" for label, value in facts)
    return Mail(
        to=to,
        subject=f"Confirm your payment of {amount + fee}",
        text=f"{greeting}\n\n{listed}\n\nCode: {grouped(code)}\n\n{validity}\n{warning}\n",
        html=(
            f"<!doctype html><html lang=en><body><p>{escape(greeting)}</p><table>{rows}</table>"
            f"<p>Code: <strong>{grouped(code)}</strong></p><p>{validity}<br>{warning}</p></body></html>"
        ),
        key=f"bank-code/{code_id}",
    )
