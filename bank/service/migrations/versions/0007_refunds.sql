-- Refunds as steps of two statements too (0005_arrive.sql): one reads debits, their credits and who has the money, one
-- writes refunds, parts and what is left of debits and credits. `wanted` has `refund`: keys, or reference and most (so
-- many at most); credit.

-- The keys of the debits that a refund names: by keys whatever they are, by reference those of which something is left.
CREATE FUNCTION refund_sources(caller text, refund jsonb) RETURNS text[]
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    IF refund ? 'keys' THEN
        RETURN ARRAY(
            SELECT o.key FROM operations o
            WHERE o.key = ANY (ARRAY(SELECT jsonb_array_elements_text(refund -> 'keys')))
              AND o.caller = refund_sources.caller);
    END IF;
    RETURN ARRAY(
        SELECT o.key FROM operations o
        WHERE o.caller = refund_sources.caller AND o.reference = refund ->> 'reference' AND o.kind = 'debit'
          AND (o.status = 'pause' OR (o.status = 'success' AND o.refunded_minor < o.amount_minor))
        ORDER BY o.id LIMIT (refund ->> 'most')::integer);
END $$;

-- What a refund is decided by: sources, oldest first; credits out of them that are not taken back yet, newest first; the
-- credit that is named; whether there are debits with the reference at all; the numbers of payers and payees; the
-- guarantee accounts of the payees' banks with what they have free.
CREATE FUNCTION refund_facts(caller text, refund jsonb) RETURNS jsonb
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
            SELECT to_jsonb(o) FROM operations o
            WHERE o.key = refund ->> 'credit' AND o.caller = refund_facts.caller),
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

-- As before, and what a refund is decided by.
CREATE OR REPLACE FUNCTION facts(caller text, key text, wanted jsonb) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    operation operations;
    numbers text[] := ARRAY(SELECT jsonb_array_elements_text(wanted -> 'accounts'));
    refund jsonb;
