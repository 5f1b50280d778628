-- 0014: bills that would come out differently by now, and what a person decides about them.
--
-- A late reading or a corrected price makes a bill stale. What is right is computed and compared; a difference is a proposal,
-- never a document by itself. The same difference is proposed once: a second search, or one after it was dismissed, finds it here.

CREATE TABLE correction (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    invoice_id    bigint NOT NULL REFERENCES invoice,
    account_id    bigint NOT NULL REFERENCES account,
    state         text NOT NULL CHECK (state IN ('proposed', 'released', 'dismissed', 'superseded')),
    cause         text NOT NULL CHECK (cause IN ('readings', 'tariff', 'readings-and-tariff')),
    -- What the right bill is computed from, and the documents whose lines it takes back.
    inputs        bytea NOT NULL,
    inputs_sha256 bytea NOT NULL CHECK (inputs_sha256 = sha256(inputs)),
    -- What was billed and what is right, gross; the difference by net and tax.
    billed_cents  bigint NOT NULL,
    right_cents   bigint NOT NULL,
    net_cents     bigint NOT NULL,
    tax_cents     bigint NOT NULL,
    found_at      timestamptz NOT NULL,
    found_by      text NOT NULL,
    decided_at    timestamptz,
    decided_by    text,
    reason        text,
    method        text CHECK (method IN ('difference', 'rebill')),
    document_id   bigint REFERENCES invoice,
    CHECK ((state IN ('released', 'dismissed')) = (decided_at IS NOT NULL AND decided_by IS NOT NULL AND reason IS NOT NULL)),
    CHECK ((state = 'released') = (document_id IS NOT NULL AND method IS NOT NULL)),
    UNIQUE (invoice_id, inputs_sha256)
);
CREATE UNIQUE INDEX correction_proposed_once ON correction (invoice_id) WHERE state = 'proposed';
CREATE INDEX correction_worklist ON correction (state, id);
CREATE INDEX correction_account ON correction (account_id, id);

GRANT SELECT, INSERT, UPDATE ON correction TO zaehlwerk_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO zaehlwerk_app;
