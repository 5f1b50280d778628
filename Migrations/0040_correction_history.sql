-- 0040: what was decided about a correction stays told, and is decided by what is known at that moment.
--
-- A finding was one row for each difference: found again after its document was taken back, the row began anew, the decision before was
-- forgotten, and the word of the first of two people counted again. Each finding is a row of its own now, and what was decided does not
-- change any more.

UPDATE correction k SET state = 'superseded' FROM invoice i WHERE i.id = k.invoice_id AND k.state = 'proposed' AND i.cancelled_by IS NOT NULL;
-- Words that were given before the finding they stand with.
DELETE FROM correction_approval v USING correction k WHERE k.id = v.correction_id AND k.state = 'proposed' AND v.approved_at < k.found_at;

-- The document is of what was known when its inputs were read, not of when it was released.
ALTER TABLE correction ADD COLUMN known_at timestamptz;
UPDATE correction SET known_at = found_at;
ALTER TABLE correction ALTER COLUMN known_at SET NOT NULL;
COMMENT ON COLUMN correction.known_at IS 'when the facts were last seen to be those of the inputs; what became known later is not in the document';

ALTER TABLE correction DROP CONSTRAINT correction_invoice_id_inputs_sha256_key;
CREATE INDEX correction_inputs ON correction (invoice_id, inputs_sha256);
CREATE INDEX correction_document ON correction (document_id) WHERE document_id IS NOT NULL;

CREATE FUNCTION refuse_decided_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'correction % was decided: it stays as it is', OLD.id USING ERRCODE = 'ZW001', HINT = 'A new finding is a new row.';
END $$;
CREATE TRIGGER correction_decided_stays BEFORE UPDATE ON correction
    FOR EACH ROW WHEN (OLD.state IN ('released', 'dismissed')) EXECUTE FUNCTION refuse_decided_change();

-- A key acts for the person who made it.
ALTER TABLE api_key ADD COLUMN created_by text;
COMMENT ON COLUMN api_key.created_by IS 'login of who made it, or console; where two people are needed, a key is this one';
UPDATE api_key k SET created_by = (SELECT who FROM audit_log a WHERE a.command = 'key.create' AND a.object = k.prefix ORDER BY a.id LIMIT 1);
ALTER TABLE correction_approval ADD COLUMN person text;
UPDATE correction_approval SET person = coalesce(
    (SELECT created_by FROM api_key k WHERE 'key:' || k.name = approved_by ORDER BY k.id DESC LIMIT 1), approved_by);
ALTER TABLE correction_approval ALTER COLUMN person SET NOT NULL;
COMMENT ON COLUMN correction_approval.person IS 'who approved_by is: of a key the person who made it';

-- Bills that something touched and that cannot be computed from what is known now: a worklist.
CREATE TABLE unclear_bill (
    invoice_id  bigint PRIMARY KEY REFERENCES invoice,
    code        text NOT NULL,
    explanation text NOT NULL,
    found_at    timestamptz NOT NULL
);

-- Terms that came behind a bill and were looked at: the bill was computed again with them. What came of it is a correction, or nothing.
CREATE TABLE recomputed_terms (
    invoice_id  bigint NOT NULL REFERENCES invoice,
    contract_id bigint NOT NULL REFERENCES contract,
    looked_at   timestamptz NOT NULL,
    PRIMARY KEY (invoice_id, contract_id)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON unclear_bill TO zaehlwerk_app;
GRANT SELECT, INSERT ON recomputed_terms TO zaehlwerk_app;
