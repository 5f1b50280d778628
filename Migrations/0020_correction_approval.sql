-- 0020: the first of two people who release a correction.
--
-- Above an amount a correction is released by two people (four eyes). The first one's word is kept with what it was said about: the
-- inputs of the proposal and how it is to become documents. Another difference is another proposal, so its word does not count for it;
-- who wants it done another way says so anew and is the first again.

CREATE TABLE correction_approval (
    correction_id bigint PRIMARY KEY REFERENCES correction,
    inputs_sha256 bytea NOT NULL CHECK (length(inputs_sha256) = 32),
    method        text NOT NULL CHECK (method IN ('difference', 'rebill')),
    reason        text NOT NULL CHECK (reason <> ''),
    approved_at   timestamptz NOT NULL,
    approved_by   text NOT NULL
);

GRANT SELECT, INSERT, UPDATE ON correction_approval TO zaehlwerk_app;
