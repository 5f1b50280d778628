-- 0024: what is known of a channel decides what stands in its gaps, and which findings are open; not the order in which it came.
--
-- A stand-in whose basis is gone is taken back by a version that empties its slots: rejected, with a method (255) that no value has.
-- Whoever reads slots from the view sees nothing there, as the service does.
CREATE OR REPLACE VIEW interval_value AS
SELECT register_id, day, slot, start_at, value_micro, status, method, reason, version, known_since FROM (
    SELECT DISTINCT ON (b.register_id, b.day, b.first_slot + m.slot)
        b.register_id, b.day, b.first_slot + m.slot AS slot,
        (b.day::timestamp AT TIME ZONE 'Europe/Berlin') + make_interval(secs => (b.first_slot + m.slot) * r.resolution_seconds) AS start_at,
        (day_block_values(b.values, b.slots))[m.slot + 1] AS value_micro, m.status, m.method, m.reason, b.version, b.known_since
    FROM day_block b
    JOIN register r ON r.id = b.register_id
    CROSS JOIN LATERAL day_block_marks(b.marks) m
    WHERE m.status <> 0
    ORDER BY b.register_id, b.day, b.first_slot + m.slot, b.version DESC
) v WHERE NOT (status = 5 AND method = 255);

-- The writer asks what is open of a register, what a person has settled of it, and for gaps that wait for a basis.
CREATE INDEX finding_register ON finding (register_id, rule);
