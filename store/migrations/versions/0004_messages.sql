CREATE TABLE chats (
    deal_id  uuid NOT NULL,
    messages integer NOT NULL,
    CONSTRAINT pk_chats PRIMARY KEY (deal_id),
    CONSTRAINT fk_chats_deal_id FOREIGN KEY (deal_id) REFERENCES deals (id)
);

CREATE TABLE messages (
    id         uuid NOT NULL DEFAULT uuidv7(),
    deal_id    uuid NOT NULL,
    number     integer NOT NULL,
    author_id  uuid NOT NULL,
    text       text NOT NULL,
    masked     boolean NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_messages PRIMARY KEY (id),
    CONSTRAINT uq_messages_deal_id_number UNIQUE (deal_id, number),
    CONSTRAINT ck_messages_number CHECK (number > 0),
    CONSTRAINT ck_messages_length CHECK (char_length(text) BETWEEN 1 AND 4000),
    CONSTRAINT fk_messages_deal_id FOREIGN KEY (deal_id) REFERENCES chats (deal_id),
    CONSTRAINT fk_messages_author_id FOREIGN KEY (author_id) REFERENCES users (id)
);
CREATE INDEX ix_messages_author_id ON messages (author_id, created_at);

CREATE TABLE chat_sides (
    deal_id uuid NOT NULL,
    user_id uuid NOT NULL,
    read    integer NOT NULL DEFAULT 0,
    unread  integer NOT NULL DEFAULT 0,
    told    integer NOT NULL DEFAULT 0,
    mail_at timestamptz,
    CONSTRAINT pk_chat_sides PRIMARY KEY (deal_id, user_id),
    CONSTRAINT ck_chat_sides_counts CHECK (read >= 0 AND unread >= 0 AND told >= 0),
    CONSTRAINT ck_chat_sides_mail CHECK (mail_at IS NULL OR unread > 0),
    CONSTRAINT fk_chat_sides_deal_id FOREIGN KEY (deal_id) REFERENCES chats (deal_id),
    CONSTRAINT fk_chat_sides_user_id FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX ix_chat_sides_mail_at ON chat_sides (mail_at) WHERE mail_at IS NOT NULL;

CREATE TABLE chat_readings (
    id          uuid NOT NULL DEFAULT uuidv7(),
    deal_id     uuid NOT NULL,
    operator_id uuid NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_chat_readings PRIMARY KEY (id),
    CONSTRAINT fk_chat_readings_deal_id FOREIGN KEY (deal_id) REFERENCES deals (id),
    CONSTRAINT fk_chat_readings_operator_id FOREIGN KEY (operator_id) REFERENCES operators (id)
);
CREATE INDEX ix_chat_readings_deal_id ON chat_readings (deal_id, operator_id, created_at);
