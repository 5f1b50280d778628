-- 0013: what a bill covers, what is kept back and why, and what a person has put on hold.
--
-- A bill may cover several contracts of an account (Sammelrechnung) and several stretches of one contract whose terms changed
-- inside the year. What must not be billed twice is therefore a day of a contract on any bill, and stands in a table of its own.

ALTER TABLE invoice DROP CONSTRAINT invoice_period_once;
CREATE TABLE invoice_coverage (
    invoice_id      bigint NOT NULL REFERENCES invoice,
    contract_id     bigint NOT NULL REFERENCES contract,
    contract_number text NOT NULL,
    period          daterange NOT NULL CHECK (NOT isempty(period) AND NOT lower_inf(period) AND NOT upper_inf(period)),
    -- Not taken back. The only thing that changes here, and only once.
    is_standing     boolean NOT NULL DEFAULT true,
    -- Of this contract, where the bill has several: what next year is compared with.
    consumption_micro bigint,
    consumption_unit  text,
    gross_cents       bigint,
    PRIMARY KEY (invoice_id, contract_id),
    CHECK ((consumption_micro IS NULL) = (consumption_unit IS NULL) AND (consumption_micro IS NULL) = (gross_cents IS NULL)),
    -- Nobody pays twice for one day, unless the first bill was taken back.
    CONSTRAINT invoice_period_once EXCLUDE USING gist (contract_number WITH =, period WITH &&) WHERE (is_standing)
);
INSERT INTO invoice_coverage (invoice_id, contract_id, contract_number, period, is_standing)
    SELECT id, contract_id, contract_number, period, cancelled_by IS NULL FROM invoice WHERE type = 'invoice';
CREATE INDEX invoice_coverage_contract ON invoice_coverage (contract_id) WHERE is_standing;

CREATE FUNCTION refuse_change_of_coverage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.is_standing AND NOT NEW.is_standing
       AND to_jsonb(NEW) - 'is_standing' = to_jsonb(OLD) - 'is_standing' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'what a bill covers never changes; cancel it by another document' USING ERRCODE = 'ZW101', DETAIL = OLD.invoice_id;
END $$;
CREATE TRIGGER invoice_coverage_never_changes BEFORE UPDATE OR DELETE ON invoice_coverage FOR EACH ROW
    EXECUTE FUNCTION refuse_change_of_coverage();

-- A correction charges the difference to a bill that stands (BT-25): it covers no days of its own.
ALTER TABLE invoice ADD COLUMN corrects bigint REFERENCES invoice;
ALTER TABLE invoice DROP CONSTRAINT invoice_type_check, ADD CONSTRAINT invoice_type_check CHECK (type IN ('invoice', 'cancellation', 'correction'));
ALTER TABLE invoice DROP CONSTRAINT invoice_kind_check,
    ADD CONSTRAINT invoice_kind_check CHECK (kind IN ('annual', 'monthly', 'interim', 'final', 'correction'));
ALTER TABLE invoice DROP CONSTRAINT invoice_check4, DROP CONSTRAINT invoice_check5;
ALTER TABLE invoice ADD CONSTRAINT invoice_says_why CHECK (type <> 'cancellation' OR reason IS NOT NULL),
    ADD CONSTRAINT invoice_cancelled_once CHECK (cancelled_by IS NULL OR type <> 'cancellation'),
    ADD CONSTRAINT invoice_corrects CHECK ((type = 'correction') = (corrects IS NOT NULL AND type <> 'cancellation'));
CREATE INDEX invoice_corrects_which ON invoice (corrects) WHERE corrects IS NOT NULL;

-- One paper for all contracts of the account that a run bills.
ALTER TABLE account ADD COLUMN collective_invoice boolean NOT NULL DEFAULT false;

-- Jobs that become one bill; the least of their contracts leads them.
ALTER TABLE billing_job ADD COLUMN group_id bigint;
ALTER TABLE billing_job ADD COLUMN notices jsonb;
UPDATE billing_job SET group_id = contract_id;
ALTER TABLE billing_job ALTER COLUMN group_id SET NOT NULL;
DROP INDEX billing_job_open;
CREATE INDEX billing_job_open ON billing_job (run_id, group_id, contract_id) WHERE state = 'open';
COMMENT ON COLUMN billing_job.notices IS 'what the checks said without holding the bill';
GRANT DELETE ON billing_job TO zaehlwerk_app;

-- Bills that were computed and not issued, and contracts that gave no bill: a worklist across runs.
CREATE TABLE held_invoice (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id          bigint NOT NULL REFERENCES billing_run,
    contract_id     bigint NOT NULL REFERENCES contract,
    contract_number text NOT NULL,
    account_id      bigint NOT NULL REFERENCES account,
    period          daterange NOT NULL CHECK (NOT isempty(period)),
    state           text NOT NULL CHECK (state IN ('held', 'released', 'issued', 'withdrawn')),
    -- [{code, text}], never empty.
    reasons         jsonb NOT NULL CHECK (jsonb_array_length(reasons) > 0),
    -- The draft, if it came to one: its inputs compute it again.
    inputs          bytea,
    inputs_sha256   bytea,
    net_cents       bigint,
    tax_cents       bigint,
    gross_cents     bigint,
    due_cents       bigint,
    held_at         timestamptz NOT NULL,
    released_at     timestamptz,
    released_by     text,
    release_reason  text,
    invoice_id      bigint REFERENCES invoice,
    CHECK ((inputs IS NULL) = (inputs_sha256 IS NULL) AND (inputs IS NULL) = (gross_cents IS NULL)),
    CHECK (state <> 'released' OR (released_by IS NOT NULL AND release_reason IS NOT NULL AND inputs IS NOT NULL)),
    CHECK ((state = 'issued') = (invoice_id IS NOT NULL))
);
CREATE UNIQUE INDEX held_invoice_once ON held_invoice (run_id, contract_id) WHERE state IN ('held', 'released');
CREATE INDEX held_invoice_worklist ON held_invoice (state, id);

