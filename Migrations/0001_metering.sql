-- 0001: what is measured where, by which device, and every value that was ever known.
--
-- Intervals lie in day blocks: one row per channel, local day and version, the values packed as delta varints. A row per
-- reading costs a hundred bytes and an index entry each; a block costs two to three bytes per reading and is written
-- thirty times as fast (measured). Nothing is overwritten: a later row covers the slots it names, so a single quarter
-- hour is a small row, a correction is a row, and what was known at any moment is the rows known until then.

CREATE EXTENSION IF NOT EXISTS btree_gist;

-- The role as which the service works. Roles belong to the cluster, and two databases may migrate at once.
DO $$
BEGIN
    CREATE ROLE zaehlwerk_app NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
END $$;
GRANT USAGE ON SCHEMA public TO zaehlwerk_app;

-- One row that each change of master data raises, in the changing transaction. Whoever keeps meters in memory reads it
-- first, and so sees what another process wrote the moment it was committed.
CREATE TABLE master_data_version (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    version bigint NOT NULL
);
INSERT INTO master_data_version (version) VALUES (1);

CREATE TABLE metering_point (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code           text NOT NULL UNIQUE CHECK (length(code) BETWEEN 1 AND 64),
    commodity      text NOT NULL CHECK (commodity IN ('electricity', 'gas', 'water', 'heat')),
    state          text,
    street         text,
    house          text,
    postcode       text,
    city           text,
    latitude       numeric CHECK (latitude BETWEEN -90 AND 90),
    longitude      numeric CHECK (longitude BETWEEN -180 AND 180),
    capacity_micro bigint CHECK (capacity_micro > 0),
    capacity_unit  text,
    CHECK ((capacity_micro IS NULL) = (capacity_unit IS NULL)),
    CHECK ((latitude IS NULL) = (longitude IS NULL))
);
CREATE INDEX metering_point_place ON metering_point (postcode, street, house);
COMMENT ON COLUMN metering_point.capacity_micro IS 'most that can flow (fuse, Q3, nominal flow), in 10^-6 of capacity_unit';

CREATE TABLE meter (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    serial text NOT NULL UNIQUE CHECK (length(serial) BETWEEN 1 AND 64)
);

-- A meter hangs in one place at a time. A place may hold several meters.
CREATE TABLE installation (
    meter_id          bigint NOT NULL REFERENCES meter,
    metering_point_id bigint NOT NULL REFERENCES metering_point,
    valid             daterange NOT NULL CHECK (NOT isempty(valid) AND NOT lower_inf(valid)),
    EXCLUDE USING gist (meter_id WITH =, valid WITH &&)
);
CREATE INDEX installation_point ON installation (metering_point_id);

CREATE TABLE register (
    id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    meter_id           bigint NOT NULL REFERENCES meter,
    obis               text NOT NULL,
    unit               text NOT NULL,
    resolution_seconds integer CHECK (resolution_seconds = 86400 OR (resolution_seconds BETWEEN 1 AND 3600 AND 3600 % resolution_seconds = 0)),
    UNIQUE (meter_id, obis)
);
COMMENT ON COLUMN register.resolution_seconds IS 'null: a register that is read; else a channel that delivers intervals (86400: local days)';

CREATE TABLE register_parameters (
    register_id  bigint NOT NULL REFERENCES register,
    valid_from   date NOT NULL,
    digits       smallint CHECK (digits BETWEEN 1 AND 12),
    decimals     smallint NOT NULL CHECK (decimals BETWEEN 0 AND 6),
    factor_micro bigint NOT NULL CHECK (factor_micro > 0),
    PRIMARY KEY (register_id, valid_from)
);

