"""Find the ends of a period among an account's versions: an entry then goes into two indexes and not into three."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Entries of an account are written under its lock, each with the time then: time grows with the versions. Should the
# server's clock have been set back, the answer is still one place in the chain, so that statements meet without a gap.
_VERSIONS_BEFORE = """
CREATE FUNCTION ledger.versions_before(account bigint, moment timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE SET enable_seqscan = off AS $$
DECLARE
    low bigint := 0;
    high bigint := (SELECT a.version FROM ledger.accounts a WHERE a.id = account);
    middle bigint;
BEGIN
    WHILE low < high LOOP
        middle := (low + high + 1) / 2;
        IF (SELECT e.created_at < moment FROM ledger.entries e WHERE e.account_id = account AND e.version = middle) THEN
            low := middle;
        ELSE
            high := middle - 1;
        END IF;
    END LOOP;
    RETURN low;
END $$
"""


def upgrade() -> None:
    op.execute(_VERSIONS_BEFORE)
    op.execute("DROP INDEX ledger.entries_by_time")


def downgrade() -> None:
    raise NotImplementedError("a ledger is append-only, its migrations too")
