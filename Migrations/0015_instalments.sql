-- 0015: what customers pay in advance: plans, requests, and which bill set which of them off.
--
-- A request is a receivable against prepayments, never revenue; its tax is booked with it and never computed again from a sum
-- (§ 14(5) UStG). A bill sets off what was paid and withdraws what was not. Plans and requests never change; a new plan follows.

CREATE TABLE instalment_plan (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    contract_id     bigint NOT NULL REFERENCES contract,
    contract_number text NOT NULL,
    account_id      bigint NOT NULL REFERENCES account,
    yearly_cents    bigint NOT NULL CHECK (yearly_cents > 0),
    count           smallint NOT NULL CHECK (count BETWEEN 1 AND 12),
    step_cents      bigint NOT NULL CHECK (step_cents > 0),
    -- The bill it follows; null: agreed.
    invoice_id      bigint REFERENCES invoice,
    created_at      timestamptz NOT NULL,
    created_by      text NOT NULL,
    -- Another plan took its place, or the contract was billed for the last time.
    ended_at        timestamptz
);
CREATE UNIQUE INDEX instalment_plan_current ON instalment_plan (contract_number) WHERE ended_at IS NULL;

CREATE TABLE instalment (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    plan_id         bigint NOT NULL REFERENCES instalment_plan,
    contract_number text NOT NULL,
    account_id      bigint NOT NULL REFERENCES account,
    due_on          date NOT NULL,
    gross_cents     bigint NOT NULL CHECK (gross_cents > 0),
    tax_cents       bigint NOT NULL CHECK (tax_cents BETWEEN 0 AND gross_cents),
    -- [{rate (basis points; null: outside), gross, tax}] in cents, as booked.
    shares          jsonb NOT NULL,
    state           text NOT NULL CHECK (state IN ('planned', 'requested', 'withdrawn')),
    number          text UNIQUE CHECK (number ~ '^AB-[0-9]{2,18}$'),
    requested_on    date,
    requested_by    text,
    entry_id        bigint REFERENCES journal_entry,
    -- What was not paid when the bill came, and was taken back.
    withdrawn_cents bigint NOT NULL DEFAULT 0 CHECK (withdrawn_cents BETWEEN 0 AND gross_cents),
    CHECK ((number IS NULL) = (entry_id IS NULL) AND (number IS NULL) = (requested_on IS NULL)),
    CHECK (state <> 'requested' OR number IS NOT NULL),
    UNIQUE (plan_id, due_on)
);
CREATE INDEX instalment_due ON instalment (due_on, id) WHERE state = 'planned';
CREATE INDEX instalment_contract ON instalment (contract_number, due_on);
CREATE INDEX instalment_account ON instalment (account_id, due_on);

CREATE TABLE invoice_instalment (
    invoice_id    bigint NOT NULL REFERENCES invoice,
    instalment_id bigint NOT NULL REFERENCES instalment,
    paid_on       date NOT NULL,
    gross_cents   bigint NOT NULL,
    tax_cents     bigint NOT NULL,
    shares        jsonb NOT NULL,
    PRIMARY KEY (invoice_id, instalment_id)
);
CREATE INDEX invoice_instalment_which ON invoice_instalment (instalment_id);

INSERT INTO number_circle (circle, next) VALUES ('instalment', 600001);

GRANT SELECT, INSERT, UPDATE ON instalment_plan, instalment TO zaehlwerk_app;
GRANT SELECT, INSERT ON invoice_instalment TO zaehlwerk_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO zaehlwerk_app;
