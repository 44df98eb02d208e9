-- Deals that wait for the same wallet are served in the order in which they were agreed on (decision 62).
DROP INDEX ix_deals_waits_on;
CREATE INDEX ix_deals_waits_on ON deals (waits_on, coalesce(confirmed_at, created_at), id) WHERE waits_on IS NOT NULL;

-- Only in a sandbox: deals, withdrawals and webhook endpoints have a row here.
ALTER TABLE IF EXISTS test_clock RENAME COLUMN deal_id TO row_id;
