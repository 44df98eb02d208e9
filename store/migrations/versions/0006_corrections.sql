-- Corrections of wallets: asked for by one operator, decided by another, booked in the transaction of the approval.

CREATE TABLE corrections (
    id           uuid NOT NULL DEFAULT uuidv7(),
    wallet_id    uuid NOT NULL,
    way          text NOT NULL,
    amount_minor bigint NOT NULL,
    currency     text NOT NULL,
    reason       text NOT NULL,
    state        text NOT NULL,
    requested_by uuid NOT NULL,
    decided_by   uuid,
    decided_at   timestamptz,
    operation_id bigint,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_corrections PRIMARY KEY (id),
    CONSTRAINT uq_corrections_operation_id UNIQUE (operation_id),
    CONSTRAINT ck_corrections_amount CHECK (amount_minor > 0),
    CONSTRAINT ck_corrections_booked CHECK ((state = 'approved') = (operation_id IS NOT NULL)),
    CONSTRAINT ck_corrections_decided CHECK ((state = 'requested') = (decided_at IS NULL)),
    CONSTRAINT ck_corrections_decided_by CHECK ((decided_by IS NULL) = (decided_at IS NULL)),
    CONSTRAINT ck_corrections_two_people CHECK (
        (state = 'withdrawn') = (decided_by = requested_by) OR state = 'requested'),
    CONSTRAINT ck_corrections_way CHECK (way IN ('in', 'out')),
    CONSTRAINT fk_corrections_decided_by FOREIGN KEY (decided_by) REFERENCES operators (id),
    CONSTRAINT fk_corrections_requested_by FOREIGN KEY (requested_by) REFERENCES operators (id),
    CONSTRAINT fk_corrections_wallet_id FOREIGN KEY (wallet_id) REFERENCES wallets (id)
);
CREATE INDEX ix_corrections_wallet_id ON corrections (wallet_id, id);
CREATE INDEX ix_corrections_waiting ON corrections (id) WHERE state = 'requested';
