-- 0005: what was published, what was billed, and why: tariff files, billing runs, invoices with their inputs.
--
-- A published tariff is the bytes of its file: they never change, bill lines point to their hash, and the inputs of a bill
-- plus the files they name compute the same bill again. An invoice never changes either; the only thing that can happen to
-- it is to be named by the document that takes it back.

CREATE TABLE tariff_file (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    path         text NOT NULL CHECK (length(path) BETWEEN 1 AND 200),
    kind         text NOT NULL CHECK (kind IN ('tariff', 'series', 'vat', 'supplier')),
    sha256       bytea NOT NULL CHECK (sha256 = sha256(body)),
    body         bytea NOT NULL,
    published_at timestamptz NOT NULL,
    published_by text NOT NULL,
    UNIQUE (path, sha256)
);
-- A tariff version is published once; a series grows, and each state of it that a bill used is kept.
CREATE UNIQUE INDEX tariff_file_once ON tariff_file (path) WHERE kind = 'tariff';
CREATE INDEX tariff_file_hash ON tariff_file (sha256);

-- Numbers are drawn in the transaction that uses them, late and for a whole page: a rollback loses none.
CREATE TABLE number_circle (
    circle text PRIMARY KEY,
    next   bigint NOT NULL CHECK (next > 0)
);
INSERT INTO number_circle (circle, next) VALUES ('invoice', 400001), ('run', 1);

CREATE TABLE billing_run (
    id            bigint PRIMARY KEY,
    number        text NOT NULL UNIQUE CHECK (number ~ '^L-[0-9]{2,18}$'),
    cycle         text NOT NULL,
    period        daterange NOT NULL CHECK (NOT isempty(period) AND NOT lower_inf(period) AND NOT upper_inf(period)),
    is_simulation boolean NOT NULL,
    state         text NOT NULL CHECK (state IN ('running', 'finished')),
    started_at    timestamptz NOT NULL,
    finished_at   timestamptz,
    author        text NOT NULL,
    CHECK ((state = 'finished') = (finished_at IS NOT NULL))
);
-- Two starts of one run are one run.
CREATE UNIQUE INDEX billing_run_once ON billing_run (cycle, period) WHERE NOT is_simulation;

-- The work of a run. A worker's lease is its row lock: it ends with the transaction that writes the bills, or with the
-- connection of a worker that was killed. There is no clock to wait for.
CREATE TABLE billing_job (
    run_id       bigint NOT NULL REFERENCES billing_run,
    contract_id  bigint NOT NULL REFERENCES contract,
    period       daterange NOT NULL CHECK (NOT isempty(period)),
    state        text NOT NULL CHECK (state IN ('open', 'billed', 'held', 'simulated')),
    invoice_id   bigint,
    net_cents    bigint NOT NULL DEFAULT 0,
    tax_cents    bigint NOT NULL DEFAULT 0,
    gross_cents  bigint NOT NULL DEFAULT 0,
    problem_code text,
    problem_text text,
    PRIMARY KEY (run_id, contract_id),
    CHECK ((state = 'held') = (problem_code IS NOT NULL)),
    CHECK ((state = 'billed') = (invoice_id IS NOT NULL))
);
CREATE INDEX billing_job_open ON billing_job (run_id, contract_id) WHERE state = 'open';
CREATE INDEX billing_job_held ON billing_job (run_id, contract_id) WHERE state = 'held';

