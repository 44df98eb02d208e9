-- What the scanner last heard of each provider of the chain: one row for each, overwritten.
CREATE TABLE chain_providers (
    name          text NOT NULL,
    head          bigint,
    head_moved_at timestamptz,
    answered_at   timestamptz,
    silent_since  timestamptz,
    complaint     text,
    broken_since  timestamptz,
    CONSTRAINT pk_chain_providers PRIMARY KEY (name),
    CONSTRAINT ck_chain_providers_complaint CHECK (
        (complaint IS NOT NULL) = (silent_since IS NOT NULL OR broken_since IS NOT NULL))
);
