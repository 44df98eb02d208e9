"""How far the books have come. Books that the bank knows to have been further take no new money."""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE checkpoint (
            id           boolean PRIMARY KEY DEFAULT true,
            books        uuid,
            number       bigint NOT NULL DEFAULT 0,
            nonce        uuid,
            taken_at     timestamptz,
            behind_since timestamptz,
            latest       bigint,
            resumed_at   timestamptz,
            resumed_by   text,
            resumed_why  text,
            CONSTRAINT ck_checkpoint_one_row CHECK (id),
            CONSTRAINT ck_checkpoint_behind CHECK (behind_since IS NULL OR latest >= number),
            CONSTRAINT ck_checkpoint_resumed CHECK (num_nulls(resumed_at, resumed_by, resumed_why) IN (0, 3))
        )
        """
    )
    op.execute("INSERT INTO checkpoint DEFAULT VALUES")
    op.execute(
        """
        CREATE FUNCTION refuse_while_behind() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (SELECT FROM checkpoint WHERE behind_since IS NOT NULL) THEN
                RAISE EXCEPTION 'the books are behind the bank' USING ERRCODE = 'HFB01';
            END IF;
            RETURN NULL;
        END $$
        """
    )
    # Every write of a client, a marketplace or an operator stores its answer, whichever way it comes in.
    op.execute(
        "CREATE TRIGGER books_are_current BEFORE INSERT ON idempotency_answers "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_while_behind()"
    )


def downgrade() -> None:
    raise NotImplementedError("payments are history: migrations only go forward")