-- One message as received. The body is compressed (deflate); retention may empty it, the rest stays.
CREATE TABLE delivery (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source       text NOT NULL,
    message_id   text NOT NULL,
    received_at  timestamptz NOT NULL,
    format       text NOT NULL,
    content_hash bytea NOT NULL CHECK (length(content_hash) = 32),
    body         bytea,
    body_length  bigint NOT NULL CHECK (body_length >= 0),
    accepted     integer NOT NULL CHECK (accepted >= 0),
    duplicates   integer NOT NULL CHECK (duplicates >= 0),
    revised      integer NOT NULL CHECK (revised >= 0),
    rejected     integer NOT NULL CHECK (rejected >= 0),
    findings     integer NOT NULL CHECK (findings >= 0),
    quarantine   jsonb
);
ALTER TABLE delivery ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE INDEX delivery_message ON delivery (source, message_id);
CREATE INDEX delivery_received ON delivery (received_at);
CREATE INDEX delivery_quarantined ON delivery (id) WHERE quarantine IS NOT NULL;
COMMENT ON COLUMN delivery.quarantine IS 'items that were rejected: index, path, code, message, values';

-- The counts of a delivery by commodity; 'unknown' holds what no meter could be found for.
CREATE TABLE delivery_tally (
    delivery_id bigint NOT NULL,
    commodity   text NOT NULL CHECK (commodity IN ('electricity', 'gas', 'water', 'heat', 'unknown')),
    accepted    integer NOT NULL,
    duplicates  integer NOT NULL,
    revised     integer NOT NULL,
    rejected    integer NOT NULL,
    PRIMARY KEY (delivery_id, commodity)
);

-- The same message once more, byte for byte: nothing of it is kept but that it came.
CREATE TABLE delivery_repeat (
    delivery_id bigint NOT NULL REFERENCES delivery,
    received_at timestamptz NOT NULL
);
CREATE INDEX delivery_repeat_delivery ON delivery_repeat (delivery_id);
COMMENT ON COLUMN delivery_repeat.delivery_id IS 'the delivery it repeats; all of its values came as duplicates';

-- Overlays: the slots a row covers take the place of those of lower versions; a slot whose status is absent leaves what
-- lies below, a withdrawn slot has the status rejected. No foreign keys here and in register_reading: registers and
-- deliveries are never deleted, the writer has just read them, and a check per row would cost more than the row.
CREATE TABLE day_block (
    register_id bigint NOT NULL,
    known_since timestamptz NOT NULL,
    delivery_id bigint,
    day         date NOT NULL,
    version     integer NOT NULL CHECK (version > 0),
    first_slot  integer NOT NULL CHECK (first_slot >= 0),
    slots       integer NOT NULL CHECK (slots > 0),
    values      bytea NOT NULL,
    marks       bytea NOT NULL,
    author      text NOT NULL DEFAULT '',
    PRIMARY KEY (register_id, day, version)
);
-- Packed once by us: what TOAST could still save is not worth its time.
ALTER TABLE day_block ALTER COLUMN values SET STORAGE EXTERNAL;
-- Where we estimated or a person edited: few rows, asked for often.
CREATE INDEX day_block_made_here ON day_block (register_id, day) WHERE delivery_id IS NULL;
COMMENT ON COLUMN day_block.values IS 'zigzag delta varints; day_block_values(values, slots) unpacks them';
COMMENT ON COLUMN day_block.marks IS 'runs of (count, status, method, reason); day_block_marks(marks) unpacks them, the view interval_value both';
COMMENT ON COLUMN day_block.delivery_id IS 'null: made here (estimate, edit), not received';

CREATE TABLE register_reading (
    register_id bigint NOT NULL,
    at          timestamptz NOT NULL,
    known_since timestamptz NOT NULL,
    delivery_id bigint,
    value_micro bigint NOT NULL,
    version     integer NOT NULL CHECK (version > 0),
    status      smallint NOT NULL CHECK (status BETWEEN 1 AND 5),
    method      smallint NOT NULL,
    reason      smallint NOT NULL,
    author      text NOT NULL DEFAULT '',
    PRIMARY KEY (register_id, at, version)
);
COMMENT ON COLUMN register_reading.status IS '1 measured, 2 estimated, 3 substituted, 4 provisional, 5 rejected';

