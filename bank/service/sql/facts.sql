-- What a step of a payment or a refund is decided by, read at once. The settings pin index lookups: plans are cached
-- per session, perhaps since the tables were empty.

-- An account with its balances, the debt, and the guarantee account that is asked when money comes.
CREATE OR REPLACE FUNCTION account_facts(a accounts) RETURNS jsonb
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

-- The keys of the debits that a refund names: by keys whatever their state, by reference those of which something is
-- left. `refund`: keys, or reference and most (so many at most).
CREATE OR REPLACE FUNCTION refund_sources(caller text, refund jsonb) RETURNS text[]
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

-- What a refund is decided by: sources, oldest first; credits out of them that are not taken back yet, newest first;
-- the credits that are named; whether there are debits with the reference at all; the numbers of payers and payees;
-- the guarantee accounts of the payees' banks with what they have free. `refund`: see refund_sources, and credits
-- (keys).
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

-- `wanted`: operation (a key), accounts (numbers), parties (those of the operation too), pair (payer's and payee's
-- bank, currency), code (true: the next one is about to be made), refund (see refund_facts), turn (what is limited
-- by account: `wait_s` is how long there is no turn for the account that it names, or for the operation's payer).
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
        'wait_s', CASE WHEN wanted ? 'turn' THEN wait_for_turn(
            coalesce(wanted #>> '{turn,account}', operation.payer_account),
            about_of(wanted -> 'turn', facts.caller),
            (wanted #>> '{turn,window_s}')::integer, (wanted #>> '{turn,most}')::bigint) END,
        'refund', refund
    );
END $$;

-- Locks what a step will change, in the order of all: operation, code, the debits of a refund by id, accounts. For who
-- reads and writes in one transaction; nobody changes anything in between.
CREATE OR REPLACE FUNCTION lock_facts(caller text, key text, wanted jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS $$
DECLARE
    operation operations;
    numbers text[] := ARRAY(SELECT jsonb_array_elements_text(wanted -> 'accounts'));
BEGIN
    SELECT * INTO operation FROM operations o
    WHERE o.key = wanted ->> 'operation' AND o.caller = lock_facts.caller AND o.kind = 'debit' FOR NO KEY UPDATE;
    PERFORM FROM codes c WHERE c.subject = operation.key AND c.used_at IS NULL AND c.killed_at IS NULL FOR NO KEY UPDATE;
    IF wanted ? 'parties' THEN
        numbers := numbers || ARRAY[operation.payer_account, operation.payee_account];
    END IF;
    IF wanted ? 'refund' THEN
        PERFORM FROM operations o WHERE o.key = ANY (refund_sources(lock_facts.caller, wanted -> 'refund'))
        ORDER BY o.id FOR NO KEY UPDATE;
        numbers := numbers || ARRAY(
            SELECT jsonb_array_elements_text(refund_facts(lock_facts.caller, wanted -> 'refund') -> 'numbers'));
    END IF;
    PERFORM FROM accounts a WHERE a.number = ANY (numbers) ORDER BY a.number FOR NO KEY UPDATE;
END $$;
