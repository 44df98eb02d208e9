-- Waiting mails, checkpoints of the books, runs of the redriver.

-- Codes and links go before other mails; mails that wait for one person are sent together, under the id of one of them.
CREATE TABLE mails (
    id          uuid NOT NULL DEFAULT uuidv7(),
    key         text NOT NULL,
    recipient   text NOT NULL,
    urgent      boolean NOT NULL DEFAULT false,
    leader_id   uuid,
    sealed      bytea,
    tries       integer NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    sent_at     timestamptz,
    failed_at   timestamptz,
    failure     text,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_mails PRIMARY KEY (id),
    CONSTRAINT uq_mails_key UNIQUE (key),
    CONSTRAINT ck_mails_one_end CHECK (num_nonnulls(sent_at, failed_at) <= 1),
    CONSTRAINT ck_mails_urgent_alone CHECK (leader_id IS NULL OR NOT urgent),
    CONSTRAINT ck_mails_wiped_at_the_end CHECK ((num_nonnulls(sent_at, failed_at) = 0) = (sealed IS NOT NULL)),
    CONSTRAINT fk_mails_leader_id FOREIGN KEY (leader_id) REFERENCES mails (id)
);
CREATE INDEX ix_mails_failed ON mails (failed_at) WHERE failed_at IS NOT NULL;
CREATE INDEX ix_mails_leader ON mails (leader_id) WHERE leader_id IS NOT NULL AND sealed IS NOT NULL;
CREATE INDEX ix_mails_of_recipient ON mails (recipient, id) WHERE sealed IS NOT NULL AND NOT urgent;
CREATE INDEX ix_mails_told ON mails (recipient, sent_at) WHERE sent_at IS NOT NULL AND NOT urgent;
CREATE INDEX ix_mails_waiting ON mails (urgent DESC, next_try_at) WHERE sealed IS NOT NULL;

-- Pending news for people: an event of a deal, or something about a user. A trigger writes those of events.
-- A code is encrypted until it is in a mail that waits. A notice that no mail could be made of is tried again, each time
-- later.
CREATE TABLE notices (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    event_id    bigint,
    user_id     uuid,
    kind        text NOT NULL,
    key         text NOT NULL,
    data        jsonb NOT NULL DEFAULT '{}',
    told_at     timestamptz,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    sealed      bytea,
    tries       integer NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_notices PRIMARY KEY (id),
    CONSTRAINT uq_notices_key UNIQUE (key),
    CONSTRAINT ck_notices_about_one CHECK (num_nonnulls(event_id, user_id) = 1),
    CONSTRAINT ck_notices_wiped CHECK (told_at IS NULL OR sealed IS NULL)
);
CREATE INDEX ix_notices_codes ON notices (id) WHERE told_at IS NULL AND sealed IS NOT NULL;
CREATE INDEX ix_notices_waiting ON notices (id) WHERE told_at IS NULL AND sealed IS NULL;

-- The checkpoint of the books. Books that the bank knows to have been further ahead accept no new money.
CREATE TABLE checkpoint (
    id           boolean NOT NULL DEFAULT true CONSTRAINT checkpoint_pkey PRIMARY KEY,
    books        uuid,
    number       bigint NOT NULL DEFAULT 0,
    nonce        uuid,
    taken_at     timestamptz,
    behind_since timestamptz,
    latest       bigint,
    resumed_at   timestamptz,
    resumed_by   text,
    resumed_why  text,
    CONSTRAINT ck_checkpoint_behind CHECK (behind_since IS NULL OR latest >= number),
    CONSTRAINT ck_checkpoint_one_row CHECK (id),
    CONSTRAINT ck_checkpoint_resumed CHECK (num_nulls(resumed_at, resumed_by, resumed_why) IN (0, 3))
);
INSERT INTO checkpoint DEFAULT VALUES;

-- When each part of the redriver last ran.
CREATE TABLE redrive_runs (
    part     text NOT NULL,
    ended_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    due      integer NOT NULL,
    reached  integer NOT NULL,
    CONSTRAINT pk_redrive_runs PRIMARY KEY (part)
);
INSERT INTO redrive_runs (part, due, reached) VALUES
    ('deals', 0, 0),
    ('payments', 0, 0),
    ('refunds', 0, 0),
    ('overrides', 0, 0),
    ('payment_requests', 0, 0),
    ('withdrawals', 0, 0);
