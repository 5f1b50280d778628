-- 0023: a bill is corrected when its contract turns out to have ended earlier, and a correction waits for all contracts it is about.

ALTER TABLE correction DROP CONSTRAINT correction_cause_check;
ALTER TABLE correction ADD CONSTRAINT correction_cause_check CHECK (cause IN ('readings', 'tariff', 'readings-and-tariff', 'contract'));

-- A collective bill is about more contracts than the one whose number leads it: a hold of any of them stops its correction.
CREATE OR REPLACE FUNCTION refuse_correction_on_hold() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong record;
BEGIN
    SELECT w.number, h.reason INTO wrong FROM written w
        JOIN billing_hold h ON h.lifted_at IS NULL AND (h.account_id = w.account_id OR h.contract_number = w.contract_number
            OR EXISTS (SELECT 1 FROM invoice_coverage v WHERE v.invoice_id = w.corrects AND v.contract_number = h.contract_number))
        WHERE w.type = 'correction' LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'correction % is on hold', wrong.number USING ERRCODE = 'ZW102', DETAIL = wrong.reason;
    END IF;
    RETURN NULL;
END $$;
