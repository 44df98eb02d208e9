-- What operators do about single deals, and each ended deal held against the banks.

CREATE TABLE repairs (
    id           uuid NOT NULL DEFAULT uuidv7(),
    deal_id      uuid NOT NULL,
    payment_id   uuid,
    kind         text NOT NULL,
    key          text,
    result       text,
    amount_minor bigint NOT NULL,
    pay_by       timestamptz,
    reason       text NOT NULL,
    evidence     text,
    state        text NOT NULL,
    requested_by uuid NOT NULL,
    approved_by  uuid,
    approved_at  timestamptz,
    tombstone_at timestamptz,
    refused_code text,
    final_at     timestamptz,
    nudges       integer NOT NULL DEFAULT 0,
    nudged_at    timestamptz,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_repairs PRIMARY KEY (id),
    CONSTRAINT ck_repairs_amount CHECK (amount_minor >= 0),
    CONSTRAINT ck_repairs_approved CHECK ((approved_by IS NULL) = (approved_at IS NULL)),
    CONSTRAINT ck_repairs_final_at CHECK ((state IN ('contradicted', 'done', 'rejected')) = (final_at IS NOT NULL)),
    CONSTRAINT ck_repairs_forced CHECK (
        CASE kind WHEN 'force' THEN num_nulls(payment_id, key, result, evidence) = 0
                                    AND result IN ('done', 'refused')
                  ELSE num_nonnulls(key, result) = 0 END),
    CONSTRAINT ck_repairs_kind CHECK (kind IN ('ask', 'force', 'release', 'refund', 'split', 'extend')),
    CONSTRAINT ck_repairs_pay_by CHECK ((kind = 'extend') = (pay_by IS NOT NULL)),
    CONSTRAINT ck_repairs_tombstone CHECK (
        state NOT IN ('standing', 'contradicted') OR result = 'done' OR tombstone_at IS NOT NULL),
    CONSTRAINT ck_repairs_two_people CHECK (approved_by <> requested_by),
    CONSTRAINT fk_repairs_approved_by FOREIGN KEY (approved_by) REFERENCES operators (id),
    CONSTRAINT fk_repairs_deal_id FOREIGN KEY (deal_id) REFERENCES deals (id),
    CONSTRAINT fk_repairs_payment_id FOREIGN KEY (payment_id) REFERENCES payments (id),
    CONSTRAINT fk_repairs_requested_by FOREIGN KEY (requested_by) REFERENCES operators (id)
);
CREATE INDEX ix_repairs_deal_id ON repairs (deal_id);
CREATE INDEX ix_repairs_open ON repairs (id) WHERE final_at IS NULL;
-- One result is forced at a time; a second opinion comes after the first was rejected or contradicted.
CREATE UNIQUE INDEX uq_repairs_forced ON repairs (key) WHERE key IS NOT NULL AND state <> 'rejected';

CREATE TABLE closings (
    deal_id     uuid NOT NULL,
    balanced    boolean NOT NULL,
    differences jsonb NOT NULL,
    operations  jsonb NOT NULL,
    checks      integer NOT NULL,
    checked_at  timestamptz NOT NULL,
    CONSTRAINT pk_closings PRIMARY KEY (deal_id),
    CONSTRAINT ck_closings_balanced CHECK (balanced = (differences = '[]')),
    CONSTRAINT ck_closings_checks CHECK (checks > 0),
    CONSTRAINT fk_closings_deal_id FOREIGN KEY (deal_id) REFERENCES deals (id)
);
