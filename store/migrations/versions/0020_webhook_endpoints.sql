-- Where marketplaces are sent their events. Secrets are sealed; a replaced one signs too until `old_until`. `failures` in a
-- row make an endpoint down, and it is left alone until `paused_until`. No types: all of them.
CREATE TABLE webhook_endpoints (
    id             uuid NOT NULL DEFAULT uuidv7(),
    marketplace_id uuid NOT NULL,
    url            text NOT NULL,
    types          text[] NOT NULL DEFAULT '{}',
    email          text,
    language       text NOT NULL DEFAULT 'en',
    state          text NOT NULL,
    gone_at        timestamptz,
    sealed         bytea NOT NULL,
    sealed_old     bytea,
    old_until      timestamptz,
    secrets        integer NOT NULL DEFAULT 1,
    failures       integer NOT NULL DEFAULT 0,
    failing_since  timestamptz,
    paused_until   timestamptz,
    parked_at      timestamptz,
    final_at       timestamptz,
    redrives       integer NOT NULL DEFAULT 0,
    redriven_at    timestamptz,
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_webhook_endpoints PRIMARY KEY (id),
    CONSTRAINT fk_webhook_endpoints_marketplace_id FOREIGN KEY (marketplace_id) REFERENCES marketplaces (id),
    CONSTRAINT ck_webhook_endpoints_language CHECK (language IN ('en', 'ru')),
    CONSTRAINT ck_webhook_endpoints_final_at CHECK ((state = 'deleted') = (final_at IS NOT NULL)),
    CONSTRAINT ck_webhook_endpoints_old CHECK ((sealed_old IS NULL) = (old_until IS NULL)),
    CONSTRAINT ck_webhook_endpoints_failing CHECK ((failures = 0) = (failing_since IS NULL))
);
CREATE INDEX ix_webhook_endpoints_marketplace_id ON webhook_endpoints (marketplace_id, id);

-- One event for one endpoint; without an event it is a test. Of one `lane`, a deal or another object, the lowest number is
-- sent first, and the next one when that is delivered or parked.
CREATE TABLE webhook_deliveries (
    id           uuid NOT NULL DEFAULT uuidv7(),
    endpoint_id  uuid NOT NULL,
    event_id     uuid,
    number       bigint NOT NULL,
    lane         uuid NOT NULL,
    state        text NOT NULL,
    tries        integer NOT NULL DEFAULT 0,
    attempts     integer NOT NULL DEFAULT 0,
    due_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    since        timestamptz NOT NULL DEFAULT clock_timestamp(),
    delivered_at timestamptz,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_webhook_deliveries PRIMARY KEY (id),
    CONSTRAINT uq_webhook_deliveries_endpoint_id_event_id UNIQUE (endpoint_id, event_id),
    CONSTRAINT fk_webhook_deliveries_endpoint_id FOREIGN KEY (endpoint_id) REFERENCES webhook_endpoints (id),
    CONSTRAINT fk_webhook_deliveries_event_id FOREIGN KEY (event_id) REFERENCES feed_events (id)
);
CREATE INDEX ix_webhook_deliveries_waiting ON webhook_deliveries (endpoint_id, number) WHERE state = 'waiting';
CREATE INDEX ix_webhook_deliveries_lanes ON webhook_deliveries (endpoint_id, lane, number) WHERE state = 'waiting';
CREATE INDEX ix_webhook_deliveries_parked ON webhook_deliveries (endpoint_id, id) WHERE state = 'parked';
CREATE INDEX ix_webhook_deliveries_endpoint_id ON webhook_deliveries (endpoint_id, id);
CREATE INDEX ix_webhook_deliveries_event_id ON webhook_deliveries (event_id);

-- What became of each try; `answer` is the first of what was answered.
CREATE TABLE webhook_attempts (
    delivery_id uuid NOT NULL,
    number      integer NOT NULL,
    at          timestamptz NOT NULL,
    duration_ms integer NOT NULL,
    status      integer,
    failure     text,
    answer      text,
    CONSTRAINT pk_webhook_attempts PRIMARY KEY (delivery_id, number),
    CONSTRAINT fk_webhook_attempts_delivery_id FOREIGN KEY (delivery_id) REFERENCES webhook_deliveries (id),
    CONSTRAINT ck_webhook_attempts_ended CHECK (num_nonnulls(status, failure) = 1)
);

CREATE INDEX ix_feed_events_created_at ON feed_events (marketplace_id, created_at) WHERE number IS NOT NULL;
