"""A refund names several credits, each with what of the amount is taken back from it.

Revision ID: 0011
"""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_REFUND_FACTS = """
-- What a refund is decided by: sources, oldest first; credits out of them that are not taken back yet, newest first;
-- the credits that are named; whether there are debits with the reference at all; the numbers of payers and payees; the
-- guarantee accounts of the payees' banks with what they have free.
CREATE OR REPLACE FUNCTION refund_facts(caller text, refund jsonb) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    keys CONSTANT text[] := refund_sources(caller, refund);
    sources operations[];
    credits operations[];
BEGIN
    SELECT array_agg(o ORDER BY o.id) INTO sources FROM operations o WHERE o.key = ANY (keys);
    SELECT array_agg(o ORDER BY o.id DESC) INTO credits FROM operations o
    WHERE o.source = ANY (keys) AND o.kind = 'credit' AND o.refunded_minor < o.amount_minor;
    RETURN jsonb_build_object(
        'sources', coalesce(to_jsonb(sources), '[]'),
        'credits', coalesce(to_jsonb(credits), '[]'),
        'named', (
            SELECT coalesce(jsonb_agg(to_jsonb(o)), '[]') FROM operations o
            WHERE o.key = ANY (ARRAY(SELECT jsonb_array_elements_text(refund -> 'credits')))
              AND o.caller = refund_facts.caller),
        'known', cardinality(keys) > 0 OR (
            SELECT count(*) > 0 FROM (
                SELECT FROM operations o
                WHERE o.caller = refund_facts.caller AND o.reference = refund ->> 'reference' AND o.kind = 'debit'
                LIMIT 1) AS one),
        'numbers', to_jsonb(ARRAY(
            SELECT s.payer_account FROM unnest(sources) AS s UNION SELECT c.payee_account FROM unnest(credits) AS c)),
        'guarantees', (
            SELECT coalesce(jsonb_agg(jsonb_build_array(
                b.id, g.currency, g.ledger_id, (
                    SELECT l.balance_minor - l.held_minor FROM ledger.accounts l WHERE l.id = g.ledger_id))), '[]')
            FROM banks b JOIN accounts g ON g.number = b.guarantee_account
            WHERE b.id = ANY (ARRAY(SELECT left(c.payee_account, 3)::integer FROM unnest(credits) AS c))));
END $$;
"""


def upgrade() -> None:
    op.execute(_REFUND_FACTS)


def downgrade() -> None:
    raise NotImplementedError("books are never thrown away; restore a backup instead")
