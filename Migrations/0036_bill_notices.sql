-- 0036: bills that went out although a check said something of them stand beside the worklist of what is kept back, the newest first.
--
-- Few bills have a notice, and this is where they are looked for.

CREATE INDEX billing_job_noticed ON billing_job (invoice_id DESC) WHERE notices IS NOT NULL AND state = 'billed';
