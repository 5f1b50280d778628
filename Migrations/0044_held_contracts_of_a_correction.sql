-- 0044: a correction is refused where any contract of the bill it corrects is on hold, as since 0023; 0042 had asked for the one that
-- leads the bill only.
CREATE OR REPLACE FUNCTION refuse_correction_on_hold() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong record;
BEGIN
    SELECT h.reason INTO wrong FROM billing_hold h
        WHERE h.lifted_at IS NULL AND (h.account_id = NEW.account_id OR h.contract_number = NEW.contract_number
            OR EXISTS (SELECT 1 FROM invoice_coverage v WHERE v.invoice_id = NEW.corrects AND v.contract_number = h.contract_number)) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'correction % is on hold', NEW.number USING ERRCODE = 'ZW102', DETAIL = wrong.reason;
    END IF;
    RETURN NULL;
END $$;
