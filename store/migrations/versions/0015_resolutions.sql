-- When the statement of the platform's account at a bank is read next; a bank without a row is due.
CREATE TABLE statement_reads (
    bank_id       integer NOT NULL,
    due_at        timestamptz NOT NULL,
    failing_since timestamptz,
    failure       text,
    CONSTRAINT pk_statement_reads PRIMARY KEY (bank_id),
    CONSTRAINT fk_statement_reads_bank_id FOREIGN KEY (bank_id) REFERENCES banks (id),
    CONSTRAINT ck_statement_reads_failing CHECK ((failing_since IS NULL) = (failure IS NULL))
);

-- What an operator asks to be done with an incoming transfer in suspense, and what another one, and the bank, said.
CREATE TABLE resolutions (
    id           uuid NOT NULL DEFAULT uuidv7(),
    incoming_id  uuid NOT NULL,
    way          text NOT NULL,
    wallet_id    uuid,
    top_up_id    uuid,
    reason       text NOT NULL,
    state        text NOT NULL,
    requested_by uuid NOT NULL,
    decided_by   uuid,
    decided_at   timestamptz,
    tries        integer NOT NULL DEFAULT 0,
    next_try_at  timestamptz,
    refused_code text,
    flagged_at   timestamptz,
    final_at     timestamptz,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_resolutions PRIMARY KEY (id),
    CONSTRAINT fk_resolutions_incoming_id FOREIGN KEY (incoming_id) REFERENCES incoming_transfers (id),
    CONSTRAINT fk_resolutions_wallet_id FOREIGN KEY (wallet_id) REFERENCES wallets (id),
    CONSTRAINT fk_resolutions_top_up_id FOREIGN KEY (top_up_id) REFERENCES top_ups (id),
    CONSTRAINT fk_resolutions_requested_by FOREIGN KEY (requested_by) REFERENCES operators (id),
    CONSTRAINT fk_resolutions_decided_by FOREIGN KEY (decided_by) REFERENCES operators (id),
    CONSTRAINT ck_resolutions_way CHECK (way IN ('assign', 'return')),
    CONSTRAINT ck_resolutions_wallet CHECK ((way = 'assign') = (wallet_id IS NOT NULL)),
    CONSTRAINT ck_resolutions_top_up CHECK (top_up_id IS NULL OR way = 'assign'),
    CONSTRAINT ck_resolutions_decided CHECK ((state = 'requested') = (decided_at IS NULL)),
    CONSTRAINT ck_resolutions_decided_by CHECK ((decided_by IS NULL) = (decided_at IS NULL)),
    CONSTRAINT ck_resolutions_two_people CHECK (
        (state = 'withdrawn') = (decided_by = requested_by) OR state = 'requested'),
    CONSTRAINT ck_resolutions_final_at CHECK ((state IN ('requested', 'returning')) = (final_at IS NULL)),
    CONSTRAINT ck_resolutions_next_try_at CHECK ((state = 'returning') = (next_try_at IS NOT NULL)),
    CONSTRAINT ck_resolutions_refused CHECK ((state = 'refused') = (refused_code IS NOT NULL))
);
CREATE UNIQUE INDEX uq_resolutions_one_open ON resolutions (incoming_id) WHERE final_at IS NULL;
CREATE INDEX ix_resolutions_incoming_id ON resolutions (incoming_id, id);
CREATE INDEX ix_resolutions_waiting ON resolutions (id) WHERE state = 'requested';
CREATE INDEX ix_resolutions_returning ON resolutions (next_try_at) WHERE state = 'returning';