CREATE TABLE invoice (
    id                bigint PRIMARY KEY,
    number            text NOT NULL UNIQUE CHECK (number ~ '^R-[0-9]{2,18}$'),
    type              text NOT NULL CHECK (type IN ('invoice', 'cancellation')),
    run_id            bigint REFERENCES billing_run,
    contract_id       bigint NOT NULL REFERENCES contract,
    -- A contract whose terms change gets another row under the same number: the number is what must not be billed twice.
    contract_number   text NOT NULL,
    account_id        bigint NOT NULL REFERENCES account,
    commodity         text NOT NULL CHECK (commodity IN ('electricity', 'gas', 'water', 'heat')),
    kind              text NOT NULL CHECK (kind IN ('annual', 'monthly', 'interim', 'final')),
    period            daterange NOT NULL CHECK (NOT isempty(period) AND NOT lower_inf(period) AND NOT upper_inf(period)),
    issued_on         date NOT NULL,
    due_on            date NOT NULL CHECK (due_on >= issued_on + 14),
    net_cents         bigint NOT NULL,
    tax_cents         bigint NOT NULL,
    gross_cents       bigint NOT NULL,
    due_cents         bigint NOT NULL,
    consumption_micro bigint,
    consumption_unit  text,
    journal_entry_id  bigint REFERENCES journal_entry,
    cancels           bigint UNIQUE REFERENCES invoice,
    cancelled_by      bigint UNIQUE REFERENCES invoice DEFERRABLE INITIALLY DEFERRED,
    -- Canonical JSON as handed out, its hash, and the inputs it was computed from.
    document          bytea NOT NULL,
    document_sha256   bytea NOT NULL CHECK (document_sha256 = sha256(document)),
    inputs            bytea NOT NULL,
    author            text NOT NULL,
    reason            text,
    recorded_at       timestamptz NOT NULL,
    CHECK (net_cents + tax_cents = gross_cents),
    CHECK ((type = 'cancellation') = (cancels IS NOT NULL)),
    CHECK (type = 'invoice' OR reason IS NOT NULL),
    CHECK (cancelled_by IS NULL OR type = 'invoice'),
    CHECK ((consumption_micro IS NULL) = (consumption_unit IS NULL)),
    -- Nobody pays twice for one day, unless the first bill was taken back.
    CONSTRAINT invoice_period_once EXCLUDE USING gist (contract_number WITH =, period WITH &&)
        WHERE (type = 'invoice' AND cancelled_by IS NULL)
);
CREATE INDEX invoice_account ON invoice (account_id, id);
CREATE INDEX invoice_run ON invoice (run_id, id);

CREATE TABLE invoice_line (
    invoice_id       bigint NOT NULL REFERENCES invoice,
    position         smallint NOT NULL CHECK (position > 0),
    component        text NOT NULL,
    service          text NOT NULL CHECK (service IN ('electricity', 'gas', 'water', 'wastewater', 'rainwater', 'heat')),
    period           daterange NOT NULL CHECK (NOT isempty(period)),
    quantity_micro   bigint,
    unit             text,
    price_e8         bigint,
    amount_cents     bigint NOT NULL,
    -- Basis points; null: outside of tax.
    tax_basis_points integer,
    tariff_sha256    bytea NOT NULL,
    PRIMARY KEY (invoice_id, position)
);
COMMENT ON COLUMN invoice_line.price_e8 IS 'euros per unit in 10^-8; null where a line has several prices';

CREATE FUNCTION refuse_change_of_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.cancelled_by IS NULL AND NEW.cancelled_by IS NOT NULL
       AND to_jsonb(NEW) - 'cancelled_by' = to_jsonb(OLD) - 'cancelled_by' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'an issued invoice never changes; cancel it by another document' USING ERRCODE = 'ZW101', DETAIL = OLD.number;
END $$;
CREATE TRIGGER invoice_never_changes BEFORE UPDATE OR DELETE ON invoice FOR EACH ROW EXECUTE FUNCTION refuse_change_of_invoice();

CREATE TRIGGER invoice_line_never_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON invoice_line FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER invoice_never_emptied BEFORE TRUNCATE ON invoice FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tariff_file_never_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON tariff_file FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

GRANT SELECT, INSERT ON tariff_file, invoice, invoice_line TO zaehlwerk_app;
GRANT UPDATE (cancelled_by) ON invoice TO zaehlwerk_app;
GRANT SELECT, INSERT, UPDATE ON number_circle, billing_run, billing_job TO zaehlwerk_app;
