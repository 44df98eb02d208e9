-- Key and secret are sealed; `version` counts the changes, and binds them. A bank without a client is served by the one of
-- the settings.
CREATE TABLE bank_clients (
    id             uuid NOT NULL DEFAULT uuidv7(),
    name           text NOT NULL,
    url            text NOT NULL,
    state          text NOT NULL,
    sealed_key     bytea NOT NULL,
    sealed_secret  bytea,
    timeout_ms     integer NOT NULL,
    max_calls      integer NOT NULL,
    version        integer NOT NULL DEFAULT 1,
    registered_by  uuid NOT NULL,
    answered_at    timestamptz,
    failing_since  timestamptz,
    failure        text,
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_bank_clients PRIMARY KEY (id),
    CONSTRAINT uq_bank_clients_name UNIQUE (name),
    CONSTRAINT fk_bank_clients_registered_by FOREIGN KEY (registered_by) REFERENCES operators (id),
    CONSTRAINT ck_bank_clients_limits CHECK (timeout_ms > 0 AND max_calls > 0),
    CONSTRAINT ck_bank_clients_failing CHECK ((failing_since IS NULL) = (failure IS NULL))
);

ALTER TABLE banks ADD COLUMN client_id uuid;
ALTER TABLE banks ADD CONSTRAINT fk_banks_client_id FOREIGN KEY (client_id) REFERENCES bank_clients (id);
