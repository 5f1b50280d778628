-- 0019: the papers of instalment requests.
--
-- A request is drawn when it is first wanted, all its faces at once (e-invoice, German and English paper), and kept: address, supplier
-- and plan change, and what was sent must be there as it was sent. A letter about a plan asks for nothing and is drawn each time.

CREATE TABLE instalment_document (
    instalment_id bigint NOT NULL REFERENCES instalment,
    kind          text NOT NULL CHECK (kind ~ '^(xml|pdf\.[a-z]{2})$'),
    body          bytea NOT NULL,
    sha256        bytea NOT NULL CHECK (sha256 = sha256(body)),
    recorded_at   timestamptz NOT NULL,
    PRIMARY KEY (instalment_id, kind)
);
ALTER TABLE instalment_document ALTER COLUMN body SET STORAGE EXTERNAL;

CREATE TRIGGER instalment_document_never_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON instalment_document
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

GRANT SELECT, INSERT ON instalment_document TO zaehlwerk_app;