CREATE TABLE finding (
    id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rule              text NOT NULL,
    severity          text NOT NULL CHECK (severity IN ('event', 'warning', 'failure', 'rejection')),
    metering_point_id bigint REFERENCES metering_point,
    register_id       bigint REFERENCES register,
    from_at           timestamptz NOT NULL,
    until_at          timestamptz NOT NULL CHECK (until_at >= from_at),
    inputs            jsonb NOT NULL,
    threshold         text NOT NULL,
    explanation       text NOT NULL,
    delivery_id       bigint,
    created_at        timestamptz NOT NULL,
    state             text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'resolved')),
    resolved_at       timestamptz,
    resolved_by       text,
    resolution        text,
    CHECK ((state = 'resolved') = (resolved_at IS NOT NULL AND resolved_by IS NOT NULL AND resolution IS NOT NULL))
);
CREATE UNIQUE INDEX finding_open ON finding (rule, register_id, from_at, until_at) WHERE state = 'open';
CREATE INDEX finding_by_point ON finding (metering_point_id, id);
CREATE INDEX finding_worklist ON finding (state, id);

-- For people with psql and for reports. The program reads the bytes itself; a test holds the two against each other.

-- The values of a block in 10^-6: a byte with the power of ten they were divided by, then zigzag varints of differences.
CREATE FUNCTION day_block_values(block bytea, slots integer) RETURNS bigint[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    unit   bigint := 10::numeric ^ get_byte(block, 0);
    place  integer := 1;
    raw    bigint;
    shift  integer;
    part   integer;
    value  bigint := 0;
    result bigint[] := array_fill(0::bigint, ARRAY[slots]);
BEGIN
    FOR slot IN 1..slots LOOP
        raw := 0;
        shift := 0;
        LOOP
            part := get_byte(block, place);
            place := place + 1;
            raw := raw | ((part & 127)::bigint << shift);
            EXIT WHEN part < 128;
            shift := shift + 7;
        END LOOP;
        value := value + (((raw >> 1) & 9223372036854775807) # (-(raw & 1)));
        result[slot] := value * unit;
    END LOOP;
    RETURN result;
END $$;

-- The marks of a block, one row per slot from 0: runs of a length (varint), status, method and reason.
CREATE FUNCTION day_block_marks(block bytea) RETURNS TABLE (slot integer, status integer, method integer, reason integer)
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    place integer := 0;
    part  integer;
    shift integer;
    run   integer;
BEGIN
    slot := 0;
    WHILE place < length(block) LOOP
        run := 0;
        shift := 0;
        LOOP
            part := get_byte(block, place);
            place := place + 1;
            run := run | ((part & 127) << shift);
            EXIT WHEN part < 128;
            shift := shift + 7;
        END LOOP;
        status := get_byte(block, place);
        method := get_byte(block, place + 1);
        reason := get_byte(block, place + 2);
        place := place + 3;
        FOR step IN 1..run LOOP
            RETURN NEXT;
            slot := slot + 1;
        END LOOP;
    END LOOP;
END $$;

-- The current value of every slot. Ask for a register and a range of days: it unpacks what it reads.
CREATE VIEW interval_value AS
SELECT DISTINCT ON (b.register_id, b.day, b.first_slot + m.slot)
    b.register_id, b.day, b.first_slot + m.slot AS slot,
    (b.day::timestamp AT TIME ZONE 'Europe/Berlin') + make_interval(secs => (b.first_slot + m.slot) * r.resolution_seconds) AS start_at,
    (day_block_values(b.values, b.slots))[m.slot + 1] AS value_micro, m.status, m.method, m.reason, b.version, b.known_since
FROM day_block b
JOIN register r ON r.id = b.register_id
CROSS JOIN LATERAL day_block_marks(b.marks) m
WHERE m.status <> 0
ORDER BY b.register_id, b.day, b.first_slot + m.slot, b.version DESC;

-- What is known is not unlearned: the service adds facts and never changes or deletes them.
GRANT SELECT, UPDATE ON master_data_version TO zaehlwerk_app;
GRANT SELECT, INSERT, UPDATE ON metering_point, meter, installation, register, register_parameters, finding TO zaehlwerk_app;
GRANT SELECT, INSERT ON delivery, delivery_tally, delivery_repeat, day_block, register_reading TO zaehlwerk_app;
GRANT SELECT ON interval_value TO zaehlwerk_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO zaehlwerk_app;
