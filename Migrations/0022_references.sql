-- 0022: who can stand in for whom, and when tariff registers count.
--
-- A check meter beside a meter, or a fully metered node, knows a missing value better than any estimate: methods 1 and 2 of the
-- cascade come first, if somebody says which meter checks which, and what flows into and out of a node. Both hold for points and
-- codes, not for devices, so that an exchange of the checked meter changes nothing.
--
-- Beside one series two-tariff meters have a register for each tariff. Estimates are scaled to each of them, if it is known which
-- slots it counts.

CREATE TABLE check_meter (
    id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    metering_point_id bigint NOT NULL REFERENCES metering_point,
    obis              text NOT NULL,
    check_register_id bigint NOT NULL REFERENCES register,
    is_calibrated     boolean NOT NULL,
    valid             daterange NOT NULL CHECK (NOT isempty(valid) AND NOT lower_inf(valid)),
    author            text NOT NULL CHECK (author <> ''),
    reason            text NOT NULL,
    known_since       timestamptz NOT NULL,
    EXCLUDE USING gist (metering_point_id WITH =, obis WITH =, valid WITH &&)
);
CREATE INDEX check_meter_register ON check_meter (check_register_id);
COMMENT ON TABLE check_meter IS 'the channel that checks a channel of a point: method 1, Z88 if calibrated, else Z89';

-- In every slot, what flows in is what flows out.
CREATE TABLE network_node (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    valid       daterange NOT NULL CHECK (NOT isempty(valid) AND NOT lower_inf(valid)),
    author      text NOT NULL CHECK (author <> ''),
    reason      text NOT NULL,
    known_since timestamptz NOT NULL,
    EXCLUDE USING gist (name WITH =, valid WITH &&)
);
CREATE TABLE network_node_member (
    node_id           bigint NOT NULL REFERENCES network_node,
    metering_point_id bigint NOT NULL REFERENCES metering_point,
    obis              text NOT NULL,
    is_inflow         boolean NOT NULL,
    PRIMARY KEY (node_id, metering_point_id, obis)
);
CREATE INDEX network_node_member_point ON network_node_member (metering_point_id);

ALTER TABLE register_parameters ADD COLUMN tariff_times text CHECK (length(tariff_times) BETWEEN 1 AND 500);
COMMENT ON COLUMN register_parameters.tariff_times IS 'when a tariff register counts: mon-fri 06:00-22:00; sat 06:00-13:00. null: not known';

GRANT SELECT, INSERT, UPDATE ON check_meter, network_node TO zaehlwerk_app;
GRANT SELECT, INSERT ON network_node_member TO zaehlwerk_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO zaehlwerk_app;
