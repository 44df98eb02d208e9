"""What decides whether users may say something in chats, and storing what they say: a statement each for all of them.

A message takes its number under the lock of its chat's row, so numbers are in the order of commits: a client that has
read up to a number has missed none before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from domain.errors import Refusal
from domain.messages import MAY_STILL_BE_CONFIRMED, UNREAD_FOR
from domain.rate_limits import MESSAGES_OF_PERSON
from edge.idempotency import Answer, Keyed, first_answer
from edge.plain import Statements
from store.deals.chats import LOGIN, Credential
from store.operations.idempotency import ANSWERS


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides whether a user may say something in the chat of a deal; `buyer_id` None: there is no such deal.

    `login_user_id`: whose the credential is, None when it is valid no longer. `first`: what was answered before.
    """

    login_user_id: UUID | None
    first: Answer | Refusal | None
    buyer_id: UUID | None
    seller_id: UUID | None
    messages: int
    awaits_code: bool
    lately: int
    """How many messages the user has sent within the window of the rate limit, at most as many as it allows."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A user's request to say something. A marketplace sees its own deals only, None all of them."""

    deal_id: UUID
    user_id: UUID
    marketplace_id: UUID | None
    credential: Credential | None
    keyed: Keyed


@dataclass(frozen=True, slots=True)
class New:
    """A message to store, with the answer to its key: of a party (`author`), to the other one."""

    deal_id: UUID
    author_id: UUID
    reader_id: UUID
    author: str
    text: str
    masked: bool
    keyed: Keyed


_STATES: Final = ", ".join(f"'{state}'" for state in MAY_STILL_BE_CONFIRMED)
_FACTS: Final = f"""
SELECT l.user_id AS login_user_id, k.fingerprint, k.status, k.body::text AS body,
       d.buyer_id, d.seller_id, coalesce(c.messages, 0) AS messages,
       EXISTS (SELECT FROM payments p WHERE p.deal_id = d.id AND p.state IN ({_STATES})) AS awaits_code,
       (SELECT count(*) FROM (
            SELECT FROM messages m
            WHERE m.author_id = a.author_id AND m.created_at > statement_timestamp() - $9::interval
            LIMIT $10
        ) recent) AS lately
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::timestamptz[], $6::bytea[], $7::text[], $8::text[])
     WITH ORDINALITY AS a (deal_id, author_id, marketplace_id, grant_id, expires_at, digest, caller, key, place)
LEFT JOIN {ANSWERS.name} k ON k.caller = a.caller AND k.key = a.key
{LOGIN}
LEFT JOIN deals d ON d.id = a.deal_id AND (a.marketplace_id IS NULL OR d.marketplace_id = a.marketplace_id)
LEFT JOIN chats c ON c.deal_id = d.id
ORDER BY a.place
"""  # noqa: S608  # states and names of our own
# The join with `counted` makes the other parts wait for the lock of the chat. In order of ids, so that two groups of
# messages cannot deadlock; keys are taken after all chats. The answer is `MessageOut`: the number is known only here.
_STORE: Final = f"""
WITH asked AS (
    SELECT a.*, row_number() OVER (PARTITION BY deal_id ORDER BY place) AS nth
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::boolean[], $7::text[], $8::text[],
                $9::bytea[])
         WITH ORDINALITY AS a (deal_id, author_id, reader_id, author, text, masked, caller, key, fingerprint, place)
), counted AS (
    INSERT INTO chats AS c (deal_id, messages)
    SELECT deal_id, count(*) FROM asked GROUP BY deal_id ORDER BY deal_id
    ON CONFLICT (deal_id) DO UPDATE SET messages = c.messages + excluded.messages
    RETURNING deal_id, coalesce(old.messages, 0) AS before
), sides AS (
    INSERT INTO chat_sides AS s (deal_id, user_id, unread, mail_at)
    SELECT deal_id, reader_id, count(*), clock_timestamp() + $10::interval
    FROM asked JOIN counted USING (deal_id) GROUP BY deal_id, reader_id ORDER BY deal_id, reader_id
    ON CONFLICT (deal_id, user_id) DO UPDATE SET
        unread = s.unread + excluded.unread,
        mail_at = CASE WHEN s.mail_at IS NULL AND s.told <= s.read THEN excluded.mail_at ELSE s.mail_at END
), numbered AS MATERIALIZED (
    SELECT asked.*, before + nth AS number FROM asked JOIN counted USING (deal_id) ORDER BY place
), stored AS (
    INSERT INTO messages (deal_id, number, author_id, text, masked)
    SELECT deal_id, number, author_id, text, masked FROM numbered ORDER BY place
    RETURNING id, deal_id, number, author_id, text, masked, created_at
), answered AS (
    INSERT INTO {ANSWERS.name} (caller, key, fingerprint, status, body, noun, noun_id)
    SELECT n.caller, n.key, n.fingerprint, 201, jsonb_build_object(
        'id', m.id, 'chat_id', m.deal_id, 'number', m.number, 'author', n.author, 'user_id', m.author_id,
        'text', m.text, 'masked', m.masked,
        'sent_at', to_char(m.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    ), 'messages', m.id::text
    FROM stored m JOIN numbered n USING (deal_id, number) ORDER BY n.caller, n.key
)
SELECT m.* FROM stored m JOIN numbered n USING (deal_id, number) ORDER BY n.place
"""  # noqa: S608  # names of our own


async def facts_each(connection: Statements, asked: Sequence[Asked]) -> list[Facts]:
    """Facts about each request, and the first answer to its key."""
    nobody = Credential()
    credentials = [one.credential or nobody for one in asked]
    columns = (
        [one.deal_id for one in asked],
        [one.user_id for one in asked],
        [one.marketplace_id for one in asked],
        [one.grant_id for one in credentials],
        [one.expires_at for one in credentials],
        [one.session_digest for one in credentials],
        [one.keyed.caller for one in asked],
        [one.keyed.key for one in asked],
    )
    limit = MESSAGES_OF_PERSON
    found = await connection.exec_driver_sql(_FACTS, (*columns, limit.window, limit.most))
    return [
        Facts(
            login_user_id=row.login_user_id,
            first=first_answer(row, one.keyed.fingerprint),
            buyer_id=row.buyer_id,
            seller_id=row.seller_id,
            messages=row.messages,
            awaits_code=row.awaits_code,
            lately=row.lately,
        )
        for one, row in zip(asked, found, strict=True)
    ]


async def store_each(connection: Statements, new: Sequence[New]) -> list[Any]:
    """Stores messages, in order, with the answers to their keys, and counts them as unread; returns their rows.

    One statement, which fails as a whole when a key was answered meanwhile.
    """
    if not new:
        return []
    columns = (
        [one.deal_id for one in new],
        [one.author_id for one in new],
        [one.reader_id for one in new],
        [one.author for one in new],
        [one.text for one in new],
        [one.masked for one in new],
        [one.keyed.caller for one in new],
        [one.keyed.key for one in new],
        [one.keyed.fingerprint for one in new],
    )
    return list(await connection.exec_driver_sql(_STORE, (*columns, UNREAD_FOR)))
