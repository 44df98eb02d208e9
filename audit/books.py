"""The market's books against its rows: every step booked once, and nothing booked without a step."""

from __future__ import annotations

from typing import Final

from audit.check import Check

# Every transfer that took effect, with the payment and leg from its key and the accounts without shards.
BOOKED: Final = """
booked AS (
    SELECT t.id, t.key, t.kind, t.amount_minor, t.currency, t.hold_id,
           substring(t.key FROM '^payment/([^/]+)/ledger/') AS payment_id,
           substring(t.key FROM '^payment/[^/]+/ledger/(.+)$') AS leg,
           split_part(debit.code, '#', 1) AS debit, split_part(credit.code, '#', 1) AS credit
    FROM ledger.transfers t
    LEFT JOIN ledger.accounts debit ON debit.id = t.debit_account
    LEFT JOIN ledger.accounts credit ON credit.id = t.credit_account
    WHERE t.refusal IS NULL
)"""

# The newest step of each name that releases or returns a payment; earlier ones were finally refused.
NEWEST: Final = """
newest AS (
    SELECT DISTINCT ON (payment_id, name) * FROM steps WHERE refund_id IS NULL ORDER BY payment_id, name, number DESC
)"""

# Where a payment's money is, by its rows alone.
BY_ROWS: Final = """
by_rows AS (
    SELECT p.id, p.deal_id, p.currency,
           CASE WHEN p.taken THEN p.amount_minor + p.fee_minor ELSE 0 END AS taken,
           CASE WHEN credit.state = 'done' THEN credit.amount_minor ELSE 0 END
             + CASE WHEN rest.state = 'done' THEN rest.amount_minor ELSE 0 END - back.from_seller AS credited,
           CASE WHEN credit.state = 'refused' OR credit.state = 'planned' AND credit.number > 1
                THEN credit.amount_minor - back.from_newest_owed ELSE 0 END
             + CASE WHEN rest.state = 'refused' OR rest.state = 'planned' AND rest.number > 1
                    THEN rest.amount_minor - back.from_owed_rest ELSE 0 END AS owed,
           CASE WHEN commission.state = 'done' THEN commission.amount_minor ELSE 0 END
             - back.from_commission AS commission,
           CASE WHEN capture.state = 'done' THEN p.fee_minor ELSE 0 END - back.fee AS fees,
           CASE WHEN p.taken AND void.state = 'done' THEN p.amount_minor + p.fee_minor ELSE 0 END
             + back.principal + back.fee AS refunded,
           back.principal AS clawed_back, back.from_guarantee AS guarantee,
           CASE WHEN capture.state = 'done' THEN 0
                WHEN p.taken AND void.state IS DISTINCT FROM 'done' THEN p.amount_minor + p.fee_minor
                ELSE 0 END AS held,
           CASE WHEN capture.state IS DISTINCT FROM 'done' THEN 0
                ELSE CASE WHEN credit.state = 'planned' AND credit.number = 1 THEN credit.amount_minor ELSE 0 END
                   + CASE WHEN rest.state = 'planned' AND rest.number = 1 THEN rest.amount_minor ELSE 0 END
                   + CASE WHEN commission.state <> 'done' THEN commission.amount_minor ELSE 0 END
                   + CASE WHEN p.undisputed_minor IS NULL THEN 0
                          WHEN d.released_at IS NOT NULL THEN coalesce(p.kept_minor, 0) - back.kept
                          ELSE p.amount_minor - p.undisputed_minor + of_part.commission END
                END AS undivided
    FROM payments p JOIN deals d ON d.id = p.deal_id
    LEFT JOIN newest capture ON capture.payment_id = p.id AND capture.name = 'capture'
    LEFT JOIN newest credit ON credit.payment_id = p.id AND credit.name = 'credit'
    LEFT JOIN newest rest ON rest.payment_id = p.id AND rest.name = 'rest'
    LEFT JOIN newest commission ON commission.payment_id = p.id AND commission.name = 'commission'
    LEFT JOIN newest void ON void.payment_id = p.id AND void.name = 'void'
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(s.amount_minor), 0) AS principal, coalesce(sum(s.fee_minor), 0) AS fee,
               coalesce(sum(s.from_payee_minor), 0) AS from_seller,
               coalesce(sum(s.from_commission_minor), 0) AS from_commission,
               coalesce(sum(s.from_owed_minor) FILTER (
                   WHERE s.taken = 'credit' AND s.created_at > credit.created_at), 0) AS from_newest_owed,
               coalesce(sum(s.from_owed_minor) FILTER (
                   WHERE s.taken = 'rest' AND s.created_at > rest.created_at), 0) AS from_owed_rest,
               coalesce(sum(s.from_guarantee_minor), 0) AS from_guarantee,
               coalesce(sum(s.amount_minor) FILTER (WHERE s.taken = 'kept'), 0) AS kept
        FROM steps s WHERE s.payment_id = p.id AND s.refund_id IS NOT NULL AND s.state = 'done'
    ) back
    CROSS JOIN LATERAL (  -- the commission on an undisputed part: it is taken with the rest
        SELECT (div((p.before_minor + p.undisputed_minor)::numeric * d.commission_bp * 2 + 10000, 20000)
                - div(p.before_minor::numeric * d.commission_bp * 2 + 10000, 20000))::bigint AS commission
    ) of_part
)"""

