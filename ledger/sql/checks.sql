-- Entries are balanced, chained and complete, and accounts follow them: inserting entries is the only way to move a
-- balance. The trigger that checks the entries changes the accounts, as the owner; the application has no right to a
-- balance.
--
-- Statement triggers with transition tables: a call of 200 transfers pays for each of them once. Transfers and their
-- entries therefore come in ONE statement (see ledger.write). The planner settings pin index lookups: plans are cached
-- per session, perhaps since the tables were empty.

-- Whether an entry with these columns is the effect of its transfer on that account. Signs: the table at the top of
-- migrations/versions/0001_ledger.sql. h is the hold that the transfer ends, if any.
CREATE OR REPLACE FUNCTION ledger.leg_is_right(
    account bigint, amount bigint, held bigint, incoming bigint, at timestamptz, t ledger.transfers, h ledger.transfers
) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT (
        t.refusal IS NULL AND t.created_at = at
        AND account IN (t.debit_account, t.credit_account)
        AND amount = CASE WHEN t.kind IN ('hold', 'void') THEN 0
                          WHEN account = t.debit_account THEN -t.amount_minor ELSE t.amount_minor END
        AND CASE WHEN account = t.debit_account THEN held ELSE incoming END
            = CASE t.kind WHEN 'post' THEN 0 WHEN 'hold' THEN t.amount_minor ELSE -h.amount_minor END
        AND CASE WHEN account = t.debit_account THEN incoming ELSE held END = 0
    ) IS TRUE
$$;

-- For each account: every new entry is right, in the account's currency, and the entries form one chain from the
-- account's present state to its new one. An account that does not match is left unchanged; then the whole statement is
-- refused.
CREATE OR REPLACE FUNCTION ledger.apply_entries() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    followed bigint;
    wrong record;
BEGIN
    WITH legs AS (
        SELECT e.account_id, e.version, e.balance_after_minor, e.held_after_minor, e.incoming_after_minor, t.currency,
               e.balance_after_minor - e.amount_minor AS balance_before,
               e.held_after_minor - e.held_minor AS held_before,
               e.incoming_after_minor - e.incoming_minor AS incoming_before,
               lag(e.version) OVER chain AS prior_version, lag(e.balance_after_minor) OVER chain AS prior_balance,
               lag(e.held_after_minor) OVER chain AS prior_held, lag(e.incoming_after_minor) OVER chain AS prior_incoming,
               lag(t.currency) OVER chain AS prior_currency,
               lead(e.version) OVER chain IS NULL AS is_last,
               ledger.leg_is_right(
                   e.account_id, e.amount_minor, e.held_minor, e.incoming_minor, e.created_at, t, h) AS is_right
        FROM new_entries e
        LEFT JOIN ledger.transfers t ON t.id = e.transfer_id
        LEFT JOIN ledger.transfers h ON h.id = t.hold_id
        WINDOW chain AS (PARTITION BY e.account_id ORDER BY e.version)
    ), chains AS (
        SELECT l.*,
               first_value(version) OVER chain AS first_version, first_value(balance_before) OVER chain AS first_balance,
               first_value(held_before) OVER chain AS first_held,
               first_value(incoming_before) OVER chain AS first_incoming,
               bool_and((is_right AND (
                   prior_version IS NULL
                   OR version = prior_version + 1 AND balance_before = prior_balance AND held_before = prior_held
                      AND incoming_before = prior_incoming AND currency = prior_currency
               )) IS TRUE) OVER chain AS right_so_far
        FROM legs l
        WINDOW chain AS (PARTITION BY account_id ORDER BY version)
    )
    UPDATE ledger.accounts a
    SET balance_minor = c.balance_after_minor, held_minor = c.held_after_minor,
        incoming_minor = c.incoming_after_minor, version = c.version, room = NULL
    FROM chains c
    WHERE c.is_last AND c.right_so_far
      AND a.id = c.account_id AND a.currency = c.currency AND a.version = c.first_version - 1
      AND a.balance_minor = c.first_balance AND a.held_minor = c.first_held AND a.incoming_minor = c.first_incoming;
    GET DIAGNOSTICS followed = ROW_COUNT;
    IF followed = (SELECT count(DISTINCT e.account_id) FROM new_entries e) THEN
        RETURN NULL;
    END IF;

    SELECT e.account_id, e.version,
        CASE WHEN NOT legs_right THEN 'entries_match_transfer'
             WHEN NOT currency_right THEN 'entries_currency'
             ELSE 'entries_chain' END AS rule
    INTO wrong
    FROM new_entries e
    LEFT JOIN ledger.transfers t ON t.id = e.transfer_id
    LEFT JOIN ledger.transfers h ON h.id = t.hold_id
    LEFT JOIN ledger.accounts a ON a.id = e.account_id
    CROSS JOIN LATERAL (
        SELECT ledger.leg_is_right(e.account_id, e.amount_minor, e.held_minor, e.incoming_minor, e.created_at, t, h)
                   AS legs_right,
               a.currency IS NOT DISTINCT FROM t.currency AS currency_right
    ) verdict
    ORDER BY legs_right, currency_right, a.version < e.version DESC
    LIMIT 1;
    RAISE EXCEPTION 'entry % of account % breaks %', wrong.version, wrong.account_id, wrong.rule
        USING ERRCODE = 'check_violation', SCHEMA = 'ledger', TABLE = 'entries', CONSTRAINT = wrong.rule;
