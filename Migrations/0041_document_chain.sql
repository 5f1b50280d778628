-- 0041: what was issued and drawn is chained, as the journal is: a bill, a paper or a clearing that is gone or was exchanged together
-- with its own hash is found all the same.
--
-- Bills, their papers and the papers of instalment requests get a link in the statement that writes them. For bills that costs no
-- waiting: whoever issues holds the circle of numbers until the end of the transaction anyhow. Papers wait for each other for the moment
-- in which they are kept, and never while they are drawn. Clearings are written by many at once and are therefore sealed afterwards,
-- like journal entries, by the same sealer.
--
-- What was there before this migration is chained as it stands now: that it was not changed earlier is not said.

CREATE TABLE document_link (
    -- Bills, papers of bills, papers of instalment requests: three chains, since who waits for a bill's row must not hold up who issues.
    chain     text NOT NULL CHECK (chain IN ('invoice', 'paper', 'request')),
    number    bigint NOT NULL CHECK (number > 0),
    previous  bytea NOT NULL CHECK (length(previous) = 32),
    hash      bytea NOT NULL CHECK (length(hash) = 32),
    -- Rows of invoice or instalment; of a paper with its kind.
    documents bigint[] NOT NULL CHECK (cardinality(documents) > 0),
    kinds     text[],
    leaves    bytea NOT NULL CHECK (length(leaves) = 32 * cardinality(documents)),
    PRIMARY KEY (chain, number),
    CHECK (CASE WHEN chain = 'invoice' THEN kinds IS NULL ELSE coalesce(cardinality(kinds) = cardinality(documents), false) END)
);
ALTER TABLE document_link ALTER COLUMN leaves SET STORAGE EXTERNAL;
COMMENT ON TABLE document_link IS 'hash = SHA-256 of the hash before, the number, the count (8 bytes each) and the SHA-256 of the leaves';
CREATE TRIGGER document_link_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON document_link
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION lock_document_chain(chain text) RETURNS void LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock(7236003, CASE chain WHEN 'invoice' THEN 1 WHEN 'paper' THEN 2 ELSE 3 END)
$$;

-- The next link. Two at once come one after the other: the second reads what the first has committed.
CREATE FUNCTION chain_documents(of_chain text, ids bigint[], of_kinds text[], hashes bytea) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    last record;
    place bigint;
    prior bytea;
BEGIN
    PERFORM lock_document_chain(of_chain);
    SELECT l.number, l.hash INTO last FROM document_link l WHERE l.chain = of_chain ORDER BY l.number DESC LIMIT 1;
    place := coalesce(last.number, 0) + 1;
    prior := coalesce(last.hash, decode(repeat('00', 32), 'hex'));
    INSERT INTO document_link (chain, number, previous, hash, documents, kinds, leaves)
    VALUES (of_chain, place, prior, sha256(prior || int8send(place) || int8send(cardinality(ids)::bigint) || sha256(hashes)), ids, of_kinds,
            hashes);
END $$;

-- Of a bill what cannot be computed again from its inputs, and the hashes of what went out.
CREATE FUNCTION invoice_leaf(
    id bigint, number text, run_id bigint, author text, reason text, recorded_at timestamptz, document_sha256 bytea, xml_sha256 bytea
) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(document_sha256 || coalesce(xml_sha256, ''::bytea) || convert_to(concat_ws('|', id, number, coalesce(run_id, 0), author,
        coalesce(reason, ''), (extract(epoch FROM recorded_at) * 1000000)::bigint), 'UTF8'))
$$;
CREATE FUNCTION paper_leaf(id bigint, kind text, body_sha256 bytea) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(body_sha256 || convert_to(id || '|' || kind, 'UTF8'))
$$;

