-- Books that are behind the bank's accept no new money (decision 42). HFB01 becomes 503 books_behind.
CREATE OR REPLACE FUNCTION refuse_while_behind() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM checkpoint WHERE behind_since IS NOT NULL) THEN
        RAISE EXCEPTION 'the books are behind the bank' USING ERRCODE = 'HFB01';
    END IF;
    RETURN NULL;
END $$;

-- Every write of a client, a marketplace or an operator stores its answer, through any front.
CREATE OR REPLACE TRIGGER books_are_current BEFORE INSERT ON idempotency_answers
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_while_behind();
