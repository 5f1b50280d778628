-- A formula was ended in place when another began, and what had been known before could no longer be read. Of the formulas of a
-- day the one that became known last counts; none is changed any more.
DO $$ DECLARE name text; BEGIN
    SELECT conname INTO STRICT name FROM pg_constraint WHERE conrelid = 'virtual_formula'::regclass AND contype = 'x';
    EXECUTE format('ALTER TABLE virtual_formula DROP CONSTRAINT %I', name);
END $$;
CREATE INDEX virtual_formula_series ON virtual_formula (metering_point_id, obis, known_since);
REVOKE UPDATE ON virtual_formula FROM zaehlwerk_app;
COMMENT ON COLUMN virtual_formula.valid IS 'the days it was said for; those of a later known formula of the series are not its own';
