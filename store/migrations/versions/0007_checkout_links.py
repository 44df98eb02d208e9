"""Links to a hosted checkout, and the sites that marketplaces may have buyers sent back to."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE marketplaces ADD COLUMN return_origins TEXT[] DEFAULT '{}' NOT NULL")
    op.execute(
        """
        CREATE TABLE checkout_links (
            id UUID DEFAULT uuidv7() NOT NULL,
            deal_id UUID NOT NULL,
            user_id UUID NOT NULL,
            digest BYTEA NOT NULL,
            return_url TEXT NOT NULL,
            expires_at timestamptz NOT NULL,
            opened_at timestamptz,
            session_digest BYTEA,
            session_expires_at timestamptz,
            created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
            CONSTRAINT pk_checkout_links PRIMARY KEY (id),
            CONSTRAINT uq_checkout_links_digest UNIQUE (digest),
            CONSTRAINT uq_checkout_links_session_digest UNIQUE (session_digest),
            CONSTRAINT fk_checkout_links_deal_id FOREIGN KEY (deal_id) REFERENCES deals (id),
            CONSTRAINT fk_checkout_links_user_id FOREIGN KEY (user_id) REFERENCES users (id)
        )
        """
    )
    op.execute("CREATE INDEX ix_checkout_links_deal_id ON checkout_links (deal_id)")


def downgrade() -> None:
    raise NotImplementedError("payments are history: migrations only go forward")
