-- The second statement of a step; see 0005_arrive.sql.

-- Closes a request in the journal; true when its bank loses the answer instead.
CREATE FUNCTION close_request(number bigint, step text, bank_id integer, status integer, lose boolean) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS $$
BEGIN
    IF NOT lose THEN
        UPDATE behaviours b SET lose_replies = b.lose_replies - 1
        WHERE b.bank_id = close_request.bank_id AND b.lose_replies > 0
          AND (b.steps = '{}' OR close_request.step = ANY (b.steps));
        lose := FOUND;
    END IF;
    IF NOT lose THEN
        UPDATE requests r SET answered_at = clock_timestamp(), status = close_request.status WHERE r.id = number;
    END IF;
    RETURN lose;
END $$;

-- Locks what was read and tells whether it is still so. `plan`: operation (its row), last_code (the number of its
-- newest code), code (the id of a live one), accounts (their rows), debts (balances by ledger account).
CREATE FUNCTION is_unchanged(plan jsonb) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    same boolean := true;
BEGIN
    IF plan ? 'operation' THEN
        SELECT to_jsonb(o) = plan -> 'operation' INTO same FROM operations o
        WHERE o.key = plan #>> '{operation,key}' FOR UPDATE;
    END IF;
    IF same AND plan ? 'last_code' THEN
        SELECT coalesce(max(c.number), 0) = (plan ->> 'last_code')::integer INTO same FROM codes c
        WHERE c.subject = plan #>> '{operation,key}';
    END IF;
    IF same AND plan ? 'code' THEN
        SELECT c.used_at IS NULL AND c.killed_at IS NULL INTO same FROM codes c
        WHERE c.id = (plan ->> 'code')::bigint FOR UPDATE;
    END IF;
    IF same AND plan ? 'accounts' THEN
        SELECT coalesce(bool_and(r = plan -> 'accounts' -> (r ->> 'number')), false) INTO same FROM (
            SELECT to_jsonb(a) FROM accounts a
            WHERE a.number = ANY (ARRAY(SELECT jsonb_object_keys(plan -> 'accounts')))
            ORDER BY a.number FOR SHARE
        ) AS rows (r);
    END IF;
    IF same AND plan ? 'debts' THEN
        -- All accounts of the posting to come, at once: a second, later set of locks could deadlock.
        PERFORM ledger.lock_accounts(plan -> 'legs', NULL);
        SELECT bool_and(a.balance_minor = d.value::bigint) INTO same
        FROM jsonb_each_text(plan -> 'debts') AS d JOIN ledger.accounts a ON a.id = d.key::bigint;
    END IF;
    RETURN same;
END $$;

-- Why the ledger refuses the legs, all of them; null when it carried them out. It keeps no trace of a refusal, so that
-- the same legs can be tried later.
CREATE FUNCTION post_legs(legs jsonb) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    outcomes CONSTANT jsonb := ledger.carry_out(legs, true, false);
BEGIN
    RETURN (SELECT o ->> 1 FROM jsonb_array_elements(outcomes) AS o WHERE o ->> 1 <> 'linked_refused' LIMIT 1);
END $$;

-- Writes what a step does to codes. `plan`: used_code, kill_codes (of this operation), new_code and its sealed message.
CREATE FUNCTION write_codes(plan jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS $$
BEGIN
    IF plan ? 'used_code' THEN
        UPDATE codes c SET used_at = clock_timestamp(), judged_at = (plan #>> '{used_code,judged_at}')::timestamptz,
            used_try = (plan #>> '{used_code,try}')::smallint
        WHERE c.id = (plan #>> '{used_code,id}')::bigint;
    END IF;
    IF plan ? 'kill_codes' THEN
        UPDATE codes c SET killed_at = clock_timestamp()
        WHERE c.subject = plan ->> 'kill_codes' AND c.used_at IS NULL AND c.killed_at IS NULL;
    END IF;
    IF plan ? 'new_code' THEN
        INSERT INTO codes (id, operation_key, number, digest, created_at, expires_at) OVERRIDING SYSTEM VALUE
        SELECT n.id, n.operation_key, n.number, n.digest, n.created_at, n.expires_at
        FROM jsonb_populate_record(NULL::codes, plan -> 'new_code') AS n;
        INSERT INTO code_messages (code_id, sealed)
        VALUES ((plan #>> '{new_code,id}')::bigint, decode(plan ->> 'sealed', 'hex'));
    END IF;
END $$;

-- Writes what a step does to operations. `plan`: changes (columns of the one that is locked), made (a new row).
CREATE FUNCTION write_operations(plan jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS $$
BEGIN
    IF plan ? 'made' THEN
        INSERT INTO operations (key, caller, kind, status, amount_minor, fee_minor, currency, payer_account,
                                payee_account, reference, source, created_at, captured_at)
        SELECT m.key, m.caller, m.kind, m.status, m.amount_minor, m.fee_minor, m.currency, m.payer_account,
               m.payee_account, m.reference, m.source, m.created_at, m.captured_at
        FROM jsonb_populate_record(NULL::operations, plan -> 'made') AS m;
    END IF;
    IF plan ? 'changes' THEN
        UPDATE operations o
        SET (status, credited_minor, confirmed_at, held_at, captured_at, voided_at) = (
            SELECT c.status, c.credited_minor, c.confirmed_at, c.held_at, c.captured_at, c.voided_at
            FROM jsonb_populate_record(o, plan -> 'changes') AS c)
        WHERE o.key = plan #>> '{operation,key}';
    END IF;
END $$;

-- Does what was decided, once, and stores the answer: `plan` has status and body, legs for the ledger, and refusals:
-- the answers that take their place by the reason of the ledger. `number`: the request to be closed too; null: later.
-- Tells that the key is being worked on (busy), was answered meanwhile (answer), that something is not as it was read
-- (changed: nothing is done), or that it is done: why the ledger refused, if it did, and whether the answer is lost.
CREATE FUNCTION settle(
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
