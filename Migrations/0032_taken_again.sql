-- 0032: a message that comes again changes nothing but what was quarantined of it, and what meters say can be corrected.
--
-- A message with an unknown meter, sent again when the meter is known, took its other values as news and so undid what somebody had
-- corrected since. Each delivery now says what of its message it answers for.
ALTER TABLE delivery ADD COLUMN taken int8multirange;
COMMENT ON COLUMN delivery.taken IS 'what of the message was taken then: readings by index, from 2^32 on values of intervals by place; null: all, or, beside a quarantine, unknown';

-- A report of the same moment that says something else was dropped; it is the next version. The last one holds.
ALTER TABLE device_report ADD COLUMN version integer NOT NULL DEFAULT 1 CHECK (version > 0);
ALTER TABLE device_report DROP CONSTRAINT device_report_pkey;
ALTER TABLE device_report ADD PRIMARY KEY (meter_id, kind, word, at, version);
COMMENT ON TABLE device_report IS 'what meters say beside their readings; of a moment the highest version holds';

-- One rule speaks of many alarms: an empty battery must not hide a manipulation.
ALTER TABLE finding ADD COLUMN alarm text NOT NULL GENERATED ALWAYS AS (
    CASE WHEN rule IN ('device-alarm', 'device-event', 'backflow')
        THEN coalesce(jsonb_path_query_first(inputs, '$[*] ? (@.name == "meter alarm").value') #>> '{}', '') ELSE '' END) STORED;
COMMENT ON COLUMN finding.alarm IS 'the kind of alarm, of rules that speak of several; else empty';
DROP INDEX finding_open;
CREATE UNIQUE INDEX finding_open ON finding (rule, register_id, from_at, until_at, alarm) WHERE state = 'open';
