-- A client's own order to the bank: money to another account, with details for the payee. `number` has no gap within the
-- payee's account and grows as they are committed: the account's row is locked from before it is drawn to the commit.
CREATE TABLE remittances (
    key text PRIMARY KEY,
    payee_account text NOT NULL REFERENCES accounts,
    number bigint NOT NULL CONSTRAINT remittances_number CHECK (number > 0),
    payer_account text NOT NULL REFERENCES accounts,
    amount_minor bigint NOT NULL CONSTRAINT remittances_amount CHECK (amount_minor BETWEEN 1 AND 1000000000000000),
    fee_minor bigint NOT NULL CONSTRAINT remittances_fee CHECK (fee_minor BETWEEN 0 AND 1000000000000000),
    currency text NOT NULL,
    details text NOT NULL,
    booked_at timestamptz NOT NULL,
    -- The payee has sent all of it back.
    returned_at timestamptz,
    CONSTRAINT remittances_number_once UNIQUE (payee_account, number),
    CONSTRAINT remittances_two_accounts CHECK (payer_account <> payee_account)
);
