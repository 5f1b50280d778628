-- 0029: a correction is checked like every bill before it is issued.
--
-- What the checks would hold a bill for stands with the proposal; who releases it sees it, and two people release it.

ALTER TABLE correction ADD COLUMN reasons jsonb CHECK (jsonb_array_length(reasons) > 0);
COMMENT ON COLUMN correction.reasons IS '[{code, text}]: for what the right bill would be held; null: for nothing';