# The same by the ledger alone: the sum of the transfers with the payment's keys, by kind of account.
BY_LEDGER: Final = """
by_ledger AS (
    SELECT payment_id,
           coalesce(sum(amount_minor) FILTER (WHERE kind = 'hold'), 0) AS taken,
           coalesce(sum(amount_minor) FILTER (WHERE kind = 'post' AND leg ~ '^(credit|rest)/'), 0)
             - coalesce(sum(amount_minor) FILTER (WHERE kind = 'post' AND debit ~ '^(outside/seller|wallet)/'), 0)
             AS credited,
           coalesce(sum(amount_minor) FILTER (WHERE kind = 'post' AND credit LIKE 'seller/%/payable/%'), 0)
             - coalesce(sum(amount_minor) FILTER (WHERE kind = 'post' AND debit LIKE 'seller/%/payable/%'), 0) AS owed,
           coalesce(sum(amount_minor) FILTER (WHERE kind = 'post' AND credit LIKE 'commission/%'), 0)
             - coalesce(sum(amount_minor) FILTER (WHERE kind = 'post' AND debit LIKE 'commission/%'), 0) AS commission,
           coalesce(sum(amount_minor) FILTER (WHERE kind = 'capture' AND credit LIKE 'bank-fees/%'), 0)
             - coalesce(sum(amount_minor) FILTER (WHERE kind = 'post' AND debit LIKE 'bank-fees/%'), 0) AS fees,
           coalesce(sum(amount_minor) FILTER (WHERE kind = 'void'), 0)
             + coalesce(sum(amount_minor) FILTER (
                 WHERE kind = 'post' AND credit ~ '^(outside/payer|wallet)/' AND leg !~ '^(credit|rest)/'), 0)
             AS refunded,
           coalesce(sum(amount_minor) FILTER (WHERE kind = 'post' AND debit LIKE 'guarantee/%'), 0) AS guarantee,
           coalesce(sum(amount_minor) FILTER (WHERE kind = 'hold' AND NOT EXISTS (
               SELECT FROM ledger.transfers e WHERE e.hold_id = booked.id AND e.refusal IS NULL)), 0) AS held,
           coalesce(sum(amount_minor) FILTER (WHERE kind IN ('capture', 'post') AND credit LIKE 'deal/%'), 0)
             - coalesce(sum(amount_minor) FILTER (WHERE kind = 'post' AND debit LIKE 'deal/%'), 0) AS undivided
    FROM booked GROUP BY payment_id
)"""

