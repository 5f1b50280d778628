-- 0002: who may use the service, and the log of who did what.
--
-- No secret is here: passwords as scrypt hashes, keys and sessions as SHA-256 of 256 random bits (a digest of so much
-- randomness cannot be guessed backwards, so it needs no slow hash). A session and a failed attempt are notes that come
-- and go; the audit log only grows.

CREATE TABLE app_user (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    login        text NOT NULL UNIQUE CHECK (login = lower(login) AND length(login) BETWEEN 1 AND 64),
    name         text NOT NULL,
    password     text NOT NULL,
    must_change  boolean NOT NULL,
    roles        text[] NOT NULL CHECK (cardinality(roles) > 0),
    created_at   timestamptz NOT NULL,
    -- Raised by every change of password, rights or lock: what was proven before it no longer counts.
    epoch        integer NOT NULL DEFAULT 1,
    disabled_at  timestamptz
);
COMMENT ON COLUMN app_user.password IS 'PHC string, $scrypt$ln=…,r=…,p=…$salt$key';

CREATE TABLE api_key (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    prefix     text NOT NULL UNIQUE,
    sha256     bytea NOT NULL UNIQUE CHECK (length(sha256) = 32),
    name       text NOT NULL,
    roles      text[] NOT NULL CHECK (cardinality(roles) > 0),
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    last_used  timestamptz,
    revoked_at timestamptz
);

CREATE TABLE session (
    sha256     bytea PRIMARY KEY CHECK (length(sha256) = 32),
    user_id    bigint NOT NULL REFERENCES app_user,
    epoch      integer NOT NULL,
    created_at timestamptz NOT NULL,
    last_seen  timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL,
    csrf_token text NOT NULL
);
CREATE INDEX session_of_user ON session (user_id);
CREATE INDEX session_end ON session (ends_at);

-- Failed sign-ins by what was tried, so that guessing gets slow and a stranger cannot lock somebody out.
CREATE TABLE login_attempt (
    subject      text PRIMARY KEY,
    failures     integer NOT NULL CHECK (failures > 0),
    last_failure timestamptz NOT NULL
);
COMMENT ON COLUMN login_attempt.subject IS 'user:LOGIN@ADDRESS or address:ADDRESS';

CREATE TABLE audit_log (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at             timestamptz NOT NULL,
    who            text NOT NULL,
    command        text NOT NULL,
    object         text NOT NULL,
    reason         text,
    hash_before    bytea,
    hash_after     bytea,
    address        text,
    correlation_id text
);
CREATE INDEX audit_log_object ON audit_log (object, id);
CREATE INDEX audit_log_at ON audit_log USING brin (at);

-- Also for the owner: what must not be forgotten is not left to grants alone.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'table % only grows: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'ZW001', HINT = 'Write a new row that says what changed.';
END $$;
CREATE TRIGGER audit_log_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

GRANT SELECT, INSERT, UPDATE ON app_user, api_key TO zaehlwerk_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON session, login_attempt TO zaehlwerk_app;
GRANT SELECT, INSERT ON audit_log TO zaehlwerk_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO zaehlwerk_app;
