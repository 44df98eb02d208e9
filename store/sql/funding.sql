-- News of a wallet on which deals wait: it may have enough for the first of them now (decision 62). Written in the
-- transaction of the entries themselves, so that no credit is missed, from any act and however many at once.
-- A deal begins to wait with the account locked, so this either sees the deal, or the deal has seen the money.
--
-- The planner settings pin index lookups: the plan is cached per session, perhaps since the tables were empty.
CREATE OR REPLACE FUNCTION note_wallet_news() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    INSERT INTO wallet_news (account_id, since, amount_minor)
    SELECT DISTINCT ON (d.waits_on) d.waits_on, market_now(d.id), e.minor
    FROM (
        SELECT n.account_id, sum(n.amount_minor - n.held_minor) AS minor FROM new_entries n
        WHERE n.amount_minor > n.held_minor GROUP BY n.account_id
    ) AS e JOIN deals d ON d.waits_on = e.account_id
    ORDER BY d.waits_on, coalesce(d.confirmed_at, d.created_at), d.id;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER entries_are_news AFTER INSERT ON ledger.entries REFERENCING NEW TABLE AS new_entries
    FOR EACH STATEMENT EXECUTE FUNCTION note_wallet_news();
