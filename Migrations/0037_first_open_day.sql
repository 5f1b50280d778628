-- 0037: billing stands at the first day that no standing bill covers, not at the end of the last one: where the first of two interim
-- bills is taken back, its days are open again, and every bill that would begin behind them finds them.

-- What the bill is for this contract: on the paper of an account some contracts may have ended and others go on. Null before this was
-- kept: then it is that of the paper.
ALTER TABLE invoice_coverage ADD COLUMN kind text;

-- The first day of a contract inside some days that is not among the covered ones; where all are covered, the end of those.
CREATE FUNCTION contract_first_open(contract_number text, days daterange, covered datemultirange) RETURNS date
    LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(lower(range_agg(c.valid * days) - covered), upper(covered), lower(days))
    FROM contract c WHERE c.number = contract_first_open.contract_number AND c.valid && days
$$;

-- Where billing stands inside some days: the first that no interim bill covers which ends before they do.
CREATE OR REPLACE FUNCTION contract_billed_until(contract_number text, days daterange) RETURNS date LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN s.covered IS NULL THEN lower(days)
                ELSE contract_first_open(contract_billed_until.contract_number, days, s.covered) END
    FROM (SELECT range_agg(v.period) AS covered
          FROM invoice_coverage v JOIN invoice i ON i.id = v.invoice_id
          WHERE v.contract_number = contract_billed_until.contract_number AND v.is_standing AND v.period && days
              AND upper(v.period) < upper(days) AND coalesce(v.kind, i.kind) = 'interim') s
$$;

-- The days of an interim bill up to a day (exclusive): from the first day of the cycle's period that no bill covers.
-- Empty where they are billed already.
CREATE OR REPLACE FUNCTION contract_interim_days(contract_number text, cycle text, until date) RETURNS daterange
    LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN s.first < until THEN daterange(s.first, until) ELSE 'empty'::daterange END
    FROM (SELECT CASE WHEN range_agg(v.period) IS NULL THEN billing_cycle_start(cycle, until - 1)
                      ELSE contract_first_open(contract_interim_days.contract_number, daterange(billing_cycle_start(cycle, until - 1), until),
                                               range_agg(v.period)) END AS first
          FROM invoice_coverage v WHERE v.contract_number = contract_interim_days.contract_number AND v.is_standing
              AND v.period && daterange(billing_cycle_start(cycle, until - 1), until)) s
    WHERE billing_cycle_start(cycle, until - 1) IS NOT NULL
$$;
