-- The market's people and their log-ins. Ids are UUIDv7 and times those of the statement, both made by the database
-- (PostgreSQL 18).

CREATE TABLE marketplaces (
    id             uuid NOT NULL DEFAULT uuidv7(),
    name           text NOT NULL,
    return_origins text[] NOT NULL DEFAULT '{}',
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_marketplaces PRIMARY KEY (id)
);

-- Operators. An `approver` may approve what another has requested.
CREATE TABLE operators (
    id            uuid NOT NULL DEFAULT uuidv7(),
    name          text NOT NULL,
    email         text,
    approver      boolean NOT NULL DEFAULT false,
    administrator boolean NOT NULL DEFAULT false,
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_operators PRIMARY KEY (id)
);

-- Only a keyed hash of a secret is stored.
CREATE TABLE api_keys (
    id             uuid NOT NULL DEFAULT uuidv7(),
    marketplace_id uuid,
    operator_id    uuid,
    prefix         text NOT NULL,
    digest         bytea NOT NULL,
    scopes         text[] NOT NULL DEFAULT '{users,offers,deals,payments,refunds,wallets,payouts}',
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at     timestamptz,
    revoked_at     timestamptz,
    CONSTRAINT pk_api_keys PRIMARY KEY (id),
    CONSTRAINT uq_api_keys_prefix UNIQUE (prefix),
    CONSTRAINT ck_api_keys_one_owner CHECK (num_nonnulls(marketplace_id, operator_id) = 1),
    CONSTRAINT fk_api_keys_marketplace_id FOREIGN KEY (marketplace_id) REFERENCES marketplaces (id),
    CONSTRAINT fk_api_keys_operator_id FOREIGN KEY (operator_id) REFERENCES operators (id)
);

CREATE TABLE users (
    id             uuid NOT NULL DEFAULT uuidv7(),
    marketplace_id uuid NOT NULL,
    reference      text,
    name           text NOT NULL,
    email          text NOT NULL,
    wanted_email   text,
    language       text NOT NULL DEFAULT 'en',
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_users PRIMARY KEY (id),
    CONSTRAINT uq_users_marketplace_id_reference UNIQUE (marketplace_id, reference),
    CONSTRAINT ck_users_language CHECK (language IN ('en', 'ru')),
    CONSTRAINT fk_users_marketplace_id FOREIGN KEY (marketplace_id) REFERENCES marketplaces (id)
);
CREATE INDEX ix_users_email ON users (lower(email));

