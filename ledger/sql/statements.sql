-- The place of a time in an account's chain of entries, by bisection: how many entries are earlier.
--
-- Entries of an account are written under its lock with the current time, so time grows with the versions. If the
-- server's clock was set back, the result is still one place in the chain, and adjacent statements leave no gap.
CREATE OR REPLACE FUNCTION ledger.versions_before(account bigint, moment timestamptz) RETURNS bigint
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
END $$;
