"""Disputes about deals that are inspected, and the ends that an operator's decision leads to."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_STATEMENTS = (
    "ALTER TABLE deals ADD COLUMN split_minor BIGINT",
    "ALTER TABLE deals DROP CONSTRAINT ck_deals_final_at",
    """
    ALTER TABLE deals
        ADD CONSTRAINT ck_deals_final_at CHECK (
            (state IN ('cancelled', 'completed', 'expired', 'refunded', 'split')) = (final_at IS NOT NULL)),
        ADD CONSTRAINT ck_deals_split CHECK (
            split_minor IS NULL OR split_minor BETWEEN 1 AND price_minor - 1 AND released_at IS NOT NULL)
    """,
    "ALTER TABLE agreements DROP CONSTRAINT ck_agreements_subject",
    """
    ALTER TABLE agreements
        ADD CONSTRAINT ck_agreements_subject CHECK (subject IN ('cancellation', 'extension', 'dispute')),
        ADD CONSTRAINT ck_agreements_decided CHECK (state <> 'decided' OR subject = 'dispute')
    """,
    """
    INSERT INTO state_transitions (noun, from_state, to_state) VALUES
        ('agreements', 'proposed', 'decided'),
        ('deals', 'disputed', 'funded'),
        ('deals', 'disputed', 'settling'),
        ('deals', 'funded', 'disputed'),
        ('deals', 'funded', 'split'),
        ('deals', 'settling', 'refunded')
    """,
    """
    INSERT INTO deal_titles (state, en, ru) VALUES
        ('disputed', 'Disputed', 'Спор'),
        ('refunded', 'Given back after a dispute', 'Возвращена после спора'),
        ('split', 'Divided after a dispute', 'Разделена после спора')
    """,
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("payments are history: migrations only go forward")