END $$;

CREATE OR REPLACE TRIGGER entries_applied AFTER INSERT ON ledger.entries REFERENCING NEW TABLE AS new_entries
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.apply_entries();

-- Whether each transfer has both its entries, and whether a capture or void fits the hold that it ends.
CREATE OR REPLACE FUNCTION ledger.check_transfers() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    wrong record;
BEGIN
    SELECT t.id, CASE WHEN both_legs THEN 'transfers_fit_their_hold' ELSE 'transfers_balanced' END AS rule
    INTO wrong
    FROM new_transfers t
    LEFT JOIN ledger.entries d ON d.transfer_id = t.id AND d.account_id = t.debit_account
    LEFT JOIN ledger.entries c ON c.transfer_id = t.id AND c.account_id = t.credit_account
    LEFT JOIN ledger.transfers h ON h.id = t.hold_id
    CROSS JOIN LATERAL (
        SELECT d.transfer_id IS NOT NULL AND c.transfer_id IS NOT NULL AS both_legs,
               t.kind IN ('post', 'hold') OR coalesce(
                   h.kind = 'hold' AND h.refusal IS NULL
                   AND h.debit_account = t.debit_account AND h.credit_account = t.credit_account
                   AND h.currency = t.currency
                   AND CASE t.kind WHEN 'void' THEN t.amount_minor = h.amount_minor
                                   ELSE t.amount_minor <= h.amount_minor END,
                   false) AS fits_hold
    ) verdict
    WHERE t.refusal IS NULL AND NOT (both_legs AND fits_hold)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'transfer % breaks %', wrong.id, wrong.rule
            USING ERRCODE = 'check_violation', SCHEMA = 'ledger', TABLE = 'transfers', CONSTRAINT = wrong.rule;
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER transfers_checked AFTER INSERT ON ledger.transfers REFERENCING NEW TABLE AS new_transfers
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.check_transfers();

-- Whether accounts match their last entries; an account without entries is empty.
CREATE OR REPLACE FUNCTION ledger.check_accounts() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    wrong record;
BEGIN
    SELECT a.id INTO wrong
    FROM new_accounts a
    LEFT JOIN ledger.entries e ON e.account_id = a.id AND e.version = a.version
    WHERE (a.version > 0 AND e.version IS NULL)
       OR a.balance_minor <> coalesce(e.balance_after_minor, 0)
       OR a.held_minor <> coalesce(e.held_after_minor, 0)
       OR a.incoming_minor <> coalesce(e.incoming_after_minor, 0)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'account % is not what its last entry says', wrong.id
            USING ERRCODE = 'check_violation', SCHEMA = 'ledger', TABLE = 'accounts',
                  CONSTRAINT = 'accounts_follow_entries';
    END IF;
    RETURN NULL;
END $$;

-- Against manual changes. Inside a trigger only apply_entries changes balances: no other function has the right to.
CREATE OR REPLACE TRIGGER accounts_checked AFTER UPDATE ON ledger.accounts REFERENCING NEW TABLE AS new_accounts
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION ledger.check_accounts();
CREATE OR REPLACE TRIGGER accounts_opened_empty AFTER INSERT ON ledger.accounts REFERENCING NEW TABLE AS new_accounts
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.check_accounts();
