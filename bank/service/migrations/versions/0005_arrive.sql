-- A step of a payment in two statements, each committed by itself: arrive reads (and counts the try of a code), the
-- program decides, settle writes if all is still as it was read. No secret comes here: the program compares codes.
--
-- Under READ COMMITTED each statement of a volatile function has its own snapshot: what comes after a lock sees what
-- its holder committed. The settings pin index lookups: plans are cached per session, perhaps since the tables were
-- empty.

-- The lock of an idempotency key until the end of the transaction, as edge.idempotency takes it; false: another has it.
CREATE FUNCTION take_key(caller text, key text) RETURNS boolean LANGUAGE sql VOLATILE AS $$
    SELECT pg_try_advisory_xact_lock(('x' || encode(substring(
        sha256(convert_to(caller, 'UTF8') || '\x00'::bytea || convert_to(key, 'UTF8')) FOR 8), 'hex'))::bit(64)::bigint)
$$;

-- The answer to a key, with whom it names while it is withheld; null when there is none.
CREATE FUNCTION answer_to(caller text, key text) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS $$
BEGIN
    RETURN (
        SELECT jsonb_build_object('fingerprint', encode(a.fingerprint, 'hex'), 'status', a.status, 'body', a.body,
                                  'withheld', w.key IS NOT NULL, 'operation', w.operation)
        FROM answers a
        LEFT JOIN withheld_answers w ON w.caller = a.caller AND w.key = a.key AND w.until > clock_timestamp()
        WHERE a.caller = answer_to.caller AND a.key = answer_to.key
    );
END $$;

-- Takes a place among the wrong codes of the window; the seconds to wait when it is full. The row lock makes it atomic.
CREATE FUNCTION take_place(whose text, window_s integer, most bigint, OUT began timestamptz, OUT wait_s integer)
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS $$
BEGIN
    INSERT INTO code_limits AS c (caller, window_at, wrong)
    VALUES (whose, date_bin(make_interval(secs => window_s), clock_timestamp(), timestamptz 'epoch'), 1)
    ON CONFLICT (caller) DO UPDATE SET
        wrong = CASE WHEN c.window_at >= excluded.window_at THEN c.wrong + 1 ELSE 1 END,
        window_at = greatest(c.window_at, excluded.window_at)
    WHERE c.window_at < excluded.window_at OR c.wrong < most
    RETURNING window_at INTO began;
    IF began IS NULL THEN
        SELECT greatest(1, ceil(extract(epoch FROM window_at + make_interval(secs => window_s) - clock_timestamp())))
        INTO wait_s FROM code_limits WHERE caller = whose;
    END IF;
END $$;

-- Counts a try against the live code of what waits for it (null: nothing does); a key counts once. Each counts as wrong
-- against the limits until it has proved right. The seconds to wait when a limit is reached: then nothing was counted.
CREATE FUNCTION count_try(caller text, key text, awaiting text, limits jsonb) RETURNS integer
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    code codes;
    mine record;
    everybody record;
    window_s CONSTANT integer := limits ->> 'window_s';
BEGIN
    IF EXISTS (SELECT FROM code_tries t WHERE t.caller = count_try.caller AND t.key = count_try.key) THEN
        RETURN NULL;
    END IF;
    SELECT c.* INTO code FROM codes c
    WHERE c.subject = awaiting AND c.used_at IS NULL AND c.killed_at IS NULL AND c.tries < 5
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    SELECT * INTO mine FROM take_place(count_try.caller, window_s, (limits ->> 'per_caller')::bigint);
    IF mine.wait_s IS NOT NULL THEN
        RETURN mine.wait_s;
    END IF;
    SELECT * INTO everybody FROM take_place('', window_s, (limits ->> 'overall')::bigint);
    IF everybody.wait_s IS NOT NULL THEN
        UPDATE code_limits l SET wrong = l.wrong - 1 WHERE l.caller = count_try.caller;
        RETURN everybody.wait_s;
    END IF;
    UPDATE codes c SET tries = c.tries + 1 WHERE c.id = code.id;
    INSERT INTO code_tries (code_id, number, caller, key, window_at)
    VALUES (code.id, code.tries + 1, count_try.caller, count_try.key, mine.began);
    RETURN NULL;
