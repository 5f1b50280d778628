-- 0035: stale bills are found by themselves: how far the journal of values has been looked through for bills that they touch.

CREATE TABLE correction_watch (
    -- One row.
    is_only     boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    -- Changes of transactions that this snapshot does not see are yet to be looked at.
    snapshot    text NOT NULL,
    searched_at timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON correction_watch TO zaehlwerk_app;
