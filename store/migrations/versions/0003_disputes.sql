-- Disputes, which were agreements before, and what the parties add to them.

CREATE TABLE disputes (
    id             uuid NOT NULL DEFAULT uuidv7(),
    deal_id        uuid NOT NULL,
    state          text NOT NULL,
    opened_by      text NOT NULL,
    reason         text NOT NULL,
    opened_at      timestamptz NOT NULL,
    answer_by      timestamptz NOT NULL,
    answered_at    timestamptz,
    silent_at      timestamptz,
    decide_by      timestamptz NOT NULL,
    escalated_at   timestamptz,
    arbiter_id     uuid,
    replaced_id    uuid,
    back_minor     bigint,
    entries        integer NOT NULL DEFAULT 0,
    ended_at       timestamptz,
    CONSTRAINT pk_disputes PRIMARY KEY (id),
    CONSTRAINT ck_disputes_ended CHECK ((state = 'open') = (ended_at IS NULL)),
    CONSTRAINT ck_disputes_back CHECK ((state IN ('settled', 'decided')) = (back_minor IS NOT NULL) AND back_minor >= 0),
    CONSTRAINT ck_disputes_opened_by CHECK (opened_by IN ('buyer', 'seller')),
    CONSTRAINT ck_disputes_replaced CHECK (
        replaced_id IS NULL OR escalated_at IS NOT NULL AND arbiter_id IS DISTINCT FROM replaced_id),
    CONSTRAINT ck_disputes_times CHECK (opened_at < answer_by AND opened_at < decide_by),
    CONSTRAINT fk_disputes_arbiter_id FOREIGN KEY (arbiter_id) REFERENCES operators (id),
    CONSTRAINT fk_disputes_deal_id FOREIGN KEY (deal_id) REFERENCES deals (id),
    CONSTRAINT fk_disputes_replaced_id FOREIGN KEY (replaced_id) REFERENCES operators (id)
);
CREATE INDEX ix_disputes_deal_id ON disputes (deal_id, id);
CREATE INDEX ix_disputes_open ON disputes (id) WHERE state = 'open';
CREATE INDEX ix_disputes_escalated ON disputes (escalated_at) WHERE state = 'open' AND escalated_at IS NOT NULL;
CREATE UNIQUE INDEX uq_disputes_open ON disputes (deal_id) WHERE state = 'open';

-- Numbered within the dispute, and never changed.
CREATE TABLE dispute_entries (
    id         uuid NOT NULL DEFAULT uuidv7(),
    dispute_id uuid NOT NULL,
    number     integer NOT NULL,
    kind       text NOT NULL,
    by         text NOT NULL,
    said       text,
    link       text,
    back_minor bigint,
    about      integer,
    at         timestamptz NOT NULL,
    CONSTRAINT pk_dispute_entries PRIMARY KEY (id),
    CONSTRAINT uq_dispute_entries_dispute_id_number UNIQUE (dispute_id, number),
    CONSTRAINT ck_dispute_entries_by CHECK (by IN ('buyer', 'seller')),
    CONSTRAINT ck_dispute_entries_kind CHECK (CASE kind
        WHEN 'statement' THEN said IS NOT NULL AND num_nonnulls(link, back_minor, about) = 0
        WHEN 'evidence' THEN said IS NOT NULL AND num_nonnulls(back_minor, about) = 0
        WHEN 'offer' THEN back_minor > 0 AND num_nonnulls(link, about) = 0
        WHEN 'offer_withdrawn' THEN about > 0 AND num_nonnulls(said, link, back_minor) = 0
        WHEN 'offer_accepted' THEN about > 0 AND back_minor > 0 AND num_nonnulls(said, link) = 0
        ELSE false END),
    CONSTRAINT ck_dispute_entries_number CHECK (number > 0),
    CONSTRAINT fk_dispute_entries_dispute_id FOREIGN KEY (dispute_id) REFERENCES disputes (id)
);

INSERT INTO disputes
    (id, deal_id, state, opened_by, reason, opened_at, answer_by, decide_by, back_minor, ended_at)
SELECT a.id, a.deal_id, CASE a.state WHEN 'proposed' THEN 'open' WHEN 'decided' THEN 'decided' ELSE 'withdrawn' END,
       a.proposed_by, coalesce(a.reason, ''), a.proposed_at, a.proposed_at + interval '3 days',
       a.proposed_at + interval '10 days',
       CASE WHEN a.state = 'decided' THEN
           CASE WHEN d.closed_reason = 'dispute' THEN d.price_minor ELSE coalesce(d.split_minor, 0) END END,
       a.resolved_at
FROM agreements a JOIN deals d ON d.id = a.deal_id WHERE a.subject = 'dispute';
DELETE FROM agreements WHERE subject = 'dispute';
ALTER TABLE agreements DROP CONSTRAINT ck_agreements_decided;
ALTER TABLE agreements DROP CONSTRAINT ck_agreements_subject;
ALTER TABLE agreements ADD CONSTRAINT ck_agreements_subject CHECK (subject IN ('cancellation', 'extension'));

-- What an override of a disputed deal decides: it is carried out only while that dispute is open.
ALTER TABLE overrides ADD COLUMN dispute_id uuid;
ALTER TABLE overrides ADD CONSTRAINT fk_overrides_dispute_id FOREIGN KEY (dispute_id) REFERENCES disputes (id);
ALTER TABLE overrides ADD CONSTRAINT ck_overrides_dispute CHECK (
    dispute_id IS NULL OR payment_id IS NULL AND kind IN ('release', 'refund', 'split'));
CREATE INDEX ix_overrides_dispute_id ON overrides (dispute_id) WHERE dispute_id IS NOT NULL;
UPDATE overrides o SET dispute_id = i.id FROM disputes i
WHERE i.deal_id = o.deal_id AND i.state = 'decided' AND o.state = 'done' AND o.payment_id IS NULL
  AND o.kind IN ('release', 'refund', 'split') AND o.created_at BETWEEN i.opened_at AND i.ended_at;
