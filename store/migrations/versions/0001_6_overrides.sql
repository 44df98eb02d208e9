-- Operators' overrides of single deals, and each ended deal's comparison with the banks.

CREATE TABLE overrides (
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
    redrives       integer NOT NULL DEFAULT 0,
    redriven_at    timestamptz,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_overrides PRIMARY KEY (id),
    CONSTRAINT ck_overrides_amount CHECK (amount_minor >= 0),
    CONSTRAINT ck_overrides_approved CHECK ((approved_by IS NULL) = (approved_at IS NULL)),
    CONSTRAINT ck_overrides_final_at CHECK ((state IN ('contradicted', 'done', 'rejected')) = (final_at IS NOT NULL)),
    CONSTRAINT ck_overrides_forced CHECK (
        CASE kind WHEN 'force' THEN num_nulls(payment_id, key, result, evidence) = 0
                                    AND result IN ('done', 'refused')
                  ELSE num_nonnulls(key, result) = 0 END),
    CONSTRAINT ck_overrides_kind CHECK (kind IN ('ask', 'force', 'release', 'refund', 'split', 'extend')),
    CONSTRAINT ck_overrides_pay_by CHECK ((kind = 'extend') = (pay_by IS NOT NULL)),
    CONSTRAINT ck_overrides_tombstone CHECK (
        state NOT IN ('in_force', 'contradicted') OR result = 'done' OR tombstone_at IS NOT NULL),
    CONSTRAINT ck_overrides_two_people CHECK (approved_by <> requested_by),
    CONSTRAINT fk_overrides_approved_by FOREIGN KEY (approved_by) REFERENCES operators (id),
    CONSTRAINT fk_overrides_deal_id FOREIGN KEY (deal_id) REFERENCES deals (id),
    CONSTRAINT fk_overrides_payment_id FOREIGN KEY (payment_id) REFERENCES payments (id),
    CONSTRAINT fk_overrides_requested_by FOREIGN KEY (requested_by) REFERENCES operators (id)
);
CREATE INDEX ix_overrides_deal_id ON overrides (deal_id);
CREATE INDEX ix_overrides_open ON overrides (id) WHERE final_at IS NULL;
CREATE INDEX ix_overrides_waiting ON overrides (id) WHERE state IN ('proposed', 'contradicted');
-- One result is forced at a time; another override may follow after the first was rejected or contradicted.
CREATE UNIQUE INDEX uq_overrides_forced ON overrides (key) WHERE key IS NOT NULL AND state <> 'rejected';

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
CREATE INDEX ix_closings_unbalanced ON closings (deal_id) WHERE NOT balanced;
