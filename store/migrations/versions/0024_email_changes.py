"""A changed e-mail address is confirmed at the new one, and for a while its codes and links go to the old one."""

from __future__ import annotations

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE users ADD COLUMN wanted_email TEXT")
    op.execute(
        """
        CREATE TABLE email_changes (
            id UUID DEFAULT uuidv7() NOT NULL,
            user_id UUID NOT NULL,
            email_before TEXT NOT NULL,
            email_after TEXT NOT NULL,
            confirm_digest BYTEA,
            keep_digest BYTEA,
            created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
            mailed_at timestamptz,
            confirmed_at timestamptz,
            ended_at timestamptz,
            CONSTRAINT pk_email_changes PRIMARY KEY (id),
            CONSTRAINT fk_email_changes_user_id FOREIGN KEY (user_id) REFERENCES users (id),
            CONSTRAINT uq_email_changes_confirm_digest UNIQUE (confirm_digest),
            CONSTRAINT uq_email_changes_keep_digest UNIQUE (keep_digest),
            CONSTRAINT ck_email_changes_links_are_mailed CHECK ((mailed_at IS NULL) = (confirm_digest IS NULL)),
            CONSTRAINT ck_email_changes_both_are_mailed CHECK ((mailed_at IS NULL) = (keep_digest IS NULL))
        )
        """
    )
    op.execute("CREATE INDEX ix_email_changes_user_id ON email_changes (user_id)")
    op.execute(
        "CREATE INDEX ix_email_changes_waiting ON email_changes (id) WHERE mailed_at IS NULL AND ended_at IS NULL"
    )
    op.execute(
        "CREATE INDEX ix_email_changes_before ON email_changes (lower(email_before)) WHERE confirmed_at IS NOT NULL"
    )


def downgrade() -> None:
    raise NotImplementedError("payments are history: migrations only go forward")