-- A changed address is confirmed by a link mailed there; the old one gets a link to keep it.
CREATE TABLE email_changes (
    id             uuid NOT NULL DEFAULT uuidv7(),
    user_id        uuid NOT NULL,
    email_before   text NOT NULL,
    email_after    text NOT NULL,
    confirm_digest bytea,
    keep_digest    bytea,
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    mailed_at      timestamptz,
    confirmed_at   timestamptz,
    ended_at       timestamptz,
    CONSTRAINT pk_email_changes PRIMARY KEY (id),
    CONSTRAINT uq_email_changes_confirm_digest UNIQUE (confirm_digest),
    CONSTRAINT uq_email_changes_keep_digest UNIQUE (keep_digest),
    CONSTRAINT ck_email_changes_both_are_mailed CHECK ((mailed_at IS NULL) = (keep_digest IS NULL)),
    CONSTRAINT ck_email_changes_links_are_mailed CHECK ((mailed_at IS NULL) = (confirm_digest IS NULL)),
    CONSTRAINT fk_email_changes_user_id FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX ix_email_changes_before ON email_changes (lower(email_before)) WHERE confirmed_at IS NOT NULL;
CREATE INDEX ix_email_changes_user_id ON email_changes (user_id);
CREATE INDEX ix_email_changes_waiting ON email_changes (id) WHERE mailed_at IS NULL AND ended_at IS NULL;

-- Logins of people, clients and operators alike.
CREATE TABLE logins (
    id              uuid NOT NULL DEFAULT uuidv7(),
    user_id         uuid,
    operator_id     uuid,
    name            text NOT NULL,
    password        text,
    password_set_at timestamptz,
    disabled_at     timestamptz,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_logins PRIMARY KEY (id),
    CONSTRAINT uq_logins_name UNIQUE (name),
    CONSTRAINT uq_logins_operator_id UNIQUE (operator_id),
    CONSTRAINT uq_logins_user_id UNIQUE (user_id),
    CONSTRAINT ck_logins_name_in_lower_case CHECK (name = lower(name)),
    CONSTRAINT ck_logins_one_owner CHECK (num_nonnulls(user_id, operator_id) = 1),
    CONSTRAINT fk_logins_operator_id FOREIGN KEY (operator_id) REFERENCES operators (id),
    CONSTRAINT fk_logins_user_id FOREIGN KEY (user_id) REFERENCES users (id)
);

CREATE TABLE sessions (
    id         uuid NOT NULL DEFAULT uuidv7(),
    login_id   uuid NOT NULL,
    digest     bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    ended_at   timestamptz,
    CONSTRAINT pk_sessions PRIMARY KEY (id),
    CONSTRAINT uq_sessions_digest UNIQUE (digest),
    CONSTRAINT fk_sessions_login_id FOREIGN KEY (login_id) REFERENCES logins (id)
);
CREATE INDEX ix_sessions_login_id ON sessions (login_id);

-- One log-in of a program: a family of refresh tokens, each of which is used once.
CREATE TABLE grants (
    id         uuid NOT NULL DEFAULT uuidv7(),
    login_id   uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    ended_at   timestamptz,
    CONSTRAINT pk_grants PRIMARY KEY (id),
    CONSTRAINT fk_grants_login_id FOREIGN KEY (login_id) REFERENCES logins (id)
);
CREATE INDEX ix_grants_login_id ON grants (login_id);

CREATE TABLE refresh_tokens (
    id         uuid NOT NULL DEFAULT uuidv7(),
    grant_id   uuid NOT NULL,
    digest     bytea NOT NULL,
    used_at    timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_refresh_tokens PRIMARY KEY (id),
    CONSTRAINT uq_refresh_tokens_digest UNIQUE (digest),
    CONSTRAINT fk_refresh_tokens_grant_id FOREIGN KEY (grant_id) REFERENCES grants (id)
);

CREATE TABLE password_links (
    id         uuid NOT NULL DEFAULT uuidv7(),
    login_id   uuid NOT NULL,
    digest     bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    CONSTRAINT pk_password_links PRIMARY KEY (id),
    CONSTRAINT uq_password_links_digest UNIQUE (digest),
    CONSTRAINT fk_password_links_login_id FOREIGN KEY (login_id) REFERENCES logins (id)
);
CREATE INDEX ix_password_links_login_id ON password_links (login_id);

-- Forgotten passwords and sign-ups: the same row for everybody, processed after the answer.
CREATE TABLE password_requests (
    id             uuid NOT NULL DEFAULT uuidv7(),
    kind           text NOT NULL,
    email          text NOT NULL,
    name           text NOT NULL,
    language       text NOT NULL,
    marketplace_id uuid,
    done_at        timestamptz,
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_password_requests PRIMARY KEY (id),
    CONSTRAINT ck_password_requests_kind CHECK (kind IN ('reset', 'sign_up')),
    CONSTRAINT ck_password_requests_marketplace CHECK ((kind = 'sign_up') = (marketplace_id IS NOT NULL)),
    CONSTRAINT fk_password_requests_marketplace_id FOREIGN KEY (marketplace_id) REFERENCES marketplaces (id)
);
CREATE INDEX ix_password_requests_waiting ON password_requests (id) WHERE done_at IS NULL;

-- Counters of tries. The subject is hashed into a bounded number of rows, so that the table cannot be filled.
CREATE TABLE tries (
    bucket   integer NOT NULL,
    count    integer NOT NULL,
    began_at timestamptz NOT NULL,
    CONSTRAINT pk_tries PRIMARY KEY (bucket),
    CONSTRAINT ck_tries_count CHECK (count >= 0)
);

-- Settings that an administrator makes for the whole platform; exactly one row.
CREATE TABLE platform_settings (
    id                     boolean NOT NULL DEFAULT true,
    default_commission_bp  integer NOT NULL,
    sign_up_marketplace_id uuid,
    sign_up_currency       text NOT NULL DEFAULT 'RUB',
    CONSTRAINT pk_platform_settings PRIMARY KEY (id),
    CONSTRAINT ck_platform_settings_commission CHECK (default_commission_bp BETWEEN 0 AND 5000),
    CONSTRAINT ck_platform_settings_one_row CHECK (id),
    CONSTRAINT fk_platform_settings_sign_up_marketplace_id FOREIGN KEY (sign_up_marketplace_id) REFERENCES marketplaces (id)
);
INSERT INTO platform_settings (default_commission_bp) VALUES (500);

-- The first answer to a key is its answer for ever; it names the row that it acknowledges.
CREATE TABLE idempotency_answers (
    caller      text NOT NULL,
    key         text NOT NULL,
    fingerprint bytea NOT NULL,
    status      smallint NOT NULL,
    body        jsonb NOT NULL,
    noun        text,
    noun_id     text,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT idempotency_answers_idempotency_pk PRIMARY KEY (caller, key),
    CONSTRAINT ck_idempotency_answers_names_what CHECK (status >= 400 OR noun IS NOT NULL),
    CONSTRAINT ck_idempotency_answers_names_whole CHECK ((noun IS NULL) = (noun_id IS NULL))
);