# What each stored step must have booked: key, kind, amount and accounts.
_EXPECTED: Final = """
sides AS (  -- wallets are those of the deal's parties
    SELECT p.id AS payment_id, 'wallet/' || d.seller_id || '/' || d.currency AS sellers_wallet,
           CASE p.payer_bank WHEN 0 THEN 'wallet/' || d.buyer_id || '/' || d.currency
                ELSE format('outside/payer/%s/%s', p.payer_bank, p.currency) END AS payer
    FROM payments p JOIN deals d ON d.id = p.deal_id
), legs AS (
    SELECT p.id AS payment_id, 'hold' AS leg, p.amount_minor, p.currency,
           w.payer AS debit, 'deal/' || p.deal_id AS credit
    FROM payments p JOIN sides w ON w.payment_id = p.id WHERE p.taken
    UNION ALL
    SELECT p.id, 'fee', p.fee_minor, p.currency,
           w.payer, 'bank-fees/' || p.currency
    FROM payments p JOIN sides w ON w.payment_id = p.id WHERE p.taken AND p.fee_minor > 0
), expected AS (
    SELECT payment_id, leg, 'hold' AS kind, amount_minor, currency, debit, credit FROM legs
    UNION ALL
    SELECT l.payment_id, format('%s/%s', l.leg, s.name), s.name, l.amount_minor, l.currency, l.debit, l.credit
    FROM legs l JOIN steps s ON s.payment_id = l.payment_id AND s.name IN ('capture', 'void') AND s.state = 'done'
    UNION ALL
    SELECT p.id, format('%s/%s', s.name, s.number), 'post', s.amount_minor, p.currency,
           CASE s.number WHEN 1 THEN 'deal/' || d.id ELSE format('seller/%s/payable/%s', d.seller_id, d.currency) END,
           CASE left(s.account, 3) WHEN '000' THEN w.sellers_wallet
                ELSE format('outside/seller/%s/%s', left(s.account, 3)::integer, d.currency) END
    FROM steps s JOIN payments p ON p.id = s.payment_id JOIN deals d ON d.id = p.deal_id
    JOIN sides w ON w.payment_id = p.id
    WHERE s.name IN ('credit', 'rest') AND s.state = 'done'
    UNION ALL
    SELECT p.id, CASE s.name WHEN 'rest' THEN 'payable/rest' ELSE 'payable' END, 'post', s.amount_minor, p.currency,
           'deal/' || d.id, format('seller/%s/payable/%s', d.seller_id, d.currency)
    FROM steps s JOIN payments p ON p.id = s.payment_id JOIN deals d ON d.id = p.deal_id
    WHERE s.name IN ('credit', 'rest') AND s.number = 1 AND s.state = 'refused'
    UNION ALL
    SELECT p.id, format('commission/%s', s.number), 'post', s.amount_minor, p.currency,
           'deal/' || p.deal_id, 'commission/' || p.currency
    FROM steps s JOIN payments p ON p.id = s.payment_id
    WHERE s.name = 'commission' AND s.state = 'done'
    UNION ALL
    -- What is taken back is collected on the deal's account, and given to the payer from there in one.
    SELECT p.id, format('%s/%s/%s', s.name, s.number, source.origin), 'post', source.minor, p.currency, source.account,
           CASE WHEN source.origin NOT IN ('given', 'fee') THEN 'deal/' || d.id
                WHEN s.given_to IS NULL THEN w.payer
                WHEN left(s.given_to, 3) = '000' THEN 'wallet/' || d.buyer_id || '/' || d.currency
                ELSE format('outside/payer/%s/%s', left(s.given_to, 3)::integer, d.currency) END
    FROM steps s JOIN payments p ON p.id = s.payment_id JOIN deals d ON d.id = p.deal_id
    JOIN sides w ON w.payment_id = p.id
    CROSS JOIN LATERAL (VALUES
        ('payable', s.from_owed_minor, format('seller/%s/payable/%s', d.seller_id, d.currency)),
        ('payee', s.from_payee_minor, CASE left(s.account, 3) WHEN '000' THEN w.sellers_wallet
            ELSE format('outside/seller/%s/%s', left(s.account, 3)::integer, d.currency) END),
        ('commission', s.from_commission_minor, 'commission/' || d.currency),
        ('given', s.amount_minor, 'deal/' || d.id),
        ('guarantee', s.from_guarantee_minor,
            CASE left(s.account, 3) WHEN '000' THEN 'guarantee/' || w.sellers_wallet
                 ELSE format('guarantee/%s/%s', coalesce(left(s.account, 3)::integer, d.payee_bank), d.currency) END),
        ('fee', s.fee_minor, 'bank-fees/' || d.currency)
    ) AS source (origin, minor, account)
    WHERE s.refund_id IS NOT NULL AND s.state = 'done' AND source.minor > 0
    UNION ALL
    -- What a bank has answered otherwise than an operator had forced.
    SELECT p.id, format('suspense/%s', r.id), 'post', r.amount_minor, p.currency,
           CASE WHEN way.into THEN way.other ELSE 'suspense/' || p.currency END,
           CASE WHEN way.into THEN 'suspense/' || p.currency ELSE way.other END
    FROM overrides r JOIN payments p ON p.id = r.payment_id LEFT JOIN steps s ON s.key = r.key
    CROSS JOIN LATERAL (SELECT
        (s.name IS DISTINCT FROM 'capture' AND NOT (s.name IS NULL AND r.result = 'done')) AS into,
        CASE s.name WHEN 'commission' THEN 'commission/' || p.currency
                    WHEN 'credit' THEN format('outside/seller/%s/%s', left(s.account, 3)::integer, p.currency)
                    WHEN 'rest' THEN format('outside/seller/%s/%s', left(s.account, 3)::integer, p.currency)
                    ELSE format('outside/payer/%s/%s', p.payer_bank, p.currency) END AS other) way
    WHERE r.state = 'contradicted'
)"""

