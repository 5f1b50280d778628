-- 0034: an interim bill on demand (Zwischenrechnung) covers the days from where billing stands up to a day; the next bill of the cycle,
-- or the final bill, begins where it ends.
--
-- Where these days lie is said here once, as for final bills: opening a run, locking a page and looking for what is due ask the same.

-- Where billing stands inside some days: the end of the last interim bill that ends before they do; else their first day.
CREATE FUNCTION contract_billed_until(contract_number text, days daterange) RETURNS date LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(max(upper(v.period)), lower(days))
    FROM invoice_coverage v JOIN invoice i ON i.id = v.invoice_id
    WHERE v.contract_number = contract_billed_until.contract_number AND v.is_standing AND v.period && days
        AND upper(v.period) < upper(days) AND i.kind = 'interim'
$$;

-- The days that a cycle bills of a contract in a period; never empty where the period is not.
CREATE FUNCTION contract_cycle_days(contract_number text, period daterange) RETURNS daterange LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT daterange(contract_billed_until(contract_number, period), upper(period))
$$;

-- The days of an interim bill up to a day (exclusive): from the first day of the cycle's period, or from where any bill ends in it.
-- Empty where they are billed already.
CREATE FUNCTION contract_interim_days(contract_number text, cycle text, until date) RETURNS daterange LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN s.first < until THEN daterange(s.first, until) ELSE 'empty'::daterange END
    FROM (SELECT greatest(billing_cycle_start(cycle, until - 1), max(upper(v.period))) AS first
          FROM invoice_coverage v WHERE v.contract_number = contract_interim_days.contract_number AND v.is_standing
              AND v.period && daterange(billing_cycle_start(cycle, until - 1), until)) s
    WHERE billing_cycle_start(cycle, until - 1) IS NOT NULL
$$;

CREATE OR REPLACE FUNCTION contract_final_days(contract_number text, ended daterange) RETURNS daterange LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT daterange(
        contract_billed_until(contract_number, daterange(billing_cycle_start(l.cycle, upper(l.valid) - 1), upper(l.valid))), upper(l.valid))
    FROM (SELECT c.cycle, c.valid FROM contract c WHERE c.number = contract_number AND NOT isempty(c.valid)
          ORDER BY lower(c.valid) DESC LIMIT 1) l
    WHERE upper(l.valid) > lower(ended) AND upper(l.valid) <= upper(ended) AND billing_cycle_start(l.cycle, upper(l.valid) - 1) IS NOT NULL
$$;
