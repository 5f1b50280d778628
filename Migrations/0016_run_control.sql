-- 0016: billing runs that a person can pause and stop, runs over a part of a cycle, and how fast they go.
--
-- The state of a run stands in its row, and every worker of every process looks there before each page: whoever says stop need not
-- know who works. A page that has begun is finished.

ALTER TABLE billing_run DROP CONSTRAINT billing_run_state_check,
    ADD CONSTRAINT billing_run_state_check CHECK (state IN ('running', 'paused', 'stopped', 'finished'));
ALTER TABLE billing_run DROP CONSTRAINT billing_run_check,
    ADD CONSTRAINT billing_run_ended CHECK ((state IN ('finished', 'stopped')) = (finished_at IS NOT NULL));
ALTER TABLE billing_run
    -- Who paused, continued or stopped it last.
    ADD COLUMN changed_by text,
    ADD COLUMN changed_at timestamptz,
    -- What it is a part of: '' all that the cycle has, 'region:…', 'list:' and the hash of the numbers.
    ADD COLUMN scope text NOT NULL DEFAULT '',
    ADD COLUMN region text,
    -- Numbers of contracts and accounts, sorted.
    ADD COLUMN numbers text[],
    ADD CONSTRAINT billing_run_changed CHECK ((changed_by IS NULL) = (changed_at IS NULL)),
    ADD CONSTRAINT billing_run_scope CHECK (
        CASE WHEN region IS NOT NULL THEN numbers IS NULL AND scope = 'region:' || region
             WHEN numbers IS NOT NULL THEN cardinality(numbers) > 0 AND scope LIKE 'list:%'
             ELSE scope = '' END);

-- Two starts of one run are one run: one over all of a cycle and period, and one over each part of it. That a day is billed once,
-- whichever run comes to it first, is the business of invoice_period_once.
DROP INDEX billing_run_once;
CREATE UNIQUE INDEX billing_run_once ON billing_run (cycle, period, scope) WHERE NOT is_simulation;

-- When the page began that did it: the speed of a run is counted, whoever works on it.
ALTER TABLE billing_job ADD COLUMN done_at timestamptz;
