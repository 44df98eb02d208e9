-- Statuses that administrators define; parties and operators set them on deals, and they move nothing.

CREATE TABLE statuses (
    code       text NOT NULL,
    en         text NOT NULL,
    ru         text NOT NULL,
    states     text[] NOT NULL,
    set_by     text[] NOT NULL,
    active     boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_statuses PRIMARY KEY (code),
    CONSTRAINT ck_statuses_code CHECK (code ~ '^[a-z][a-z0-9_]{0,39}$'),
    CONSTRAINT ck_statuses_not_empty CHECK (en <> '' AND ru <> ''),
    CONSTRAINT ck_statuses_set_by CHECK (cardinality(set_by) > 0 AND set_by <@ ARRAY['seller', 'buyer', 'operator']),
    CONSTRAINT ck_statuses_states CHECK (cardinality(states) > 0)
);

ALTER TABLE deals
    ADD COLUMN status    text,
    ADD COLUMN status_by text,
    ADD COLUMN status_at timestamptz,
    ADD CONSTRAINT ck_deals_status CHECK (num_nulls(status, status_by, status_at) IN (0, 3)),
    ADD CONSTRAINT fk_deals_status FOREIGN KEY (status) REFERENCES statuses (code);
CREATE INDEX ix_deals_status ON deals (status, id) WHERE status IS NOT NULL;
