-- 0045: the trees of 0043 by the number plus nothing instead of the range of the one number: asked as little, and a row goes in three
-- times as fast.
ALTER TABLE installation DROP CONSTRAINT installation_meter_id_valid_excl,
    ADD CONSTRAINT installation_meter_id_valid_excl EXCLUDE USING gist ((meter_id + 0) WITH =, valid WITH &&);
ALTER TABLE contract DROP CONSTRAINT contract_point_once,
    ADD CONSTRAINT contract_point_once EXCLUDE USING gist ((metering_point_id + 0) WITH =, direction WITH =, valid WITH &&);
