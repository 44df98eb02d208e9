-- What marketplaces read of what has happened. The database writes an event when a state changes (sql/feed.sql); it gets
-- its number in the feed after its commit, so that numbers are in the order of commits (decision 81). `wrote` is the
-- order in which events were written.
CREATE TABLE feed_events (
    id             uuid NOT NULL DEFAULT uuidv7(),
    wrote          bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    marketplace_id uuid NOT NULL,
    number         bigint,
    type           text NOT NULL,
    noun           text NOT NULL,
    object_id      uuid NOT NULL,
    deal_id        uuid,
    state          text NOT NULL,
    caller         text,
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_feed_events PRIMARY KEY (id),
    CONSTRAINT fk_feed_events_marketplace_id FOREIGN KEY (marketplace_id) REFERENCES marketplaces (id),
    CONSTRAINT fk_feed_events_deal_id FOREIGN KEY (deal_id) REFERENCES deals (id),
    CONSTRAINT ck_feed_events_number CHECK (number > 0)
);
CREATE INDEX ix_feed_events_unnumbered ON feed_events (marketplace_id, wrote) WHERE number IS NULL;
CREATE UNIQUE INDEX uq_feed_events_number ON feed_events (marketplace_id, number) WHERE number IS NOT NULL;
CREATE INDEX ix_feed_events_type ON feed_events (marketplace_id, type, number) WHERE number IS NOT NULL;

-- How many events of each marketplace have a number.
CREATE TABLE feeds (
    marketplace_id uuid NOT NULL,
    numbered       bigint NOT NULL DEFAULT 0,
    CONSTRAINT pk_feeds PRIMARY KEY (marketplace_id),
    CONSTRAINT fk_feeds_marketplace_id FOREIGN KEY (marketplace_id) REFERENCES marketplaces (id)
);
INSERT INTO feeds (marketplace_id) SELECT id FROM marketplaces;

ALTER TABLE api_keys ALTER COLUMN scopes SET DEFAULT '{users,offers,deals,payments,refunds,wallets,payouts,events}';
