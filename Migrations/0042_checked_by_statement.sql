-- 0042: what a bill refers to is looked up once for a page of bills, not once for each row.
--
-- A foreign key is a trigger for each row, with a query of its own that locks the row it finds: of a bill with four lines ten, which
-- together cost PostgreSQL more than to write the rows. As in the ledger (0004), a guard now looks at all rows of a statement at once.
-- A foreign key also keeps what is referred to. Invoices and journal entries can never be deleted (ZW101, ZW001). Contracts, accounts
-- and runs no part of the program deletes; whoever does it by hand is asked here, under a lock that no bill is written beside. What is
-- refused has the state of a foreign key (23503) and the name that it had.

CREATE FUNCTION refuse_orphan(owner text, subject text, missing text, rule text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% % refers to % that does not exist', owner, subject, missing
        USING ERRCODE = 'foreign_key_violation', TABLE = owner, CONSTRAINT = rule;
END $$;

-- Index nested loops always: a plan made while the table was empty would read all of it for each page. And one reading of what was
-- written: it lies in a file where documents are among it.
CREATE FUNCTION check_invoices() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    wrong record;
BEGIN
    SELECT w.number, c.id AS contract, a.id AS account, r.id AS run, w.run_id INTO wrong
        FROM written w LEFT JOIN contract c ON c.id = w.contract_id LEFT JOIN account a ON a.id = w.account_id
        LEFT JOIN billing_run r ON r.id = w.run_id LEFT JOIN journal_entry e ON e.id = w.journal_entry_id
        WHERE c.id IS NULL OR a.id IS NULL OR (r.id IS NULL AND w.run_id IS NOT NULL)
            OR (e.id IS NULL AND w.journal_entry_id IS NOT NULL) LIMIT 1;
    IF NOT FOUND THEN RETURN NULL; END IF;
    IF wrong.contract IS NULL THEN PERFORM refuse_orphan('invoice', wrong.number, 'a contract', 'invoice_contract_id_fkey'); END IF;
    IF wrong.account IS NULL THEN PERFORM refuse_orphan('invoice', wrong.number, 'an account', 'invoice_account_id_fkey'); END IF;
    IF wrong.run IS NULL AND wrong.run_id IS NOT NULL THEN
        PERFORM refuse_orphan('invoice', wrong.number, 'a run', 'invoice_run_id_fkey');
    END IF;
    PERFORM refuse_orphan('invoice', wrong.number, 'a journal entry', 'invoice_journal_entry_id_fkey');
    RETURN NULL;
END $$;
CREATE FUNCTION check_invoice_lines() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    wrong bigint;
BEGIN
    SELECT w.invoice_id INTO wrong FROM (SELECT DISTINCT invoice_id FROM written) w LEFT JOIN invoice i ON i.id = w.invoice_id
        WHERE i.id IS NULL LIMIT 1;
    IF FOUND THEN PERFORM refuse_orphan('invoice_line', wrong::text, 'an invoice', 'invoice_line_invoice_id_fkey'); END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION check_invoice_coverage() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    wrong record;
BEGIN
    SELECT w.invoice_id, i.id AS invoice INTO wrong
        FROM written w LEFT JOIN invoice i ON i.id = w.invoice_id LEFT JOIN contract c ON c.id = w.contract_id
        WHERE i.id IS NULL OR c.id IS NULL LIMIT 1;
    IF NOT FOUND THEN RETURN NULL; END IF;
    IF wrong.invoice IS NULL THEN
        PERFORM refuse_orphan('invoice_coverage', wrong.invoice_id::text, 'an invoice', 'invoice_coverage_invoice_id_fkey');
    END IF;
    PERFORM refuse_orphan('invoice_coverage', wrong.invoice_id::text, 'a contract', 'invoice_coverage_contract_id_fkey');
    RETURN NULL;
END $$;
CREATE FUNCTION check_billing_jobs() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    wrong record;
BEGIN
    SELECT w.run_id, r.id AS run INTO wrong
        FROM written w LEFT JOIN billing_run r ON r.id = w.run_id LEFT JOIN contract c ON c.id = w.contract_id
        WHERE r.id IS NULL OR c.id IS NULL LIMIT 1;
    IF NOT FOUND THEN RETURN NULL; END IF;
    IF wrong.run IS NULL THEN PERFORM refuse_orphan('billing_job', wrong.run_id::text, 'a run', 'billing_job_run_id_fkey'); END IF;
    PERFORM refuse_orphan('billing_job', wrong.run_id::text, 'a contract', 'billing_job_contract_id_fkey');
    RETURN NULL;
END $$;

ALTER TABLE invoice DROP CONSTRAINT invoice_contract_id_fkey, DROP CONSTRAINT invoice_account_id_fkey,
    DROP CONSTRAINT invoice_journal_entry_id_fkey, DROP CONSTRAINT invoice_run_id_fkey;
ALTER TABLE invoice_line DROP CONSTRAINT invoice_line_invoice_id_fkey;
ALTER TABLE invoice_coverage DROP CONSTRAINT invoice_coverage_invoice_id_fkey, DROP CONSTRAINT invoice_coverage_contract_id_fkey;
ALTER TABLE billing_job DROP CONSTRAINT billing_job_contract_id_fkey, DROP CONSTRAINT billing_job_run_id_fkey;
CREATE TRIGGER invoice_checked AFTER INSERT ON invoice REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION check_invoices();
CREATE TRIGGER invoice_line_checked AFTER INSERT ON invoice_line REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION check_invoice_lines();
CREATE TRIGGER invoice_coverage_checked AFTER INSERT ON invoice_coverage REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION check_invoice_coverage();
CREATE TRIGGER billing_job_checked AFTER INSERT ON billing_job REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION check_billing_jobs();
CREATE TRIGGER billing_job_stays BEFORE UPDATE OF run_id, contract_id ON billing_job FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What bills and their runs refer to.
CREATE FUNCTION refuse_loss_of_billed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    lost boolean;
BEGIN
    -- Whoever writes bills now is waited for and seen; whoever comes later finds what is gone.
    LOCK TABLE billing_job, invoice, invoice_coverage IN SHARE ROW EXCLUSIVE MODE;
    IF TG_OP = 'TRUNCATE' THEN
        lost := EXISTS (SELECT FROM billing_job) OR EXISTS (SELECT FROM invoice);
    ELSIF TG_TABLE_NAME = 'contract' THEN
        lost := EXISTS (SELECT FROM gone g JOIN billing_job j ON j.contract_id = g.id)
            OR EXISTS (SELECT FROM gone g JOIN invoice i ON i.contract_id = g.id)
            OR EXISTS (SELECT FROM gone g JOIN invoice_coverage v ON v.contract_id = g.id);
    ELSIF TG_TABLE_NAME = 'account' THEN
        lost := EXISTS (SELECT FROM gone g JOIN invoice i ON i.account_id = g.id);
    ELSE
        lost := EXISTS (SELECT FROM gone g JOIN billing_job j ON j.run_id = g.id)
            OR EXISTS (SELECT FROM gone g JOIN invoice i ON i.run_id = g.id);
    END IF;
    IF lost THEN
        RAISE EXCEPTION 'bills refer to what would be gone from %', TG_TABLE_NAME USING ERRCODE = 'foreign_key_violation', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['contract', 'account', 'billing_run'] LOOP
        EXECUTE format('CREATE TRIGGER %I AFTER DELETE ON %I REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION refuse_loss_of_billed()',
                       name || '_billed_stays', name);
        EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_loss_of_billed()',
                       name || '_never_emptied', name);
        EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OF id ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
                       name || '_stays_itself', name);
    END LOOP;
