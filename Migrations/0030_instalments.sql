-- 0030: after a correction a plan of instalments may go on with an amount that is right no longer. It is shown until a person plans
-- anew or leaves it as it is. Requests are kept in the second syntax of e-invoices, too.

ALTER TABLE instalment_plan
    ADD COLUMN reviewed_at timestamptz,
    ADD COLUMN reviewed_by text,
    ADD COLUMN review_reason text,
    ADD CONSTRAINT instalment_plan_review CHECK (
        (reviewed_at IS NULL) = (reviewed_by IS NULL) AND (reviewed_at IS NULL) = (review_reason IS NULL));
COMMENT ON COLUMN instalment_plan.reviewed_at IS 'up to then corrections are known, and the plan was left as it is';

ALTER TABLE instalment_document DROP CONSTRAINT instalment_document_kind_check,
    ADD CONSTRAINT instalment_document_kind_check CHECK (kind ~ '^(xml|ubl|pdf\.[a-z]{2})$');