DO $$
BEGIN
    PERFORM chain_documents('invoice', p.ids, NULL, p.leaves) FROM (
        SELECT array_agg(id ORDER BY id) AS ids, string_agg(leaf, ''::bytea ORDER BY id) AS leaves FROM (
            SELECT id, invoice_leaf(id, number, run_id, author, reason, recorded_at, document_sha256, xml_sha256) AS leaf,
                   (row_number() OVER (ORDER BY id) - 1) / 10000 AS page
            FROM invoice) i GROUP BY page ORDER BY page) p;
    PERFORM chain_documents('paper', p.ids, p.kinds, p.leaves) FROM (
        SELECT array_agg(id ORDER BY id, kind) AS ids, array_agg(kind ORDER BY id, kind) AS kinds,
               string_agg(leaf, ''::bytea ORDER BY id, kind) AS leaves
        FROM (SELECT invoice_id AS id, kind, paper_leaf(invoice_id, kind, sha256) AS leaf,
                     (row_number() OVER (ORDER BY invoice_id, kind) - 1) / 10000 AS page
              FROM invoice_document) d GROUP BY page ORDER BY page) p;
    PERFORM chain_documents('request', p.ids, p.kinds, p.leaves) FROM (
        SELECT array_agg(id ORDER BY id, kind) AS ids, array_agg(kind ORDER BY id, kind) AS kinds,
               string_agg(leaf, ''::bytea ORDER BY id, kind) AS leaves
        FROM (SELECT instalment_id AS id, kind, paper_leaf(instalment_id, kind, sha256) AS leaf,
                     (row_number() OVER (ORDER BY instalment_id, kind) - 1) / 10000 AS page
              FROM instalment_document) d GROUP BY page ORDER BY page) p;
END $$;

CREATE FUNCTION chain_invoices() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM chain_documents('invoice', array_agg(w.id ORDER BY w.id), NULL, string_agg(invoice_leaf(w.id, w.number, w.run_id, w.author, w.reason,
        w.recorded_at, w.document_sha256, w.xml_sha256), ''::bytea ORDER BY w.id)) FROM written w HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE TRIGGER invoice_chained AFTER INSERT ON invoice REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION chain_invoices();

-- Before the first row is written: who wrote one and then waited here would hold it against who is before him.
CREATE FUNCTION await_document_chain() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM lock_document_chain(TG_ARGV[0]);
    RETURN NULL;
END $$;
CREATE FUNCTION chain_papers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM chain_documents('paper', array_agg(w.invoice_id ORDER BY w.invoice_id, w.kind), array_agg(w.kind ORDER BY w.invoice_id, w.kind),
        string_agg(paper_leaf(w.invoice_id, w.kind, w.sha256), ''::bytea ORDER BY w.invoice_id, w.kind)) FROM written w HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE FUNCTION chain_request_papers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM chain_documents('request', array_agg(w.instalment_id ORDER BY w.instalment_id, w.kind),
        array_agg(w.kind ORDER BY w.instalment_id, w.kind),
        string_agg(paper_leaf(w.instalment_id, w.kind, w.sha256), ''::bytea ORDER BY w.instalment_id, w.kind)) FROM written w HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE TRIGGER invoice_document_awaits BEFORE INSERT ON invoice_document FOR EACH STATEMENT EXECUTE FUNCTION await_document_chain('paper');
CREATE TRIGGER invoice_document_chained AFTER INSERT ON invoice_document REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION chain_papers();
CREATE TRIGGER instalment_document_awaits BEFORE INSERT ON instalment_document
    FOR EACH STATEMENT EXECUTE FUNCTION await_document_chain('request');
CREATE TRIGGER instalment_document_chained AFTER INSERT ON instalment_document REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION chain_request_papers();

-- Clearings and their lines, sealed like journal entries.
CREATE TABLE clearing_seal (LIKE seal INCLUDING ALL);
CREATE TRIGGER clearing_seal_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON clearing_seal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

GRANT SELECT, INSERT ON document_link, clearing_seal TO zaehlwerk_app;
