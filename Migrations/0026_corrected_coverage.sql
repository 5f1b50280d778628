-- 0026: what a correction says of each contract on a collective bill.
--
-- The bill of a year is compared with that of the year before as it stands corrected. A correction of one contract says in its own
-- row what was used and what the difference is; a correction of several says it only of the whole, so it is kept here by contract.

CREATE TABLE corrected_coverage (
    -- The correction.
    invoice_id        bigint NOT NULL REFERENCES invoice,
    contract_id       bigint NOT NULL REFERENCES contract,
    -- The days of the bill that is corrected.
    period            daterange NOT NULL CHECK (NOT isempty(period)),
    -- As corrected, in the unit of the bill.
    consumption_micro bigint,
    -- The difference.
    gross_cents       bigint NOT NULL,
    PRIMARY KEY (invoice_id, contract_id, period)
);
CREATE TRIGGER corrected_coverage_never_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON corrected_coverage
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
GRANT SELECT, INSERT ON corrected_coverage TO zaehlwerk_app;
