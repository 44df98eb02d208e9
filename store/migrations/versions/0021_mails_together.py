"""Codes and links go before other mails; what waits for one person is sent together; why a mail failed is on record."""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE mails ADD COLUMN urgent BOOLEAN DEFAULT false NOT NULL")
    op.execute("ALTER TABLE mails ADD COLUMN leader_id UUID")
    op.execute("ALTER TABLE mails ADD COLUMN failure TEXT")
    op.execute("ALTER TABLE mails ADD CONSTRAINT fk_mails_leader_id FOREIGN KEY (leader_id) REFERENCES mails (id)")
    op.execute("ALTER TABLE mails ADD CONSTRAINT ck_mails_urgent_alone CHECK (leader_id IS NULL OR NOT urgent)")
    op.execute("DROP INDEX ix_mails_waiting")
    op.execute("CREATE INDEX ix_mails_waiting ON mails (urgent DESC, next_try_at) WHERE sealed IS NOT NULL")
    op.execute("CREATE INDEX ix_mails_of_recipient ON mails (recipient, id) WHERE sealed IS NOT NULL AND NOT urgent")
    op.execute("CREATE INDEX ix_mails_told ON mails (recipient, sent_at) WHERE sent_at IS NOT NULL AND NOT urgent")
    op.execute("CREATE INDEX ix_mails_leader ON mails (leader_id) WHERE leader_id IS NOT NULL AND sealed IS NOT NULL")
    op.execute(
        "CREATE INDEX ix_wallet_notices_codes ON wallet_notices (id) WHERE done_at IS NULL AND sealed IS NOT NULL"
    )
    op.execute("CREATE INDEX ix_mails_failed ON mails (failed_at) WHERE failed_at IS NOT NULL")


def downgrade() -> None:
    raise NotImplementedError("payments are history: migrations only go forward")
