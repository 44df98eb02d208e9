"""The minimum that a debit with its credit costs in PostgreSQL, as plain statements by pgbench on the same server."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from sqlalchemy import text

from bench.bank_stack import BankStack
from devstack.ports import HOST
from devstack.postgres import APP, binaries

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
_RATE = re.compile(r"tps = ([0-9.]+)")


async def make_plain(stack: BankStack) -> None:
    """The tables of the plain statements, in the bank's database."""
    async with stack.postgres.connect("bank") as connection:
        for statement in _SCHEMA.split(";\n"):
            await connection.execute(text(statement))


async def plain_rate(stack: BankStack, folder: Path, payments: int, clients: int, *, hot: bool) -> float:
    """Debits with their credits per second, `clients` at a time; with `hot` all to one account."""
    script = folder / "plain.sql"
    last = PAYERS + (1 if hot else PAYEES)
    script.write_text(_SCRIPT.format(payers=PAYERS, first_payee=PAYERS + 1, last_payee=last))
    pgbench = await asyncio.create_subprocess_exec(
        str(binaries() / "pgbench"),
        *("-h", HOST, "-p", str(stack.postgres.port), "-U", APP, "-n", "-M", "prepared", "-f", str(script)),
        *("-c", str(clients), "-j", str(min(clients, 2)), "-t", str(max(payments // clients, 1)), "bank"),
        env={"PGPASSWORD": stack.postgres.password(APP), "LC_ALL": "C"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await pgbench.communicate()
    found = _RATE.search(out.decode())
    assert pgbench.returncode == 0 and found is not None, errors.decode()
    return float(found[1])
