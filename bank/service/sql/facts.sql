-- What a write is decided by, locked and read at once. Under READ COMMITTED each statement of a volatile function has its
-- own snapshot: what comes after a lock sees what its holder committed. The settings pin index lookups: plans are cached
-- per session, perhaps since the tables were empty.
--
-- JSON has the fields of the dataclasses in `bank/service/values.py` and `bank/service/facts.py`.

-- An account with its balances, its debt, and the guarantee account of its bank.
CREATE OR REPLACE FUNCTION account_facts(a accounts) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS $$
BEGIN
    RETURN (
        SELECT to_jsonb(a) || jsonb_build_object(
            'balance_minor', l.balance_minor, 'held_minor', l.held_minor, 'incoming_minor', l.incoming_minor,
            'debt_minor', (SELECT d.balance_minor FROM ledger.accounts d WHERE d.id = a.debt_ledger_id),
            'guarantee', (
                SELECT jsonb_build_object(
                    'number', g.number, 'currency', g.currency, 'ledger_id', g.ledger_id,
                    'available_minor', gl.balance_minor - gl.held_minor)
                FROM banks b JOIN accounts g ON g.number = b.guarantee_account
                JOIN ledger.accounts gl ON gl.id = g.ledger_id
                WHERE b.id = a.bank_id))
        FROM ledger.accounts l WHERE l.id = a.ledger_id
    );
END $$;

-- The codes of an operation or access, which is locked: the newest, the live one that the try of this request was counted
-- against, and the id of the next one when it `issues` one.
CREATE OR REPLACE FUNCTION code_facts(subject text, caller text, key text, issues boolean) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS $$
BEGIN
    PERFORM FROM codes c WHERE c.subject = code_facts.subject AND c.used_at IS NULL AND c.killed_at IS NULL
    FOR NO KEY UPDATE;
    RETURN jsonb_build_object(
        'now', clock_timestamp(),
        'last', (
            SELECT jsonb_build_object('number', c.number, 'created_at', c.created_at)
            FROM codes c WHERE c.subject = code_facts.subject ORDER BY c.number DESC LIMIT 1),
        'tried', (
            SELECT to_jsonb(c) || jsonb_build_object('number', t.number)
            FROM code_tries t JOIN codes c ON c.id = t.code_id
            WHERE t.caller = code_facts.caller AND t.key = code_facts.key AND c.subject = code_facts.subject
              AND c.used_at IS NULL AND c.killed_at IS NULL),
        'next_id', CASE WHEN issues THEN nextval(pg_get_serial_sequence('codes', 'id')) END);
END $$;

-- Locks the debits that a refund names, in the order of their ids, and answers their keys: named by keys in any
-- state, by reference those of which something is left. What has changed while it was waited for is looked at again.
CREATE OR REPLACE FUNCTION lock_refund(caller text, refund jsonb) RETURNS text[]
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    keys text[];
BEGIN
    IF refund ? 'keys' THEN
        keys := ARRAY(SELECT jsonb_array_elements_text(refund -> 'keys'));
    ELSE
        keys := ARRAY(
            SELECT o.key FROM operations o
            WHERE o.caller = lock_refund.caller AND o.reference = refund ->> 'reference' AND o.kind = 'debit'
              AND (o.status = 'pause' OR (o.status = 'success' AND o.refunded_minor < o.amount_minor))
            ORDER BY o.id LIMIT (refund ->> 'most')::integer);
    END IF;
    PERFORM FROM operations o WHERE o.key = ANY (keys) AND o.caller = lock_refund.caller ORDER BY o.id FOR NO KEY UPDATE;
    RETURN ARRAY(
        SELECT o.key FROM operations o
        WHERE o.key = ANY (keys) AND o.caller = lock_refund.caller
          AND (refund ? 'keys' OR o.status = 'pause' OR (o.status = 'success' AND o.refunded_minor < o.amount_minor)));
END $$;