-- What a person has stopped (Rechnungssperre): a contract or all of an account.
CREATE TABLE billing_hold (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    contract_number text,
    account_id      bigint REFERENCES account,
    reason          text NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    held_by         text NOT NULL,
    held_at         timestamptz NOT NULL,
    lifted_by       text,
    lifted_at       timestamptz,
    lift_reason     text,
    CHECK ((contract_number IS NULL) <> (account_id IS NULL)),
    CHECK ((lifted_at IS NULL) = (lifted_by IS NULL) AND (lifted_at IS NULL) = (lift_reason IS NULL))
);
CREATE UNIQUE INDEX billing_hold_contract ON billing_hold (contract_number) WHERE lifted_at IS NULL AND contract_number IS NOT NULL;
CREATE UNIQUE INDEX billing_hold_account ON billing_hold (account_id) WHERE lifted_at IS NULL AND account_id IS NOT NULL;

-- The second guard: whatever the program believes, nothing on hold is issued. A hold and a bill both lock the account first, so
-- one of them sees the other.
CREATE FUNCTION refuse_bill_on_hold() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong record;
BEGIN
    SELECT i.number, h.reason INTO wrong FROM written w JOIN invoice i ON i.id = w.invoice_id JOIN contract c ON c.id = w.contract_id
        JOIN billing_hold h ON h.lifted_at IS NULL
            AND (h.contract_number = w.contract_number OR h.account_id IN (i.account_id, c.account_id)) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'bill % is on hold', wrong.number USING ERRCODE = 'ZW102', DETAIL = wrong.reason;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER invoice_coverage_not_on_hold AFTER INSERT ON invoice_coverage REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_bill_on_hold();
CREATE FUNCTION refuse_correction_on_hold() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong record;
BEGIN
    SELECT w.number, h.reason INTO wrong FROM written w
        JOIN billing_hold h ON h.lifted_at IS NULL AND (h.contract_number = w.contract_number OR h.account_id = w.account_id)
        WHERE w.type = 'correction' LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'correction % is on hold', wrong.number USING ERRCODE = 'ZW102', DETAIL = wrong.reason;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER invoice_not_on_hold AFTER INSERT ON invoice REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_correction_on_hold();

-- Rates of the second half of 2020, which corrections still need.
INSERT INTO general_ledger_account (number, name, english_name, kind, normal_side, skr03, skr04) VALUES
    (1712, 'Erhaltene Anzahlungen 5 % USt', 'Prepayments received, VAT 5 %', 'prepayment', 'credit', 1712, 3261),
    (1717, 'Erhaltene Anzahlungen 16 % USt', 'Prepayments received, VAT 16 %', 'prepayment', 'credit', 1717, 3270),
    (1773, 'Umsatzsteuer 5 %', 'VAT 5 %', 'tax', 'credit', 1773, 3803),
    (1775, 'Umsatzsteuer 16 %', 'VAT 16 %', 'tax', 'credit', 1775, 3805),
    (8360, 'Erlöse Strom 5 % USt', 'Revenue electricity VAT 5 %', 'revenue', 'credit', 8360, 4360),
    (8370, 'Erlöse Gas 5 % USt', 'Revenue gas VAT 5 %', 'revenue', 'credit', 8370, 4370),
    (8380, 'Erlöse Wasser 5 % USt', 'Revenue water VAT 5 %', 'revenue', 'credit', 8380, 4380),
    (8390, 'Erlöse Wärme 5 % USt', 'Revenue heat VAT 5 %', 'revenue', 'credit', 8390, 4390),
    (8460, 'Erlöse Strom 16 % USt', 'Revenue electricity VAT 16 %', 'revenue', 'credit', 8460, 4460),
    (8470, 'Erlöse Gas 16 % USt', 'Revenue gas VAT 16 %', 'revenue', 'credit', 8470, 4470),
    (8480, 'Erlöse Wasser 16 % USt', 'Revenue water VAT 16 %', 'revenue', 'credit', 8480, 4480),
    (8490, 'Erlöse Wärme 16 % USt', 'Revenue heat VAT 16 %', 'revenue', 'credit', 8490, 4490);

GRANT SELECT, INSERT ON invoice_coverage TO zaehlwerk_app;
GRANT UPDATE (is_standing) ON invoice_coverage TO zaehlwerk_app;
GRANT SELECT, INSERT, UPDATE ON held_invoice, billing_hold TO zaehlwerk_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO zaehlwerk_app;
