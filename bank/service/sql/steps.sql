-- A step of a payment or a refund in two statements, each committed by itself: arrive reads (and counts the try of a
-- code), the program decides, settle writes if all is still as it was read. No secret comes here: the program compares
-- codes.
--
-- Under READ COMMITTED each statement of a volatile function has its own snapshot: what comes after a lock sees what
-- its holder committed. The settings pin index lookups: plans are cached per session, perhaps since the tables were
-- empty.

-- What is known to a request: that its key is being worked on, its stored answer, how long to wait before its code is
-- compared, or the facts. `wanted` has `limits` when a try is to be counted. `locked`: see lock_facts.
CREATE OR REPLACE FUNCTION look(caller text, key text, wanted jsonb, locked boolean) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS $$
DECLARE
    answer jsonb;
    wait_s integer;
BEGIN
    IF NOT take_key(caller, key) THEN
        RETURN '{"busy": true}';
    END IF;
    answer := answer_to(caller, key);
    IF answer IS NOT NULL THEN
        RETURN jsonb_build_object('answer', answer);
    END IF;
    IF wanted ? 'limits' THEN
        wait_s := count_try(caller, key, (
            SELECT o.key FROM operations o
            WHERE o.key = wanted ->> 'operation' AND o.caller = look.caller AND o.status = 'created'
        ), wanted -> 'limits');
    END IF;
    IF wait_s IS NOT NULL THEN
        RETURN jsonb_build_object('wait_s', wait_s);
    END IF;
    IF locked THEN
        PERFORM lock_facts(caller, key, wanted);
    END IF;
    RETURN jsonb_build_object('facts', facts(caller, key, wanted));
END $$;

-- A request arrives: whose API key it has (by a keyed hash; null: nobody's), and, if the key has the scope, its number
-- in the journal and what `look` sees. With `wanted` null it is only noted: something has to be met before.
CREATE OR REPLACE FUNCTION arrive(
    prefix text, digest bytea, scope text, key text, step text, bank_id integer, wanted jsonb
) RETURNS jsonb LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    who api_keys;
    number bigint;
BEGIN
    SELECT * INTO who FROM api_keys k
    WHERE k.prefix = arrive.prefix AND k.digest = arrive.digest AND k.revoked_at IS NULL
      AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp());
    IF NOT FOUND THEN
        RETURN NULL;
    ELSIF NOT scope = ANY (who.scopes) THEN
        RETURN jsonb_build_object('caller', who.name);
    END IF;
    INSERT INTO requests (caller, key, step, bank_id) VALUES (who.name, arrive.key, arrive.step, arrive.bank_id)
    RETURNING id INTO number;
    RETURN jsonb_build_object(
        'caller', who.name, 'number', number,
        'seen', CASE WHEN wanted IS NOT NULL THEN look(who.name, arrive.key, wanted, false) END);
END $$;

-- Locks what was read and says whether it is still so. `plan`: operation (its row), operations (rows by key, as many
-- as a refund is about), last_code (the number of its newest code), code (the id of a live one), accounts (their
-- rows), debts (balances by ledger account), available (what ledger accounts have free, where the guarantee pays
-- what they lack: nothing may arrive on their accounts before the debt can be seen), and last the turn that is
-- taken: another request may have had the last one meanwhile.
CREATE OR REPLACE FUNCTION is_unchanged(plan jsonb) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    same boolean := true;
BEGIN
    IF plan ? 'operation' THEN
        SELECT to_jsonb(o) = plan -> 'operation' INTO same FROM operations o
        WHERE o.key = plan #>> '{operation,key}' FOR NO KEY UPDATE;
    END IF;
    IF same AND plan ? 'operations' THEN
        SELECT coalesce(bool_and(r = plan -> 'operations' -> (r ->> 'key')), false) INTO same FROM (
            SELECT to_jsonb(o) FROM operations o
            WHERE o.key = ANY (ARRAY(SELECT jsonb_object_keys(plan -> 'operations')))
            ORDER BY o.id FOR NO KEY UPDATE
        ) AS rows (r);
    END IF;
    IF same AND plan ? 'last_code' THEN
        SELECT coalesce(max(c.number), 0) = (plan ->> 'last_code')::integer INTO same FROM codes c
        WHERE c.subject = plan #>> '{operation,key}';
    END IF;
    IF same AND plan ? 'code' THEN
        SELECT c.used_at IS NULL AND c.killed_at IS NULL INTO same FROM codes c
        WHERE c.id = (plan ->> 'code')::bigint FOR NO KEY UPDATE;
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
    IF same AND plan ? 'turn' THEN
        same := take_turn(plan #>> '{turn,account}', plan #>> '{turn,about}', (plan #>> '{turn,window_s}')::integer,
                          (plan #>> '{turn,most}')::bigint) IS NULL;
    END IF;
    RETURN same;
END $$;

-- Closes a request in the journal.
CREATE OR REPLACE FUNCTION close_request(number bigint, status smallint) RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS $$
BEGIN
    UPDATE requests r SET answered_at = clock_timestamp(), status = close_request.status WHERE r.id = number;
END $$;

-- Why the ledger refuses the legs, all of them; null when it carried them out. It keeps no trace of a refusal, so that
-- the same legs can be tried later.
CREATE OR REPLACE FUNCTION post_legs(legs jsonb) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    outcomes CONSTANT jsonb := ledger.carry_out(legs, true, false);
BEGIN
    RETURN (SELECT o ->> 1 FROM jsonb_array_elements(outcomes) AS o WHERE o ->> 1 <> 'linked_refused' LIMIT 1);
END $$;

-- Does what was decided, once, and stores the answer: `plan` has status and body, legs for the ledger, and refusals:
-- the answers that take their place by the reason of the ledger. `number`: the request in the journal to be closed with
-- it; null: none. A refusal of the ledger for which `refusals` has no answer but `again` is set means that something is
-- not as it was read: somebody has spent meanwhile what they had then. Returns that the key is being worked on (busy),
-- was answered meanwhile (answer), that something is not as it was read (changed: nothing is done), or that it is done:
-- why the ledger refused, null if it did not (refused).
CREATE OR REPLACE FUNCTION settle(caller text, key text, fingerprint bytea, plan jsonb, number bigint) RETURNS jsonb
LANGUAGE plpgsql VOLATILE AS $$
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
    PERFORM close_request(number, (told ->> 'status')::smallint);
    RETURN jsonb_build_object('refused', reason);
END $$;