_BOOKS_FOLLOW_ROWS: Final = """
SELECT CASE
    WHEN b.id IS NULL THEN format('payment %s: its rows say %s %s from %s to %s (%s), the ledger has no such transfer',
                                  e.payment_id, e.amount_minor, e.currency, e.debit, e.credit, e.leg)
    WHEN e.payment_id IS NULL THEN format('transfer %s (%s): no row of a payment asks for it', b.id, b.key)
    WHEN (b.kind, b.amount_minor, b.currency, b.debit, b.credit)
         IS DISTINCT FROM (e.kind, e.amount_minor, e.currency, e.debit, e.credit)
        THEN format('payment %s, %s: the ledger has %s %s from %s to %s, its rows say %s %s from %s to %s',
                    e.payment_id, e.leg, b.kind, b.amount_minor, b.debit, b.credit,
                    e.kind, e.amount_minor, e.debit, e.credit)
END
FROM (SELECT * FROM booked WHERE payment_id IS NOT NULL) b
FULL JOIN expected e ON b.payment_id = e.payment_id::text AND b.leg = e.leg
"""

_DEAL_ACCOUNTS: Final = """
SELECT CASE
    WHEN d.id IS NULL THEN format('account %s belongs to no deal', a.code)
    WHEN a.currency <> d.currency OR a.floor_minor IS DISTINCT FROM 0 OR a.held_minor <> 0
        THEN format('deal %s: its account is in %s, floor %s, held %s', d.id, a.currency, a.floor_minor, a.held_minor)
    WHEN (a.balance_minor, a.incoming_minor) IS DISTINCT FROM (coalesce(s.undivided, 0), coalesce(s.incoming, 0))
        THEN format('deal %s: its account holds %s and expects %s, its payments say %s and %s', d.id,
                    a.balance_minor, a.incoming_minor, coalesce(s.undivided, 0), coalesce(s.incoming, 0))
END
FROM (SELECT * FROM ledger.accounts WHERE code LIKE 'deal/%') a
FULL JOIN (SELECT * FROM deals WHERE EXISTS (SELECT FROM payments p WHERE p.deal_id = deals.id AND p.taken)) d
    ON a.code = 'deal/' || d.id
LEFT JOIN (
    SELECT r.deal_id, sum(r.undivided) AS undivided,
           sum(p.amount_minor) FILTER (WHERE r.held > 0) AS incoming
    FROM by_rows r JOIN payments p ON p.id = r.id GROUP BY r.deal_id
) s ON s.deal_id = d.id
"""