BEGIN
    SELECT * INTO operation FROM operations o
    WHERE o.key = wanted ->> 'operation' AND o.caller = facts.caller AND o.kind = 'debit';
    IF wanted ? 'parties' THEN
        numbers := numbers || ARRAY[operation.payer_account, operation.payee_account];
    END IF;
    IF wanted ? 'refund' THEN
        refund := refund_facts(facts.caller, wanted -> 'refund');
        numbers := numbers || ARRAY(SELECT jsonb_array_elements_text(refund -> 'numbers'));
    END IF;
    RETURN jsonb_build_object(
        'now', clock_timestamp(),
        'operation', CASE WHEN operation.key IS NOT NULL THEN to_jsonb(operation) END,
        'tried', (
            SELECT to_jsonb(c) || jsonb_build_object('try', t.number)
            FROM code_tries t JOIN codes c ON c.id = t.code_id
            WHERE t.caller = facts.caller AND t.key = facts.key AND c.subject = operation.key
              AND c.used_at IS NULL AND c.killed_at IS NULL),
        'last_code', CASE WHEN wanted ? 'code' THEN (
            SELECT to_jsonb(c) FROM codes c WHERE c.subject = operation.key ORDER BY c.number DESC LIMIT 1) END,
        'code_id', CASE WHEN wanted ? 'code' THEN nextval(pg_get_serial_sequence('codes', 'id')) END,
        'fee', (
            SELECT to_jsonb(f) FROM fees f WHERE f.payer_bank = (wanted #>> '{pair,0}')::integer
              AND f.payee_bank = (wanted #>> '{pair,1}')::integer AND f.currency = wanted #>> '{pair,2}'),
        'accounts', (SELECT jsonb_agg(account_facts(a)) FROM accounts a WHERE a.number = ANY (numbers)),
        'refund', refund
    );
END $$;

-- As before, and the debits of a refund, by id, before the accounts.
CREATE OR REPLACE FUNCTION lock_facts(caller text, key text, wanted jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS $$
DECLARE
    operation operations;
    numbers text[] := ARRAY(SELECT jsonb_array_elements_text(wanted -> 'accounts'));
BEGIN
    SELECT * INTO operation FROM operations o
    WHERE o.key = wanted ->> 'operation' AND o.caller = lock_facts.caller AND o.kind = 'debit' FOR UPDATE;
    PERFORM FROM codes c WHERE c.subject = operation.key AND c.used_at IS NULL AND c.killed_at IS NULL FOR UPDATE;
    IF wanted ? 'parties' THEN
        numbers := numbers || ARRAY[operation.payer_account, operation.payee_account];
    END IF;
    IF wanted ? 'refund' THEN
        PERFORM FROM operations o WHERE o.key = ANY (refund_sources(lock_facts.caller, wanted -> 'refund'))
        ORDER BY o.id FOR UPDATE;
        numbers := numbers || ARRAY(
            SELECT jsonb_array_elements_text(refund_facts(lock_facts.caller, wanted -> 'refund') -> 'numbers'));
    END IF;
    PERFORM FROM accounts a WHERE a.number = ANY (numbers) ORDER BY a.number FOR NO KEY UPDATE;
END $$;

-- As before, and `operations` (rows by key, as many as a refund is about), `available` (what ledger accounts have free,
-- where the guarantee pays what they have not: nothing may arrive on their accounts before the debt can be seen).
CREATE OR REPLACE FUNCTION is_unchanged(plan jsonb) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    same boolean := true;
BEGIN
    IF plan ? 'operation' THEN
        SELECT to_jsonb(o) = plan -> 'operation' INTO same FROM operations o
        WHERE o.key = plan #>> '{operation,key}' FOR UPDATE;
    END IF;
    IF same AND plan ? 'operations' THEN
        SELECT coalesce(bool_and(r = plan -> 'operations' -> (r ->> 'key')), false) INTO same FROM (
            SELECT to_jsonb(o) FROM operations o
            WHERE o.key = ANY (ARRAY(SELECT jsonb_object_keys(plan -> 'operations')))
            ORDER BY o.id FOR UPDATE
        ) AS rows (r);
    END IF;
    IF same AND plan ? 'last_code' THEN
        SELECT coalesce(max(c.number), 0) = (plan ->> 'last_code')::integer INTO same FROM codes c
        WHERE c.subject = plan #>> '{operation,key}';
    END IF;
    IF same AND plan ? 'code' THEN
        SELECT c.used_at IS NULL AND c.killed_at IS NULL INTO same FROM codes c
        WHERE c.id = (plan ->> 'code')::bigint FOR UPDATE;
    END IF;
    IF same AND plan ? 'available' THEN
        PERFORM FROM accounts a WHERE a.number = ANY (ARRAY(SELECT jsonb_object_keys(plan -> 'accounts')))
        ORDER BY a.number FOR NO KEY UPDATE;
    END IF;
    IF same AND plan ? 'accounts' THEN
        SELECT coalesce(bool_and(r = plan -> 'accounts' -> (r ->> 'number')), false) INTO same FROM (
            SELECT to_jsonb(a) FROM accounts a
            WHERE a.number = ANY (ARRAY(SELECT jsonb_object_keys(plan -> 'accounts')))
            ORDER BY a.number FOR SHARE
        ) AS rows (r);
    END IF;
    IF same AND (plan ? 'debts' OR plan ? 'available') THEN
        -- All accounts of the posting to come, at once: a second, later set of locks could deadlock.
        PERFORM ledger.lock_accounts(plan -> 'legs', NULL);
        SELECT coalesce(bool_and(a.balance_minor = d.value::bigint), true) INTO same
        FROM jsonb_each_text(coalesce(plan -> 'debts', '{}')) AS d JOIN ledger.accounts a ON a.id = d.key::bigint;
    END IF;
    IF same AND plan ? 'available' THEN
        SELECT coalesce(bool_and(a.balance_minor - a.held_minor = d.value::bigint), true) INTO same
        FROM jsonb_each_text(plan -> 'available') AS d JOIN ledger.accounts a ON a.id = d.key::bigint;
    END IF;
    RETURN same;
END $$;

-- Writes what a refund does. `plan`: refunds (new rows), returned (what is left of debits and credits), parts.
CREATE FUNCTION write_refunds(plan jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS $$
BEGIN
    IF plan ? 'refunds' THEN
        INSERT INTO operations (key, caller, kind, status, amount_minor, fee_minor, currency, payer_account,
                                payee_account, reference, source, created_at, captured_at)
        SELECT m.key, m.caller, m.kind, m.status, m.amount_minor, m.fee_minor, m.currency, m.payer_account,
               m.payee_account, m.reference, m.source, m.created_at, m.captured_at
        FROM jsonb_populate_recordset(NULL::operations, plan -> 'refunds') AS m;
        INSERT INTO refund_parts (refund_key, number, origin, credit_key, amount_minor)
        SELECT p.refund_key, p.number, p.origin, p.credit_key, p.amount_minor
        FROM jsonb_populate_recordset(NULL::refund_parts, plan -> 'parts') AS p;
    END IF;
    IF plan ? 'returned' THEN
        UPDATE operations o
        SET status = r.status, voided_at = r.voided_at, refunded_minor = r.refunded_minor,
            fee_refunded_minor = r.fee_refunded_minor, uncredited_refunded_minor = r.uncredited_refunded_minor
        FROM jsonb_populate_recordset(NULL::operations, plan -> 'returned') AS r
        WHERE o.key = r.key;
    END IF;
END $$;

-- As before, and refunds. A refusal of the ledger for which `refusals` has no answer but `again` is set means that
-- something is not as it was read: somebody has spent meanwhile what he had then.
CREATE OR REPLACE FUNCTION settle(
    caller text, key text, fingerprint bytea, plan jsonb, number bigint, step text, bank_id integer
) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    answer jsonb;
    reason text;
    told jsonb := plan;
BEGIN
    IF NOT take_key(caller, key) THEN
        RETURN '{"busy": true}';
    END IF;
    answer := answer_to(caller, key);
    IF answer IS NOT NULL THEN
        RETURN jsonb_build_object('answer', answer);
    END IF;
    IF is_unchanged(plan) IS NOT TRUE THEN
        RETURN '{"changed": true}';
    END IF;
    IF plan ? 'legs' THEN
        reason := post_legs(plan -> 'legs');
    END IF;
    IF reason IS NULL THEN
        PERFORM write_codes(plan);
        PERFORM write_operations(plan);
        PERFORM write_refunds(plan);
    ELSIF plan -> 'again' ? reason THEN
        RETURN '{"changed": true}';
    ELSIF plan -> 'refusals' ? reason THEN
        told := plan -> 'refusals' -> reason;
    ELSE
        RAISE EXCEPTION 'the ledger refuses what the bank allows: %', reason;
    END IF;
    INSERT INTO answers (caller, key, fingerprint, status, body)
    VALUES (caller, key, fingerprint, (told ->> 'status')::smallint, told -> 'body');
    RETURN jsonb_build_object(
        'refused', reason,
        'lost', number IS NOT NULL AND close_request(number, step, bank_id, (told ->> 'status')::integer, false));
END $$;
