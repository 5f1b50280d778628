-- 0010: how a writer of readings learns that somebody else has written since it looked.
--
-- The ingest keeps the end of each series in memory (its last day, its last reading), because asking for it was half of
-- PostgreSQL's work for each message. Memory is only as good as the knowledge that nobody wrote past it: another server,
-- an import beside it, a person with psql. Every statement that touches the values raises a counter in its own
-- transaction, so that counter and values become visible together; whoever remembers reads the counters first.
--
-- One counter would be a row that all writers wait for. Backends spread over 32 rows, and a transaction raises its row once.

CREATE TABLE reading_epoch (
    slot       integer PRIMARY KEY CHECK (slot BETWEEN 0 AND 31),
    epoch      bigint NOT NULL,
    changed_by xid8 NOT NULL
) WITH (fillfactor = 20, autovacuum_vacuum_threshold = 10000);
INSERT INTO reading_epoch (slot, epoch, changed_by) SELECT slot, 0, '0' FROM generate_series(0, 31) AS s (slot);
COMMENT ON COLUMN reading_epoch.slot IS 'pg_backend_pid() & 31 of who wrote';
COMMENT ON COLUMN reading_epoch.epoch IS 'how many transactions of this slot changed day_block or register_reading';

-- As its owner: the service may not write epochs, only cause them.
CREATE FUNCTION raise_reading_epoch() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    UPDATE reading_epoch SET epoch = epoch + 1, changed_by = pg_current_xact_id()
    WHERE slot = pg_backend_pid() & 31 AND changed_by <> pg_current_xact_id();
    RETURN NULL;
END $$;
CREATE TRIGGER day_block_epoch AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON day_block
    FOR EACH STATEMENT EXECUTE FUNCTION raise_reading_epoch();
CREATE TRIGGER register_reading_epoch AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON register_reading
    FOR EACH STATEMENT EXECUTE FUNCTION raise_reading_epoch();
GRANT SELECT ON reading_epoch TO zaehlwerk_app;