_OWED_ACCOUNTS: Final = """
SELECT CASE WHEN coalesce(a.balance_minor, 0) <> coalesce(s.owed, 0) OR a.held_minor <> 0 OR a.incoming_minor <> 0
    THEN format('%s: the ledger owes %s (held %s, incoming %s), the steps say %s', coalesce(a.code, s.code),
                a.balance_minor, a.held_minor, a.incoming_minor, s.owed) END
FROM (SELECT * FROM ledger.accounts WHERE code LIKE 'seller/%/payable/%') a
FULL JOIN (
    SELECT format('seller/%s/payable/%s', d.seller_id, d.currency) AS code, sum(r.owed) AS owed
    FROM deals d LEFT JOIN by_rows r ON r.deal_id = d.id GROUP BY 1
) s ON s.code = a.code
"""

# What sellers owe the platform: paid in their place by clawbacks from wallets, less what was netted since.
_WALLET_DEBTS: Final = """
SELECT CASE WHEN coalesce(a.balance_minor, 0) > 0
        OR coalesce(a.balance_minor, 0) <> coalesce(n.netted, 0) - coalesce(s.paid, 0)
    THEN format('%s: the ledger has %s, the steps say %s paid, %s netted', coalesce(a.code, s.code, n.code),
                a.balance_minor, s.paid, n.netted) END
FROM (SELECT * FROM ledger.accounts WHERE code LIKE 'guarantee/wallet/%') a
FULL JOIN (
    SELECT 'guarantee/wallet/' || d.seller_id || '/' || d.currency AS code, sum(t.from_guarantee_minor) AS paid
    FROM steps t JOIN payments p ON p.id = t.payment_id JOIN deals d ON d.id = p.deal_id
    WHERE t.refund_id IS NOT NULL AND t.state = 'done' AND left(t.account, 3) = '000' GROUP BY 1
) s ON s.code = a.code
FULL JOIN (
    SELECT b.credit AS code, sum(b.amount_minor) AS netted FROM booked b
    JOIN steps t ON t.name IN ('credit', 'rest') AND t.state = 'done'
        AND b.key = format('netting/%s/%s%s', t.payment_id, CASE t.name WHEN 'rest' THEN 'rest/' END, t.number)
        AND b.amount_minor <= t.amount_minor
    WHERE b.key LIKE 'netting/%' GROUP BY 1
) n ON n.code = coalesce(a.code, s.code)
"""

_FINAL_HOLD_NOTHING: Final = """
SELECT CASE WHEN l.held > 0 OR l.undivided <> 0
    THEN format('payment %s (%s) is final and %s of it is on hold, %s not divided', p.id, p.state, l.held, l.undivided)
END
FROM payments p LEFT JOIN by_ledger l ON l.payment_id = p.id::text
WHERE p.final_at IS NOT NULL
"""

CHECKS: Final = (
    Check(
        "books_follow_rows",
        11,
        "Each stored step is booked once, with its amount, between its accounts, and nothing else is booked.",
        "payments WHERE taken",
        _BOOKS_FOLLOW_ROWS,
        given=(BOOKED, _EXPECTED),
    ),
    Check(
        "deal_accounts_follow_rows",
        20,
        "A deal's account holds what was captured and not yet paid out, and expects what banks hold.",
        "payments WHERE taken",
        _DEAL_ACCOUNTS,
        given=(NEWEST, BY_ROWS),
    ),
    Check(
        "payable_accounts_follow_rows",
        20,
        "A payable account holds the credits that the seller's bank refused and that are still unpaid.",
        "deals",
        _OWED_ACCOUNTS,
        given=(NEWEST, BY_ROWS),
    ),
    Check(
        "wallet_debts_follow_rows",
        20,
        "A seller owes the platform what it paid in the seller's place, less what was netted since.",
        "steps WHERE refund_id IS NOT NULL AND state = 'done' AND left(account, 3) = '000'",
        _WALLET_DEBTS,
        given=(BOOKED,),
        rare=True,
    ),
    Check(
        "final_payments_hold_nothing",
        15,
        "A final payment has nothing on hold in the books.",
        "payments WHERE final_at IS NOT NULL",
        _FINAL_HOLD_NOTHING,
        given=(BOOKED, BY_LEDGER),
    ),
)
