-- A withdrawal goes to an account at a bank, or by a gateway to an address on a chain. So much to an address needs an approver.
ALTER TABLE withdrawals
    ALTER COLUMN bank_id DROP NOT NULL,
    ADD COLUMN gateway text,
    ADD COLUMN needs_approval boolean NOT NULL DEFAULT false,
    ADD COLUMN decided_by uuid,
    ADD COLUMN decided_at timestamptz,
    ADD CONSTRAINT fk_withdrawals_decided_by FOREIGN KEY (decided_by) REFERENCES operators (id),
    ADD CONSTRAINT ck_withdrawals_way CHECK ((bank_id IS NULL) = (gateway IS NOT NULL)),
    ADD CONSTRAINT ck_withdrawals_decided CHECK ((decided_by IS NULL) = (decided_at IS NULL)),
    ADD CONSTRAINT ck_withdrawals_approved CHECK (
        NOT needs_approval OR decided_by IS NOT NULL
        OR state IN ('awaiting_code', 'awaiting_approval', 'cancelled', 'expired'));
CREATE INDEX ix_withdrawals_unapproved ON withdrawals (id) WHERE state = 'awaiting_approval';
