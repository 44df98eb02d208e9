"""Deals keep the title and the description of their offer as they were bought."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE deals ADD COLUMN title TEXT, ADD COLUMN description TEXT")
    # What was agreed on before today is nowhere else: the offer as it is now comes nearest.
    op.execute("UPDATE deals d SET title = o.title, description = o.description FROM offers o WHERE o.id = d.offer_id")
    op.execute("ALTER TABLE deals ALTER COLUMN title SET NOT NULL, ALTER COLUMN description SET NOT NULL")
    op.execute(
        """
        CREATE TRIGGER deals_words_frozen BEFORE UPDATE ON deals
            FOR EACH ROW WHEN ((OLD.title, OLD.description) IS DISTINCT FROM (NEW.title, NEW.description))
            EXECUTE FUNCTION refuse_other_terms()
        """
    )


def downgrade() -> None:
    raise NotImplementedError("payments are history: migrations only go forward")
