-- 0011: the paper a customer got.
--
-- A PDF is drawn from the invoice when it is first wanted, and kept: fonts and libraries change, and what was sent must be there as it
-- was sent. Beside it stands the hash of the e-invoice it was drawn with, so that `verify` can say whether paper, XML and
-- invoice still agree. PDFs are compressed inside, so PostgreSQL need not try.

CREATE TABLE invoice_document (
    invoice_id  bigint NOT NULL REFERENCES invoice,
    kind        text NOT NULL CHECK (kind ~ '^pdf\.[a-z]{2}$'),
    body        bytea NOT NULL,
    sha256      bytea NOT NULL CHECK (sha256 = sha256(body)),
    xml_sha256  bytea NOT NULL CHECK (length(xml_sha256) = 32),
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (invoice_id, kind)
);
ALTER TABLE invoice_document ALTER COLUMN body SET STORAGE EXTERNAL;

CREATE TRIGGER invoice_document_never_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON invoice_document
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

GRANT SELECT, INSERT ON invoice_document TO zaehlwerk_app;