END $$;

-- Hardly ever is anything on hold: that is asked first, and the rest in order of what there is least of.
CREATE OR REPLACE FUNCTION refuse_bill_on_hold() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong record;
BEGIN
    IF NOT EXISTS (SELECT FROM billing_hold WHERE lifted_at IS NULL) THEN RETURN NULL; END IF;
    SELECT i.number, h.reason INTO wrong FROM written w JOIN invoice i ON i.id = w.invoice_id JOIN contract c ON c.id = w.contract_id
        JOIN billing_hold h ON h.lifted_at IS NULL
            AND (h.contract_number = w.contract_number OR h.account_id IN (i.account_id, c.account_id)) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'bill % is on hold', wrong.number USING ERRCODE = 'ZW102', DETAIL = wrong.reason;
    END IF;
    RETURN NULL;
END $$;

-- Corrections are few among bills: each is looked at for itself, so that no bill has to be.
DROP TRIGGER invoice_not_on_hold ON invoice;
CREATE OR REPLACE FUNCTION refuse_correction_on_hold() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong record;
BEGIN
    SELECT h.reason INTO wrong FROM billing_hold h
        WHERE h.lifted_at IS NULL AND (h.contract_number = NEW.contract_number OR h.account_id = NEW.account_id) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'correction % is on hold', NEW.number USING ERRCODE = 'ZW102', DETAIL = wrong.reason;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER invoice_not_on_hold AFTER INSERT ON invoice FOR EACH ROW WHEN (NEW.type = 'correction')
    EXECUTE FUNCTION refuse_correction_on_hold();

-- Where a meter hung is asked for each bill; the only index was the tree of days that keeps it from hanging twice, five times as slow.
CREATE INDEX installation_meter ON installation (meter_id);

-- Bills are chained (0041) when their transaction ends, not when they are written: the chain is locked until the end, and pages of a run
-- that are written at the same time would wait for each other all the while. One row for a statement stands in for its bills until then.
-- None outlives its transaction, so nothing of the table has to be logged.
CREATE UNLOGGED TABLE document_link_due (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    documents bigint[] NOT NULL,
    leaves    bytea NOT NULL
);
GRANT SELECT, INSERT, DELETE ON document_link_due TO zaehlwerk_app;
CREATE OR REPLACE FUNCTION chain_invoices() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO document_link_due (documents, leaves)
    SELECT array_agg(w.id ORDER BY w.id), string_agg(invoice_leaf(w.id, w.number, w.run_id, w.author, w.reason, w.recorded_at,
        w.document_sha256, w.xml_sha256), ''::bytea ORDER BY w.id) FROM written w HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE FUNCTION chain_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM chain_documents('invoice', NEW.documents, NULL, NEW.leaves);
    DELETE FROM document_link_due WHERE id = NEW.id;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER document_link_due_at_end AFTER INSERT ON document_link_due DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION chain_due();
