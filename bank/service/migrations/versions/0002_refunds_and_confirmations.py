"""Refunds with their parts, debts of payees, and confirmation as a step of its own.

Revision ID: 0002
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_STATEMENTS = """
ALTER TABLE accounts ADD COLUMN debt_ledger_id bigint CONSTRAINT accounts_debt_unique UNIQUE;
ALTER TABLE books DROP CONSTRAINT books_role;
ALTER TABLE books ADD CONSTRAINT books_role
    CHECK (role IN ('fees', 'transit', 'settlement', 'outside', 'receivables'));
ALTER TABLE operations
    ADD COLUMN refunded_minor bigint NOT NULL DEFAULT 0,
    ADD COLUMN fee_refunded_minor bigint NOT NULL DEFAULT 0,
    ADD COLUMN uncredited_refunded_minor bigint NOT NULL DEFAULT 0,
    ADD COLUMN confirmed_at timestamptz,
    DROP CONSTRAINT operations_kind,
    DROP CONSTRAINT operations_source,
    DROP CONSTRAINT operations_credited,
    DROP CONSTRAINT operations_status;
ALTER TABLE operations
    ADD CONSTRAINT operations_kind CHECK (kind IN ('debit', 'credit', 'refund')),
    ADD CONSTRAINT operations_source CHECK ((kind <> 'debit') = (source IS NOT NULL)),
    ADD CONSTRAINT operations_credited CHECK (
        credited_minor >= 0 AND uncredited_refunded_minor >= 0
        AND credited_minor + uncredited_refunded_minor <= amount_minor
        AND (credited_minor + uncredited_refunded_minor = 0 OR (kind = 'debit' AND status = 'success'))
    ),
    ADD CONSTRAINT operations_refunded CHECK (
        refunded_minor BETWEEN uncredited_refunded_minor AND amount_minor
        AND (refunded_minor = 0 OR (kind IN ('debit', 'credit') AND status = 'success'))
    ),
    ADD CONSTRAINT operations_fee_refunded CHECK (
        fee_refunded_minor BETWEEN 0 AND fee_minor AND (fee_refunded_minor = 0 OR refunded_minor > 0)
    ),
    ADD CONSTRAINT operations_status CHECK (
        CASE status
            WHEN 'created' THEN kind = 'debit' AND confirmed_at IS NULL AND held_at IS NULL
                AND captured_at IS NULL AND voided_at IS NULL
            WHEN 'confirmed' THEN kind = 'debit' AND confirmed_at IS NOT NULL AND held_at IS NULL
                AND captured_at IS NULL AND voided_at IS NULL
            WHEN 'pause' THEN kind = 'debit' AND held_at IS NOT NULL AND captured_at IS NULL AND voided_at IS NULL
            WHEN 'success' THEN (kind <> 'debit') = (held_at IS NULL) AND captured_at IS NOT NULL
                AND voided_at IS NULL
            WHEN 'void' THEN kind = 'debit' AND captured_at IS NULL AND voided_at IS NOT NULL
            ELSE false
        END
    );
CREATE TABLE refund_parts (
    refund_key text NOT NULL REFERENCES operations,
    number smallint NOT NULL CONSTRAINT refund_parts_number CHECK (number >= 1),
    origin text NOT NULL CONSTRAINT refund_parts_origin CHECK (origin IN ('uncredited', 'payee', 'guarantee')),
    credit_key text REFERENCES operations,
    amount_minor bigint NOT NULL CONSTRAINT refund_parts_amount CHECK (amount_minor BETWEEN 1 AND 1000000000000000),
    PRIMARY KEY (refund_key, number),
    CONSTRAINT refund_parts_credit CHECK ((origin = 'uncredited') = (credit_key IS NULL))
);
CREATE INDEX refund_parts_by_credit ON refund_parts (credit_key) WHERE credit_key IS NOT NULL
"""


def upgrade() -> None:
    for statement in _STATEMENTS.split(";\n"):
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("books are never thrown away; restore a backup instead")
