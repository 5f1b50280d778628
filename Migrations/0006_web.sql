-- 0006: a POST may be repeated with the same Idempotency-Key. A client that lost the answer (a broken line, a restart) must get the
-- answer of the first time instead of doing the thing twice; so the first answer is kept for some days beside the digest of its request.
-- One row per caller and key: keys of different callers never meet. A row without status is a request still at work; if its server
-- died, the row may be taken over once its lease is over.

CREATE TABLE idempotency (
    principal    text        NOT NULL CHECK (principal <> ''),
    key          text        NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    request_hash bytea       NOT NULL CHECK (octet_length(request_hash) = 32),
    started_at   timestamptz NOT NULL,
    finished_at  timestamptz,
    status       smallint    CHECK (status BETWEEN 200 AND 499),
    media_type   text,
    location     text,
    body         bytea,
    PRIMARY KEY (principal, key),
    CHECK ((status IS NULL) = (finished_at IS NULL)),
    CHECK ((status IS NULL) = (body IS NULL))
);

-- For throwing old answers away.
CREATE INDEX idempotency_started_at ON idempotency (started_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency TO zaehlwerk_app;
