-- 0033: a two-way meter hangs at one point, and what it draws and what it feeds in are two contracts of one day.
--
-- What must not be twice is a contract for one direction of a point on one day. The direction follows from the tariff (one that only
-- pays for what is fed in), unless the contract's attribute `direction` says it, as where its tariff is not published yet.

ALTER TABLE tariff_file ADD COLUMN is_feed_in boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN tariff_file.is_feed_in IS 'a tariff that measures nothing but what is fed in';
ALTER TABLE tariff_file DISABLE TRIGGER USER;
UPDATE tariff_file SET is_feed_in = true WHERE kind = 'tariff' AND convert_from(body, 'UTF8') ~ 'type: *"?feed_in'
    AND convert_from(body, 'UTF8') !~ 'type: *"?(energy|volume|waste_water|tiered|package|demand|reactive|indexed|dynamic|pass_through)';
ALTER TABLE tariff_file ENABLE TRIGGER USER;

CREATE FUNCTION contract_direction(tariff text, attributes jsonb) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN attributes ->> 'direction' IN ('supply', 'feed-in') THEN attributes ->> 'direction'
        WHEN EXISTS (SELECT FROM tariff_file f WHERE f.kind = 'tariff' AND f.is_feed_in AND starts_with(f.path, tariff || '/')) THEN 'feed-in'
        ELSE 'supply'
    END
$$;

ALTER TABLE contract ADD COLUMN direction text NOT NULL DEFAULT 'supply' CHECK (direction IN ('supply', 'feed-in'));
UPDATE contract SET direction = 'feed-in' WHERE contract_direction(tariff, attributes) = 'feed-in';
ALTER TABLE contract DROP CONSTRAINT contract_point_once,
    ADD CONSTRAINT contract_point_once EXCLUDE USING gist (metering_point_id WITH =, direction WITH =, valid WITH &&);