-- The facts of the locked debits `keys`. The lock of a debit covers its credits.
CREATE OR REPLACE FUNCTION refund_facts(caller text, refund jsonb, keys text[]) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN jsonb_build_object(
        'sources', (
            SELECT coalesce(jsonb_agg(to_jsonb(o) ORDER BY o.id), '[]') FROM operations o WHERE o.key = ANY (keys)),
        'credits', (
            SELECT coalesce(jsonb_agg(to_jsonb(o) ORDER BY o.id DESC), '[]') FROM operations o
            WHERE o.source = ANY (keys) AND o.kind = 'credit' AND o.refunded_minor < o.amount_minor),
        'named', (
            SELECT coalesce(jsonb_agg(to_jsonb(o)), '[]') FROM operations o
            WHERE o.key = ANY (ARRAY(SELECT jsonb_array_elements_text(refund -> 'credits')))
              AND o.caller = refund_facts.caller),
        'known', cardinality(keys) > 0 OR (
            SELECT count(*) > 0 FROM (
                SELECT FROM operations o
                WHERE o.caller = refund_facts.caller AND o.reference = refund ->> 'reference' AND o.kind = 'debit'
                LIMIT 1) AS one));
END $$;

-- The ledger accounts by code of the books that these accounts' banks have: their own, and with each other.
CREATE OR REPLACE FUNCTION books_of(numbers text[]) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    banks CONSTANT integer[] := ARRAY(SELECT DISTINCT a.bank_id FROM accounts a WHERE a.number = ANY (numbers));
BEGIN
    RETURN (
        SELECT coalesce(jsonb_object_agg(b.code, b.shards), '{}') FROM books b
        WHERE b.bank_id = ANY (banks) AND (b.other_bank IS NULL OR b.other_bank = ANY (banks)));
END $$;

-- `query`: see `Query`. Locks in this order: operation, its live code, the debits of a refund by id, accounts by number.
-- A client's money moves only under the lock of the account's row, so the balances read here hold until the commit.
CREATE OR REPLACE FUNCTION locked_facts(caller text, key text, query jsonb) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    operation operations;
    codes jsonb;
    refund jsonb;
    asked CONSTANT jsonb := query -> 'turn';
    numbers text[] := ARRAY(SELECT jsonb_array_elements_text(query -> 'accounts'));
    named text[];
BEGIN
    SELECT * INTO operation FROM operations o
    WHERE o.key = query ->> 'operation' AND o.caller = locked_facts.caller AND o.kind = 'debit' FOR NO KEY UPDATE;
    IF (query ->> 'codes')::boolean THEN
        codes := code_facts(operation.key, locked_facts.caller, locked_facts.key, (query ->> 'issues')::boolean);
    END IF;
    IF (query ->> 'payer')::boolean THEN
        numbers := numbers || operation.payer_account;
    END IF;
    IF (query ->> 'payee')::boolean THEN
        numbers := numbers || operation.payee_account;
    END IF;
    IF query ? 'refund' THEN
        refund := refund_facts(locked_facts.caller, query -> 'refund', lock_refund(locked_facts.caller, query -> 'refund'));
        numbers := numbers
            || ARRAY(SELECT s ->> 'payer_account' FROM jsonb_array_elements(refund -> 'sources') AS s)
            || ARRAY(SELECT c ->> 'payee_account' FROM jsonb_array_elements(refund -> 'credits') AS c);
    END IF;
    named := numbers;
    IF (query ->> 'guarantees')::boolean THEN
        numbers := numbers || ARRAY(
            SELECT b.guarantee_account FROM banks b JOIN accounts a ON a.bank_id = b.id WHERE a.number = ANY (named));
    END IF;
    PERFORM FROM accounts a WHERE a.number = ANY (numbers) ORDER BY a.number FOR NO KEY UPDATE;
    RETURN jsonb_build_object(
        'caller', locked_facts.caller,
        'now', clock_timestamp(),
        'operation', CASE WHEN operation.key IS NOT NULL THEN to_jsonb(operation) END,
        'codes', codes,
        'fee', (
            SELECT to_jsonb(f) FROM fees f WHERE f.payer_bank = (query #>> '{pair,0}')::integer
              AND f.payee_bank = (query #>> '{pair,1}')::integer AND f.currency = query #>> '{pair,2}'),
        'accounts', (
            SELECT coalesce(jsonb_object_agg(a.number, account_facts(a)), '{}')
            FROM accounts a WHERE a.number = ANY (named)),
        'books', CASE WHEN (query ->> 'books')::boolean THEN books_of(
            numbers || operation.payer_account || operation.payee_account
            || ARRAY(SELECT s ->> 'payee_account' FROM jsonb_array_elements(refund -> 'sources') AS s)) ELSE '{}' END,
        'wait_s', CASE WHEN asked IS NOT NULL THEN wait_for_turn(
            coalesce(asked ->> 'account', operation.payer_account), about_of(asked, locked_facts.caller),
            (asked ->> 'window_s')::integer, (asked ->> 'most')::bigint) END,
        'refund', refund);
END $$;
