"""Notices that wait to be told, reminders, and the language in which a user is written to."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# The events of which people are told. The first event of a deal alone tells that it began.
_TOLD = """
    'deal.funded', 'deal.completed', 'deal.expired', 'deal.cancelled', 'deal.extended', 'deal.extension_proposed',
    'deal.cancellation_proposed', 'payment.held', 'payment.refunded', 'payment.failed', 'payment.owed',
    'refund.refunded'
"""


def upgrade() -> None:
    op.execute("ALTER TABLE users ADD COLUMN language TEXT DEFAULT 'en' NOT NULL")
    op.execute("ALTER TABLE users ADD CONSTRAINT ck_users_language CHECK (language IN ('en', 'ru'))")
    op.execute(
        """
        CREATE TABLE notices (
            id BIGINT GENERATED ALWAYS AS IDENTITY,
            event_id BIGINT,
            user_id UUID,
            kind TEXT NOT NULL,
            key TEXT NOT NULL,
            data JSONB DEFAULT '{}' NOT NULL,
            told_at timestamptz,
            created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
            CONSTRAINT pk_notices PRIMARY KEY (id),
            CONSTRAINT uq_notices_key UNIQUE (key),
            CONSTRAINT ck_notices_about_one CHECK (num_nonnulls(event_id, user_id) = 1)
        )
        """
    )
    op.execute("CREATE INDEX ix_notices_waiting ON notices (id) WHERE told_at IS NULL")
    op.execute(
        """
        CREATE TABLE reminders (
            deal_id UUID NOT NULL,
            ends_at timestamptz NOT NULL,
            created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
            CONSTRAINT pk_reminders PRIMARY KEY (deal_id, ends_at),
            CONSTRAINT fk_reminders_deal_id FOREIGN KEY (deal_id) REFERENCES deals (id)
        )
        """
    )
    op.execute(
        """
        CREATE FUNCTION have_event_told() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO notices (event_id, kind, key)
            VALUES (NEW.id, NEW.type, format('event/%s/%s', NEW.subject_id, NEW.number));
            RETURN NULL;
        END
        $$
        """
    )
    op.execute(
        f"""
        CREATE TRIGGER events_told AFTER INSERT ON events
            FOR EACH ROW WHEN (
                NEW.type IN ({_TOLD}) OR (NEW.type = 'deal.awaiting_payment' AND NEW.number = 1)
            )
            EXECUTE FUNCTION have_event_told()
        """
    )


def downgrade() -> None:
    raise NotImplementedError("payments are history: migrations only go forward")
