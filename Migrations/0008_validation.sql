-- 0008: what rules and estimation go by lies in the database: thresholds, temperatures, whose consumption it is, and who
-- surveys when.
--
-- A threshold is data with an author and a reason. Nothing of it is overwritten: a row changes some thresholds for some days,
-- a later row may change them again, and what held on a day is all rows of that day, the later over the earlier. So a bill of
-- last year is checked by last year's thresholds, and every change can be explained.

CREATE TABLE validation_parameter (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    commodity      text NOT NULL CHECK (commodity IN ('electricity', 'gas', 'water', 'heat')),
    customer_class text NOT NULL CHECK (customer_class IN ('household', 'commercial', 'industrial')),
    valid          daterange NOT NULL CHECK (NOT isempty(valid) AND NOT lower_inf(valid)),
    changes        jsonb NOT NULL CHECK (jsonb_typeof(changes) = 'object'),
    author         text NOT NULL CHECK (author <> ''),
    reason         text NOT NULL CHECK (reason <> ''),
    recorded_at    timestamptz NOT NULL
);
COMMENT ON COLUMN validation_parameter.changes IS 'threshold by name; null switches off, a threshold that is not named stays as it was';

-- Whose consumption is measured, and what is known of it: what chooses thresholds, profile and temperature.
ALTER TABLE metering_point
    ADD COLUMN customer_class text NOT NULL DEFAULT 'household' CHECK (customer_class IN ('household', 'commercial', 'industrial')),
    ADD COLUMN profile text CHECK (length(profile) BETWEEN 1 AND 16),
    ADD COLUMN temperature_station text CHECK (length(temperature_station) BETWEEN 1 AND 64),
    ADD COLUMN annual_forecast_micro bigint CHECK (annual_forecast_micro >= 0);
COMMENT ON COLUMN metering_point.profile IS 'H0, H25, G0 … HEF, HMF33, GTZ; null: the usual one of commodity and class';
COMMENT ON COLUMN metering_point.temperature_station IS 'null: the station of its postcode';
COMMENT ON COLUMN metering_point.annual_forecast_micro IS 'Jahresverbrauchsprognose in 10^-6 of the unit of its channel';

-- When nobody is to use anything there: rule B3 watches it, and zero is an honest estimate of it. A later row covers an
-- earlier one; 'active' takes the state away again.
CREATE TABLE metering_point_state (
    id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    metering_point_id bigint NOT NULL REFERENCES metering_point,
    state             text NOT NULL CHECK (state IN ('active', 'disconnected', 'inactive', 'vacant')),
    valid             daterange NOT NULL CHECK (NOT isempty(valid) AND NOT lower_inf(valid)),
    author            text NOT NULL CHECK (author <> ''),
    reason            text NOT NULL,
    recorded_at       timestamptz NOT NULL
);
CREATE INDEX metering_point_state_point ON metering_point_state (metering_point_id);

-- Daily means. A corrected one is a further version.
CREATE TABLE temperature (
    station         text NOT NULL CHECK (length(station) BETWEEN 1 AND 64),
    day             date NOT NULL,
    version         integer NOT NULL CHECK (version > 0),
    ten_thousandths integer NOT NULL CHECK (ten_thousandths BETWEEN -2731500 AND 10000000),
    source          text NOT NULL,
    author          text NOT NULL,
    known_since     timestamptz NOT NULL,
    PRIMARY KEY (station, day, version)
);
COMMENT ON COLUMN temperature.ten_thousandths IS 'degrees Celsius in 10^-4';

-- Which station speaks for which postcodes: the longest prefix decides, the empty one is for all others.
CREATE TABLE temperature_region (
    postcode_prefix text PRIMARY KEY CHECK (postcode_prefix ~ '^[0-9]{0,5}$'),
    station         text NOT NULL CHECK (length(station) BETWEEN 1 AND 64)
);

-- Work that one node at a time does, whoever comes first: a lease ends by itself when its holder dies.
CREATE TABLE duty_lease (
    duty       text PRIMARY KEY,
    holder     text NOT NULL,
    held_until timestamptz NOT NULL,
    done_at    timestamptz
);

-- What is to be done about a finding.
ALTER TABLE finding ADD COLUMN proposal text
    CHECK (proposal IN ('none', 'accept', 'estimate', 'correct', 'read', 'exchange', 'call', 'redeliver', 'master-data'));
-- The survey asks what is open of a rule.
CREATE INDEX finding_open_rule ON finding (rule, register_id) WHERE state = 'open';

GRANT SELECT, INSERT ON validation_parameter, metering_point_state, temperature TO zaehlwerk_app;
GRANT SELECT, INSERT, UPDATE ON temperature_region, duty_lease TO zaehlwerk_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO zaehlwerk_app;