END $$;

-- An account with what its balances are, the debt and the guarantee account that are asked when money comes.
CREATE FUNCTION account_facts(a accounts) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS $$
BEGIN
    RETURN (
        SELECT jsonb_build_object(
            'row', to_jsonb(a), 'available_minor', l.balance_minor - l.held_minor,
            'debt_minor', (SELECT d.balance_minor FROM ledger.accounts d WHERE d.id = a.debt_ledger_id),
            'guarantee', CASE WHEN a.debt_ledger_id IS NOT NULL THEN (
                SELECT g.ledger_id FROM banks b JOIN accounts g ON g.number = b.guarantee_account
                WHERE b.id = a.bank_id) END)
        FROM ledger.accounts l WHERE l.id = a.ledger_id
    );
END $$;

-- What a step is decided by. `wanted`: operation (a key), accounts (numbers), parties (those of the operation too),
-- pair (payer's and payee's bank, currency), code (true: the next one is about to be made).
CREATE FUNCTION facts(caller text, key text, wanted jsonb) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    operation operations;
    numbers text[] := ARRAY(SELECT jsonb_array_elements_text(wanted -> 'accounts'));
BEGIN
    SELECT * INTO operation FROM operations o
    WHERE o.key = wanted ->> 'operation' AND o.caller = facts.caller AND o.kind = 'debit';
    IF wanted ? 'parties' THEN
        numbers := numbers || ARRAY[operation.payer_account, operation.payee_account];
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
        'accounts', (SELECT jsonb_agg(account_facts(a)) FROM accounts a WHERE a.number = ANY (numbers))
    );
END $$;

-- Locks what a step will change, in the order of all: operation, code, accounts. For who reads and writes in one
-- transaction; nobody changes anything in between.
CREATE FUNCTION lock_facts(caller text, key text, wanted jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS $$
DECLARE
    operation operations;
BEGIN
    SELECT * INTO operation FROM operations o
    WHERE o.key = wanted ->> 'operation' AND o.caller = lock_facts.caller AND o.kind = 'debit' FOR UPDATE;
    PERFORM FROM codes c WHERE c.subject = operation.key AND c.used_at IS NULL AND c.killed_at IS NULL FOR UPDATE;
    PERFORM FROM accounts a
    WHERE a.number = ANY (ARRAY(SELECT jsonb_array_elements_text(wanted -> 'accounts')))
       OR (wanted ? 'parties' AND a.number IN (operation.payer_account, operation.payee_account))
    ORDER BY a.number FOR NO KEY UPDATE;
END $$;

-- What is known to a request: that its key is being worked on, its stored answer, how long to wait before its code is
-- compared, or the facts. `wanted` has `limits` when a try is to be counted. `locked`: see lock_facts.
CREATE FUNCTION look(caller text, key text, wanted jsonb, locked boolean) RETURNS jsonb
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

-- A request arrives: whose API key it has (by a keyed hash; null: nobody's), and, if he has the scope, its number in
-- the journal. At a bank without rules or delays what `look` sees comes at once; else those are to be met before.
CREATE FUNCTION arrive(
    prefix text, digest bytea, scope text, key text, step text, bank_id integer, wanted jsonb
) RETURNS jsonb LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    who api_keys;
    told behaviours;
    number bigint;
    slow_ms bigint := 0;
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
    SELECT * INTO told FROM behaviours b WHERE b.bank_id = arrive.bank_id;
    IF told.steps = '{}' OR arrive.step = ANY (told.steps) THEN
        slow_ms := told.slow_ms;
    END IF;
    IF slow_ms > 0 OR told.rules <> '[]' THEN
        RETURN jsonb_build_object(
            'caller', who.name, 'number', number, 'slow_ms', slow_ms, 'ruled', told.rules <> '[]');
    END IF;
    RETURN jsonb_build_object(
        'caller', who.name, 'number', number, 'seen', look(who.name, arrive.key, wanted, false));
END $$;
