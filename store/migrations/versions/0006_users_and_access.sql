-- Logins, sessions, tokens, rights; mails that wait to be sent; what an administrator sets.

ALTER TABLE operators ADD COLUMN IF NOT EXISTS approver BOOLEAN DEFAULT false NOT NULL;
ALTER TABLE operators
    ADD COLUMN administrator BOOLEAN DEFAULT false NOT NULL,
    ADD COLUMN email TEXT;

ALTER TABLE api_keys ADD COLUMN scopes TEXT[] DEFAULT '{users,offers,deals,payments,refunds}' NOT NULL;

CREATE TABLE logins (
    id UUID DEFAULT uuidv7() NOT NULL,
    user_id UUID,
    operator_id UUID,
    name TEXT NOT NULL,
    password TEXT,
    password_set_at timestamptz,
    disabled_at timestamptz,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_logins PRIMARY KEY (id),
    CONSTRAINT ck_logins_one_owner CHECK (num_nonnulls(user_id, operator_id) = 1),
    CONSTRAINT ck_logins_name_in_lower_case CHECK (name = lower(name)),
    CONSTRAINT uq_logins_name UNIQUE (name),
    CONSTRAINT uq_logins_user_id UNIQUE (user_id),
    CONSTRAINT uq_logins_operator_id UNIQUE (operator_id),
    CONSTRAINT fk_logins_user_id FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT fk_logins_operator_id FOREIGN KEY (operator_id) REFERENCES operators (id)
);

CREATE TABLE sessions (
    id UUID DEFAULT uuidv7() NOT NULL,
    login_id UUID NOT NULL,
    digest BYTEA NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT pk_sessions PRIMARY KEY (id),
    CONSTRAINT uq_sessions_digest UNIQUE (digest),
    CONSTRAINT fk_sessions_login_id FOREIGN KEY (login_id) REFERENCES logins (id)
);
CREATE INDEX ix_sessions_login_id ON sessions (login_id);

-- One log-in of a program: a family of refresh tokens, each of which is used once.
CREATE TABLE grants (
    id UUID DEFAULT uuidv7() NOT NULL,
    login_id UUID NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT pk_grants PRIMARY KEY (id),
    CONSTRAINT fk_grants_login_id FOREIGN KEY (login_id) REFERENCES logins (id)
);
CREATE INDEX ix_grants_login_id ON grants (login_id);

CREATE TABLE refresh_tokens (
    id UUID DEFAULT uuidv7() NOT NULL,
    grant_id UUID NOT NULL,
    digest BYTEA NOT NULL,
    used_at timestamptz,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_refresh_tokens PRIMARY KEY (id),
    CONSTRAINT uq_refresh_tokens_digest UNIQUE (digest),
    CONSTRAINT fk_refresh_tokens_grant_id FOREIGN KEY (grant_id) REFERENCES grants (id)
);

CREATE TABLE password_links (
    id UUID DEFAULT uuidv7() NOT NULL,
    login_id UUID NOT NULL,
    digest BYTEA NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    CONSTRAINT pk_password_links PRIMARY KEY (id),
    CONSTRAINT uq_password_links_digest UNIQUE (digest),
    CONSTRAINT fk_password_links_login_id FOREIGN KEY (login_id) REFERENCES logins (id)
);
CREATE INDEX ix_password_links_login_id ON password_links (login_id);
-- Who forgot his password or wants to sign up: the same row for everybody, looked at after the answer.
CREATE TABLE password_requests (
    id UUID DEFAULT uuidv7() NOT NULL,
    kind TEXT NOT NULL,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    language TEXT NOT NULL,
    marketplace_id UUID,
    done_at timestamptz,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_password_requests PRIMARY KEY (id),
    CONSTRAINT ck_password_requests_kind CHECK (kind IN ('reset', 'sign_up')),
    CONSTRAINT ck_password_requests_marketplace CHECK ((kind = 'sign_up') = (marketplace_id IS NOT NULL)),
    CONSTRAINT fk_password_requests_marketplace_id FOREIGN KEY (marketplace_id) REFERENCES marketplaces (id)
);
CREATE INDEX ix_password_requests_waiting ON password_requests (id) WHERE done_at IS NULL;
CREATE INDEX ix_users_email ON users (lower(email));

-- Counters of tries. Whom one counts is hashed into a bounded number of them, so that nobody fills the table.
CREATE TABLE tries (
    bucket INTEGER NOT NULL,
    count INTEGER NOT NULL,
    began_at timestamptz NOT NULL,
    CONSTRAINT pk_tries PRIMARY KEY (bucket),
    CONSTRAINT ck_tries_count CHECK (count >= 0)
);

CREATE TABLE mails (
    id UUID DEFAULT uuidv7() NOT NULL,
    key TEXT NOT NULL,
    recipient TEXT NOT NULL,
    sealed BYTEA,
    tries INTEGER DEFAULT 0 NOT NULL,
    next_try_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    sent_at timestamptz,
    failed_at timestamptz,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_mails PRIMARY KEY (id),
    CONSTRAINT uq_mails_key UNIQUE (key),
    CONSTRAINT ck_mails_wiped_at_the_end CHECK ((num_nonnulls(sent_at, failed_at) = 0) = (sealed IS NOT NULL)),
    CONSTRAINT ck_mails_one_end CHECK (num_nonnulls(sent_at, failed_at) <= 1)
);
CREATE INDEX ix_mails_waiting ON mails (next_try_at) WHERE sealed IS NOT NULL;

-- What an administrator sets for the whole house; exactly one row.
CREATE TABLE house (
    id BOOLEAN DEFAULT true NOT NULL,
    default_commission_bp INTEGER NOT NULL,
    sign_up_marketplace_id UUID,
    CONSTRAINT pk_house PRIMARY KEY (id),
    CONSTRAINT ck_house_one_row CHECK (id),
    CONSTRAINT ck_house_commission CHECK (default_commission_bp BETWEEN 0 AND 5000),
    CONSTRAINT fk_house_sign_up_marketplace_id FOREIGN KEY (sign_up_marketplace_id) REFERENCES marketplaces (id)
);
INSERT INTO house (default_commission_bp) VALUES (500);

-- An offer has a commission of its own, or follows the default of the house.
ALTER TABLE offers ADD COLUMN own_commission BOOLEAN DEFAULT false NOT NULL;
UPDATE offers SET own_commission = true WHERE commission_bp <> 500;

ALTER TABLE banks ADD COLUMN client_address TEXT;

-- What clients read instead of the name of a deal's state.
CREATE TABLE deal_titles (
    state TEXT NOT NULL,
    en TEXT NOT NULL,
    ru TEXT NOT NULL,
    CONSTRAINT pk_deal_titles PRIMARY KEY (state),
    CONSTRAINT ck_deal_titles_not_empty CHECK (en <> '' AND ru <> '')
);
INSERT INTO deal_titles (state, en, ru) VALUES
    ('awaiting_payment', 'Awaiting payment', 'Ожидает оплаты'),
    ('partially_paid', 'In progress: partly paid', 'В процессе: оплачена частично'),
    ('settling', 'Being settled', 'Завершаются расчёты'),
    ('funded', 'Paid', 'Оплачена'),
    ('completed', 'Completed', 'Завершена'),
    ('expired', 'Expired', 'Срок оплаты истёк'),
    ('cancelled', 'Cancelled', 'Отменена');
