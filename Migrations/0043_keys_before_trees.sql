-- 0043: where a meter hung, and which contracts a point has, are found by keys.
--
-- A tree that keeps days from overlapping (EXCLUDE) answers a question for its first column as well as the key does, by the planner's
-- account never dearer: it was always chosen, and took ten times as long, for each meter of each bill. Its first column now is the range
-- of the one number: the tree keeps what it kept and is asked nothing else.

ALTER TABLE installation DROP CONSTRAINT installation_meter_id_valid_excl,
    ADD CONSTRAINT installation_meter_id_valid_excl
        EXCLUDE USING gist (int8range(meter_id, meter_id, '[]') WITH =, valid WITH &&);
ALTER TABLE contract DROP CONSTRAINT contract_point_once,
    ADD CONSTRAINT contract_point_once
        EXCLUDE USING gist (int8range(metering_point_id, metering_point_id, '[]') WITH =, direction WITH =, valid WITH &&);
