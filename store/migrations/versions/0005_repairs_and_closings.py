"""Repairs by operators, approvers among them, and the closing statements that deals end with."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_STATEMENTS = (
    "ALTER TABLE operators ADD COLUMN approver BOOLEAN DEFAULT false NOT NULL",
    # What both parties told an operator that they agreed on.
    "ALTER TABLE agreements DROP CONSTRAINT ck_agreements_party",
    """
    ALTER TABLE agreements ADD CONSTRAINT ck_agreements_party CHECK (
        proposed_by IN ('buyer', 'seller') OR proposed_by = 'operator' AND subject = 'extension' AND state = 'agreed')
    """,
    """
    CREATE TABLE repairs (
        id UUID DEFAULT uuidv7() NOT NULL,
        deal_id UUID NOT NULL,
        payment_id UUID,
        kind TEXT NOT NULL,
        key TEXT,
        result TEXT,
        amount_minor BIGINT NOT NULL,
        pay_by timestamptz,
        reason TEXT NOT NULL,
        evidence TEXT,
        state TEXT NOT NULL,
        requested_by UUID NOT NULL,
        approved_by UUID,
        approved_at timestamptz,
        tombstone_at timestamptz,
        refused_code TEXT,
        final_at timestamptz,
        nudges INTEGER DEFAULT 0 NOT NULL,
        nudged_at timestamptz,
        created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_repairs PRIMARY KEY (id),
        CONSTRAINT ck_repairs_kind CHECK (kind IN ('ask', 'force', 'release', 'refund', 'split', 'extend')),
        CONSTRAINT ck_repairs_amount CHECK (amount_minor >= 0),
        CONSTRAINT ck_repairs_forced CHECK (
            CASE kind WHEN 'force' THEN num_nulls(payment_id, key, result, evidence) = 0
                                        AND result IN ('done', 'refused')
                      ELSE num_nonnulls(key, result) = 0 END),
        CONSTRAINT ck_repairs_pay_by CHECK ((kind = 'extend') = (pay_by IS NOT NULL)),
        CONSTRAINT ck_repairs_two_people CHECK (approved_by <> requested_by),
        CONSTRAINT ck_repairs_approved CHECK ((approved_by IS NULL) = (approved_at IS NULL)),
        CONSTRAINT ck_repairs_tombstone CHECK (
            state NOT IN ('standing', 'contradicted') OR result = 'done' OR tombstone_at IS NOT NULL),
        CONSTRAINT ck_repairs_final_at CHECK (
            (state IN ('contradicted', 'done', 'rejected')) = (final_at IS NOT NULL)),
        CONSTRAINT fk_repairs_deal_id FOREIGN KEY (deal_id) REFERENCES deals (id),
        CONSTRAINT fk_repairs_payment_id FOREIGN KEY (payment_id) REFERENCES payments (id),
        CONSTRAINT fk_repairs_requested_by FOREIGN KEY (requested_by) REFERENCES operators (id),
        CONSTRAINT fk_repairs_approved_by FOREIGN KEY (approved_by) REFERENCES operators (id)
    )
    """,
    "CREATE INDEX ix_repairs_deal_id ON repairs (deal_id)",
    "CREATE INDEX ix_repairs_open ON repairs (id) WHERE final_at IS NULL",
    # One result is forced at a time; a second opinion comes after the first was rejected or contradicted.
    "CREATE UNIQUE INDEX uq_repairs_forced ON repairs (key) WHERE key IS NOT NULL AND state <> 'rejected'",
    """
    CREATE TRIGGER repairs_transition BEFORE INSERT OR UPDATE OF state ON repairs
        FOR EACH ROW EXECUTE FUNCTION refuse_unknown_transition()
    """,
    """
    INSERT INTO state_transitions (noun, from_state, to_state) VALUES
        ('repairs', '', 'approved'),
        ('repairs', '', 'proposed'),
        ('repairs', 'approved', 'done'),
        ('repairs', 'approved', 'rejected'),
        ('repairs', 'approved', 'standing'),
        ('repairs', 'proposed', 'approved'),
        ('repairs', 'proposed', 'rejected'),
        ('repairs', 'standing', 'contradicted'),
        ('repairs', 'standing', 'done')
    """,
    """
    CREATE TABLE closings (
        deal_id UUID NOT NULL,
        balanced BOOLEAN NOT NULL,
        differences JSONB NOT NULL,
        operations JSONB NOT NULL,
        checks INTEGER NOT NULL,
        checked_at timestamptz NOT NULL,
        CONSTRAINT pk_closings PRIMARY KEY (deal_id),
        CONSTRAINT ck_closings_balanced CHECK (balanced = (differences = '[]')),
        CONSTRAINT ck_closings_checks CHECK (checks > 0),
        CONSTRAINT fk_closings_deal_id FOREIGN KEY (deal_id) REFERENCES deals (id)
    )
    """,
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("payments are history: migrations only go forward")
