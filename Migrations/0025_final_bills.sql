-- 0025: a contract that has ended is due at its end, not when the year of its cycle is over (§ 40c(2) EnWG: six weeks).
--
-- A run over `final`, or over `final-` and a cycle, bills the last days of contracts that ended in its period: from the first day
-- of the cycle's period in which the contract ended. Where these days lie is said once, here: opening a run, locking a page and
-- looking for what is due ask the same function.

-- The first day of the cycle's period that holds `day`; null for a cycle that nobody knows.
CREATE FUNCTION billing_cycle_start(cycle text, day date) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN cycle = 'monthly' THEN date_trunc('month', day::timestamp)::date
        WHEN cycle ~ '^annual-(0[1-9]|1[0-2])$' THEN
            (date_trunc('month', day::timestamp)
             - make_interval(months => (extract(month FROM day)::integer + 23 - right(cycle, 2)::integer) % 12))::date
        END
$$;

-- The days of the last bill of a contract that ended after the first day of `ended` and not after its end; null if it did not.
-- A contract whose terms changed has several rows under its number: the last of them says when it ended.
CREATE FUNCTION contract_final_days(contract_number text, ended daterange) RETURNS daterange LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT daterange(billing_cycle_start(l.cycle, upper(l.valid) - 1), upper(l.valid))
    FROM (SELECT c.cycle, c.valid FROM contract c WHERE c.number = contract_number AND NOT isempty(c.valid)
          ORDER BY lower(c.valid) DESC LIMIT 1) l
    WHERE upper(l.valid) > lower(ended) AND upper(l.valid) <= upper(ended) AND billing_cycle_start(l.cycle, upper(l.valid) - 1) IS NOT NULL
$$;

CREATE INDEX contract_ended ON contract (upper(valid)) WHERE upper(valid) IS NOT NULL;
