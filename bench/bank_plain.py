"""The minimum that a debit with its credit costs in PostgreSQL, as plain statements by pgbench on the same server."""

from __future__ import annotations

from sqlalchemy import text

from bench.bank_stack import BankStack
from bench.pgbench import rate_of
from devstack.postgres import APP

PAYERS = 16
PAYEES = 16

_SCHEMA = f"""
CREATE SCHEMA plain AUTHORIZATION {APP};
CREATE TABLE plain.keys (key text PRIMARY KEY, fingerprint bytea NOT NULL, answer jsonb NOT NULL,
                         created_at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE TABLE plain.accounts (id bigint PRIMARY KEY, balance bigint NOT NULL, version bigint NOT NULL);
CREATE TABLE plain.entries (account_id bigint NOT NULL, version bigint NOT NULL, amount bigint NOT NULL,
                            balance_after bigint NOT NULL, created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                            PRIMARY KEY (account_id, version));
INSERT INTO plain.accounts SELECT id, 10000000000, 0 FROM generate_series(1, {PAYERS + PAYEES}) AS id;
ALTER TABLE plain.keys OWNER TO {APP};
ALTER TABLE plain.accounts OWNER TO {APP};
ALTER TABLE plain.entries OWNER TO {APP}
"""

# Both accounts are locked first, in the order of their ids, as in the product.
_SCRIPT = r"""
\set payer random(1, {payers})
\set payee random({first_payee}, {last_payee})
BEGIN;
INSERT INTO plain.keys (key, fingerprint, answer) VALUES (gen_random_uuid()::text, '\x00', '{{"status": "success"}}');
SELECT id, balance FROM plain.accounts WHERE id IN (:payer, :payee) ORDER BY id FOR NO KEY UPDATE;
UPDATE plain.accounts SET balance = balance - 1000, version = version + 1 WHERE id = :payer
    RETURNING version AS v, balance AS b \gset payer_
UPDATE plain.accounts SET balance = balance + 1000, version = version + 1 WHERE id = :payee
    RETURNING version AS v, balance AS b \gset payee_
INSERT INTO plain.entries (account_id, version, amount, balance_after)
    VALUES (:payer, :payer_v, -1000, :payer_b), (:payee, :payee_v, 1000, :payee_b);
COMMIT;
"""


async def make_plain(stack: BankStack) -> None:
    """The tables of the plain statements, in the bank's database."""
    async with stack.postgres.connect("bank") as connection:
        for statement in _SCHEMA.split(";\n"):
            await connection.execute(text(statement))


async def plain_rate(stack: BankStack, payments: int, clients: int, *, hot: bool) -> float:
    """Debits with their credits per second, `clients` at a time; with `hot` all to one account."""
    last = PAYERS + (1 if hot else PAYEES)
    script = _SCRIPT.format(payers=PAYERS, first_payee=PAYERS + 1, last_payee=last)
    return await rate_of(stack.postgres, "bank", script, clients, times=max(payments // clients, 1))
