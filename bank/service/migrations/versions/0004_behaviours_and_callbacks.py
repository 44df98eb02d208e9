"""Behaviours by rules, answers that are withheld for a while, and callbacks to marketplaces.

Revision ID: 0004
"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_SCRIPT = """
ALTER TABLE behaviours
    ADD COLUMN seed bigint NOT NULL DEFAULT 0,
    ADD COLUMN drawn bigint NOT NULL DEFAULT 0 CONSTRAINT behaviours_drawn CHECK (drawn >= 0),
    ADD COLUMN rules jsonb NOT NULL DEFAULT '[]' CONSTRAINT behaviours_rules CHECK (jsonb_typeof(rules) = 'array');
CREATE TABLE withheld_answers (
    caller text NOT NULL,
    key text NOT NULL,
    operation text,
    until timestamptz NOT NULL,
    PRIMARY KEY (caller, key),
    FOREIGN KEY (caller, key) REFERENCES answers
);
CREATE TABLE callback_addresses (
    caller text PRIMARY KEY,
    url text NOT NULL,
    sealed bytea NOT NULL,
    registered_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    gone_at timestamptz
);
CREATE TABLE callbacks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    bank_id integer NOT NULL REFERENCES banks,
    caller text NOT NULL,
    key text NOT NULL,
    operation text,
    status text NOT NULL CONSTRAINT callbacks_status CHECK (status IN ('done', 'refused')),
    swapped boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    tries integer NOT NULL DEFAULT 0,
    delivered_at timestamptz,
    given_up_at timestamptz,
    failure text,
    CONSTRAINT callbacks_of_an_answer FOREIGN KEY (caller, key) REFERENCES answers,
    CONSTRAINT callbacks_one_end CHECK (delivered_at IS NULL OR given_up_at IS NULL)
);
CREATE INDEX callbacks_due ON callbacks (due_at) WHERE delivered_at IS NULL AND given_up_at IS NULL;
CREATE INDEX callbacks_swapped ON callbacks (bank_id, id) WHERE swapped AND delivered_at IS NULL AND given_up_at IS NULL
"""


def upgrade() -> None:
    for statement in _SCRIPT.split(";\n"):
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("books are never thrown away; restore a backup instead")
