-- Banks and fees as reported by the banks, and users' accounts there. The platform is bank 0, which is not in these
-- tables: columns that may hold bank 0 do not refer to them.

CREATE TABLE banks (
    id                 integer NOT NULL,
    name               text NOT NULL,
    currency           text NOT NULL,
    requisite          text NOT NULL,
    client_address     text,
    commission_account text NOT NULL,
    guarantee_account  text NOT NULL,
    refreshed_at       timestamptz NOT NULL,
    CONSTRAINT pk_banks PRIMARY KEY (id)
);

CREATE TABLE fees (
    payer_bank    integer NOT NULL,
    payee_bank    integer NOT NULL,
    currency      text NOT NULL,
    percent_bp    integer NOT NULL,
    minimum_minor bigint NOT NULL,
    refreshed_at  timestamptz NOT NULL,
    CONSTRAINT pk_fees PRIMARY KEY (payer_bank, payee_bank, currency),
    CONSTRAINT ck_fees_not_negative CHECK (percent_bp >= 0 AND minimum_minor >= 0),
    CONSTRAINT fk_fees_payee_bank FOREIGN KEY (payee_bank) REFERENCES banks (id),
    CONSTRAINT fk_fees_payer_bank FOREIGN KEY (payer_bank) REFERENCES banks (id)
);

-- Usable only after its owner has confirmed it, or an operator has vouched for it. `payout`: the seller's payout
-- account in its currency, from `payout_from` on.
CREATE TABLE accounts (
    id           uuid NOT NULL DEFAULT uuidv7(),
    user_id      uuid NOT NULL,
    bank_id      integer NOT NULL,
    number       text NOT NULL,
    currency     text NOT NULL,
    confirmed_at timestamptz,
    vouched_by   uuid,
    payout       boolean NOT NULL,
    payout_from  timestamptz,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_accounts PRIMARY KEY (id),
    CONSTRAINT uq_accounts_user_id_number UNIQUE (user_id, number),
    CONSTRAINT ck_accounts_payout_from CHECK (payout_from IS NULL OR confirmed_at IS NOT NULL),
    CONSTRAINT ck_accounts_vouched CHECK (vouched_by IS NULL OR confirmed_at IS NOT NULL),
    CONSTRAINT fk_accounts_bank_id FOREIGN KEY (bank_id) REFERENCES banks (id),
    CONSTRAINT fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT fk_accounts_vouched_by FOREIGN KEY (vouched_by) REFERENCES operators (id)
);
CREATE INDEX ix_accounts_number ON accounts (number);
