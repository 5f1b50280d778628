-- 0027: thresholds of the checks before issue lie in the database, dated, by commodity and group of customers; trial runs have
-- numbers of their own.
--
-- As with the thresholds of the validation rules nothing is overwritten: a row changes some of them for some days, a later row may
-- change them again, and each has an author and a reason.

CREATE TABLE bill_check_parameter (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    commodity   text NOT NULL CHECK (commodity IN ('electricity', 'gas', 'water', 'heat')),
    customers   text NOT NULL CHECK (customers IN ('household', 'commercial', 'industrial')),
    valid       daterange NOT NULL CHECK (NOT isempty(valid) AND NOT lower_inf(valid)),
    changes     jsonb NOT NULL CHECK (jsonb_typeof(changes) = 'object'),
    author      text NOT NULL CHECK (author <> ''),
    reason      text NOT NULL CHECK (reason <> ''),
    recorded_at timestamptz NOT NULL
);
GRANT SELECT, INSERT ON bill_check_parameter TO zaehlwerk_app;

-- A trial leaves no gap in the numbers of runs: it has a circle of its own. Rows are told apart by an id of neither circle.
ALTER TABLE billing_run DROP CONSTRAINT billing_run_number_check,
    ADD CONSTRAINT billing_run_number_check CHECK (number ~ (CASE WHEN is_simulation THEN '^(LP|L)-[0-9]{2,18}$' ELSE '^L-[0-9]{2,18}$' END));
INSERT INTO number_circle (circle, next) VALUES ('trial', 1);
CREATE SEQUENCE billing_run_id;
SELECT setval('billing_run_id', greatest(1, (SELECT next FROM number_circle WHERE circle = 'run')));
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO zaehlwerk_app;
