-- The buyer of a service deal lets it take what is left to pay from their wallet. While the wallet does not have it, the
-- deal waits on the wallet's ledger account, in the order of confirmation.
ALTER TABLE deals
    ADD COLUMN from_wallet boolean NOT NULL DEFAULT false,
    ADD COLUMN waits_on bigint,
    ADD CONSTRAINT ck_deals_from_wallet CHECK (
        (NOT from_wallet OR offer_id IS NULL) AND (waits_on IS NULL OR from_wallet));
CREATE INDEX ix_deals_waits_on ON deals (waits_on, confirmed_at, id) WHERE waits_on IS NOT NULL;

ALTER TABLE payments
    ADD COLUMN authorised_at timestamptz,
    ADD CONSTRAINT ck_payments_authorised CHECK (authorised_at IS NULL OR wallet_id IS NOT NULL AND taken);

-- Deals that wait on this account may be funded now. Written with each credit of the account (sql/funding.sql).
CREATE TABLE wallet_news (
    id         bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    account_id bigint NOT NULL,
    since      timestamptz NOT NULL,
    done_at    timestamptz,
    CONSTRAINT pk_wallet_news PRIMARY KEY (id)
);
CREATE INDEX ix_wallet_news_waiting ON wallet_news (account_id) WHERE done_at IS NULL;
