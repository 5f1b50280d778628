-- 0012: what people did to values and devices, and what changed since when.
--
-- A person's decision is a version like every other; what was missing is the act itself, with its author, its reason and the
-- rows it wrote, so that it can be shown and taken back. And whoever follows this database from outside, or asks whether a bill
-- is stale, needs to know what changed without reading every value: a journal with one row per transaction and range of days.

CREATE TABLE edit (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    action text NOT NULL CHECK (action IN ('accept', 'confirm', 'estimate', 'replace', 'withdraw', 'settle', 'undo', 'cancel-delivery')),
    author text NOT NULL CHECK (author <> ''),
    reason text NOT NULL CHECK (reason <> ''),
    at     timestamptz NOT NULL,
    undoes bigint UNIQUE REFERENCES edit,
    slots  integer NOT NULL CHECK (slots >= 0),
    CHECK ((action = 'undo') = (undoes IS NOT NULL))
);
COMMENT ON COLUMN edit.action IS 'settle: findings were closed and no value changed';
COMMENT ON COLUMN edit.undoes IS 'the edit that it takes back; each at most once';
COMMENT ON COLUMN edit.slots IS 'values it wrote';

-- The versions an edit wrote: a day of a channel, or a moment of a register.
CREATE TABLE edit_version (
    edit_id     bigint NOT NULL REFERENCES edit,
    register_id bigint NOT NULL REFERENCES register,
    day         date,
    at          timestamptz,
    version     integer NOT NULL,
    CHECK ((day IS NULL) <> (at IS NULL))
);
CREATE INDEX edit_version_edit ON edit_version (edit_id);
CREATE INDEX edit_version_register ON edit_version (register_id, edit_id);

-- The findings it closed.
CREATE TABLE edit_finding (
    edit_id    bigint NOT NULL REFERENCES edit,
    finding_id bigint NOT NULL REFERENCES finding,
    PRIMARY KEY (edit_id, finding_id)
);

-- A delivery that was cancelled as a whole: what of it still stood was withdrawn by the edit.
CREATE TABLE delivery_cancellation (
    delivery_id bigint NOT NULL REFERENCES delivery,
    edit_id     bigint NOT NULL REFERENCES edit,
    PRIMARY KEY (delivery_id, edit_id)
);

-- What happened to devices: who, when, why.
CREATE TABLE device_event (
    id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    metering_point_id bigint NOT NULL REFERENCES metering_point,
    meter_id          bigint NOT NULL REFERENCES meter,
    kind              text NOT NULL CHECK (kind IN ('installation', 'exchange', 'removal', 'relocation', 'factor', 'reset', 'customer-reading')),
    day               date NOT NULL,
    known_since       timestamptz NOT NULL,
    author            text NOT NULL CHECK (author <> ''),
    reason            text NOT NULL,
    details           jsonb NOT NULL
);
CREATE INDEX device_event_point ON device_event (metering_point_id, id);

-- A register that was set to another value while the meter hung: what it counted goes on, what it shows does not.
CREATE TABLE register_reset (
    register_id  bigint NOT NULL REFERENCES register,
    at           timestamptz NOT NULL,
    before_micro bigint NOT NULL CHECK (before_micro >= 0),
    is_estimated boolean NOT NULL,
    after_micro  bigint NOT NULL CHECK (after_micro >= 0),
    known_since  timestamptz NOT NULL,
    author       text NOT NULL CHECK (author <> ''),
    PRIMARY KEY (register_id, at)
);
COMMENT ON COLUMN register_reset.before_micro IS 'what it showed right before, 10^-6 of its unit; estimated if nobody read it';

-- A virtual metering point: a series that is computed from those of other points, day by day by the formula of that day.
CREATE TABLE virtual_formula (
    id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    metering_point_id  bigint NOT NULL REFERENCES metering_point,
    obis               text NOT NULL,
    unit               text NOT NULL,
    resolution_seconds integer NOT NULL,
    valid              daterange NOT NULL CHECK (NOT isempty(valid) AND NOT lower_inf(valid)),
    known_since        timestamptz NOT NULL,
    author             text NOT NULL CHECK (author <> ''),
    reason             text NOT NULL,
    EXCLUDE USING gist (metering_point_id WITH =, obis WITH =, valid WITH &&)
);
CREATE TABLE virtual_term (
    formula_id      bigint NOT NULL REFERENCES virtual_formula,
    place           smallint NOT NULL,
    source_point_id bigint NOT NULL REFERENCES metering_point,
    obis            text NOT NULL,
    factor_micro    bigint NOT NULL CHECK (factor_micro <> 0),
    PRIMARY KEY (formula_id, place)
);
CREATE INDEX virtual_term_source ON virtual_term (source_point_id);
COMMENT ON COLUMN virtual_term.factor_micro IS 'signed, 10^-6: 1 adds, -1 takes away, 0.98 adds less 2 % loss';

-- What changed. Rows appear in the order of commits, which is not the order of known_since: a reader takes only rows of
-- transactions older than every one still running (pg_snapshot_xmin), and so never passes one that is yet to appear.
CREATE TABLE reading_change (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    xid         xid8 NOT NULL DEFAULT pg_current_xact_id(),
    known_since timestamptz NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('delivery', 'estimate', 'edit', 'device')),
    days        daterange NOT NULL,
    count       integer NOT NULL CHECK (count > 0),
    registers   bytea NOT NULL,
    PRIMARY KEY (xid, id)
);
-- An array of a thousand numbers is eight kilobytes that have to be compressed and put aside; packed it is one, and stays.
ALTER TABLE reading_change ALTER COLUMN registers SET STORAGE EXTERNAL;
CREATE INDEX reading_change_known ON reading_change (known_since);
CREATE INDEX reading_change_device ON reading_change (known_since) WHERE kind = 'device';
COMMENT ON COLUMN reading_change.registers IS 'ids, packed as the values of a day block: day_block_values(registers, count). Each has new versions within the days';

GRANT SELECT, INSERT ON edit, edit_version, edit_finding, delivery_cancellation, device_event, register_reset, virtual_term, reading_change
    TO zaehlwerk_app;
-- A formula ends when another begins; it is not deleted.
GRANT SELECT, INSERT, UPDATE ON virtual_formula TO zaehlwerk_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO zaehlwerk_app;
