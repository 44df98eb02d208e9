"""What an offer was put up with, and each change of its seller, as rows."""

from __future__ import annotations

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """CREATE TABLE offer_changes (
        offer_id UUID NOT NULL,
        number INTEGER NOT NULL,
        units INTEGER NOT NULL,
        price_minor BIGINT NOT NULL,
        currency TEXT NOT NULL,
        changed_at timestamptz DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_offer_changes PRIMARY KEY (offer_id, number),
        CONSTRAINT ck_offer_changes_number CHECK (number > 0),
        CONSTRAINT fk_offer_changes_offer_id FOREIGN KEY (offer_id) REFERENCES offers (id)
    )""",
    # Of what was changed before, only what came of it is known.
    """INSERT INTO offer_changes (offer_id, number, units, price_minor, currency, changed_at)
       SELECT o.id, 1, o.quantity + (SELECT count(*) FROM deals d
                                     WHERE d.offer_id = o.id AND d.state NOT IN ('expired', 'cancelled')),
              o.price_minor, o.currency, o.created_at FROM offers o""",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("payments are history: migrations only go forward")
