-- 0031: gas days. A channel of gas may give one value for each day from 06:00 to 06:00 local time.
--
-- It is kept as one slot of the local day it begins on, which it is named after, so that months of gas are months of gas days and no
-- hour is ever made up. The raster is told from that of local days by its number: 108000 s, a day that begins 21,600 s late.
ALTER TABLE register DROP CONSTRAINT register_resolution_seconds_check;
ALTER TABLE register ADD CONSTRAINT register_resolution_seconds_check
    CHECK (resolution_seconds IN (86400, 108000) OR (resolution_seconds BETWEEN 1 AND 3600 AND 3600 % resolution_seconds = 0));
COMMENT ON COLUMN register.resolution_seconds IS
    'null: a register that is read; else a channel that delivers intervals (86400: local days, 108000: gas days from 06:00)';

CREATE OR REPLACE VIEW interval_value AS
SELECT register_id, day, slot, start_at, value_micro, status, method, reason, version, known_since FROM (
    SELECT DISTINCT ON (b.register_id, b.day, b.first_slot + m.slot)
        b.register_id, b.day, b.first_slot + m.slot AS slot,
        CASE WHEN r.resolution_seconds = 108000 THEN (b.day + time '06:00') AT TIME ZONE 'Europe/Berlin'
        ELSE (b.day::timestamp AT TIME ZONE 'Europe/Berlin') + make_interval(secs => (b.first_slot + m.slot) * r.resolution_seconds)
        END AS start_at,
        (day_block_values(b.values, b.slots))[m.slot + 1] AS value_micro, m.status, m.method, m.reason, b.version, b.known_since
    FROM day_block b
    JOIN register r ON r.id = b.register_id
    CROSS JOIN LATERAL day_block_marks(b.marks) m
    WHERE m.status <> 0
    ORDER BY b.register_id, b.day, b.first_slot + m.slot, b.version DESC
) v WHERE NOT (status = 5 AND method = 255);
