-- 0009: tariff versions that are being written.
--
-- Prices are edited by people before they hold. A draft is the text of a tariff file; each saving is a row of its own with its
-- author, so that it can be seen who wrote what, and that whoever publishes is another person than whoever wrote (four eyes).
-- What is published goes to tariff_file like every other file.

CREATE TABLE tariff_draft (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    path       text NOT NULL CHECK (length(path) BETWEEN 1 AND 200),
    -- The file it grew from.
    based_on   bytea NOT NULL CHECK (length(based_on) = 32),
    state      text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'published', 'dropped')),
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    closed_at  timestamptz,
    closed_by  text,
    CHECK ((state = 'open') = (closed_at IS NULL)),
    CHECK ((closed_at IS NULL) = (closed_by IS NULL))
);
-- One draft of a version at a time: two would be two opinions of one future.
CREATE UNIQUE INDEX tariff_draft_once ON tariff_draft (path) WHERE state = 'open';

CREATE TABLE tariff_draft_text (
    draft_id bigint NOT NULL REFERENCES tariff_draft,
    version  integer NOT NULL CHECK (version > 0),
    body     bytea NOT NULL,
    saved_at timestamptz NOT NULL,
    saved_by text NOT NULL,
    PRIMARY KEY (draft_id, version)
);
CREATE TRIGGER tariff_draft_text_never_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON tariff_draft_text
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

GRANT SELECT, INSERT ON tariff_draft, tariff_draft_text TO zaehlwerk_app;
GRANT UPDATE (state, closed_at, closed_by) ON tariff_draft TO zaehlwerk_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO zaehlwerk_app;
