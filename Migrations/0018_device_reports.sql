-- 0018: what meters say beside their readings.
--
-- A leak code, a factor in a message, the temperatures beside a heat meter's counter: no value of a series, but what rules C6 and
-- E1 to E4 go by. A finding alone would not do: whether a leak lasts is asked every night, and a check of heat or gas must be
-- repeatable from what was known. Kept as facts, never changed; the same message again adds nothing.

CREATE TABLE device_report (
    meter_id    bigint NOT NULL REFERENCES meter,
    kind        text NOT NULL CHECK (kind IN ('alarm', 'factor', 'temperatures', 'heat', 'conversion')),
    word        text NOT NULL CHECK (length(word) <= 64),
    at          timestamptz NOT NULL,
    until_at    timestamptz NOT NULL CHECK (until_at >= at),
    numbers     bigint[] NOT NULL,
    delivery_id bigint,
    known_since timestamptz NOT NULL,
    PRIMARY KEY (meter_id, kind, word, at)
);
COMMENT ON COLUMN device_report.word IS 'the alarm, or the OBIS code that a factor is of; else empty';
COMMENT ON COLUMN device_report.numbers IS 'factor and z in 10^-6; flow and return in 10^-4 °C; power and flow in 10^-6 of kW and m³/h';
CREATE INDEX device_report_at ON device_report (meter_id, at);

GRANT SELECT, INSERT ON device_report TO zaehlwerk_app;
