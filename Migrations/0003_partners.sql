-- 0003: who is supplied and billed: partners, their accounts and contracts.
--
-- A contract whose terms change from a day on gets another row under the same key and number: what was billed keeps the
-- terms it was billed by. The search column holds the folded words (Müller, Mueller and Muller are one); a dictionary of
-- all words finds the one that was meant in spite of a typing error. Trigrams over the partners themselves were tried:
-- with a million of them a frequent name took more than a second.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- Serial numbers of what is printed for people; the check digit is added by the program.
CREATE SEQUENCE partner_serial START 100001;
CREATE SEQUENCE account_serial START 200001;
CREATE SEQUENCE contract_serial START 300001;

CREATE TABLE partner (
    id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number             text NOT NULL UNIQUE CHECK (number ~ '^GP-[0-9]{2,18}$'),
    key                text NOT NULL UNIQUE CHECK (length(key) BETWEEN 1 AND 200),
    kind               text NOT NULL CHECK (kind IN ('person', 'company', 'public-body')),
    given              text,
    family             text,
    company            text,
    street             text,
    house              text,
    postcode           text,
    city               text,
    born               date,
    email              text,
    phone              text,
    phone_digits       text,
    electronic_address text,
    vat_id             text,
    leitweg_id         text,
    search             text NOT NULL,
    sort_name          text COLLATE "C" NOT NULL,
    updated_at         timestamptz NOT NULL,
    updated_by         text NOT NULL
);
CREATE INDEX partner_words ON partner USING gin (array_to_tsvector(string_to_array(search, ' ')));
CREATE INDEX partner_number_prefix ON partner (number text_pattern_ops);
CREATE INDEX partner_sort ON partner (sort_name, id);
CREATE INDEX partner_phone ON partner (phone_digits text_pattern_ops) WHERE phone_digits IS NOT NULL;
CREATE INDEX partner_email ON partner (lower(email)) WHERE email IS NOT NULL;

-- Every word of a name or an address, once.
CREATE TABLE search_word (
    word text COLLATE "C" PRIMARY KEY
);
CREATE INDEX search_word_similar ON search_word USING gin (word gin_trgm_ops);

CREATE TABLE account (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number     text NOT NULL UNIQUE CHECK (number ~ '^VK-[0-9]{2,18}$'),
    key        text NOT NULL UNIQUE CHECK (length(key) BETWEEN 1 AND 200),
    partner_id bigint NOT NULL REFERENCES partner,
    iban       text,
    updated_at timestamptz NOT NULL,
    updated_by text NOT NULL
);
CREATE INDEX account_number_prefix ON account (number text_pattern_ops);
CREATE INDEX account_partner ON account (partner_id);
CREATE INDEX account_iban ON account (iban) WHERE iban IS NOT NULL;

CREATE TABLE contract (
    id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number            text NOT NULL CHECK (number ~ '^VT-[0-9]{2,18}$'),
    key               text NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
    account_id        bigint NOT NULL REFERENCES account,
    metering_point_id bigint NOT NULL REFERENCES metering_point,
    tariff            text NOT NULL,
    valid             daterange NOT NULL CHECK (NOT isempty(valid) AND NOT lower_inf(valid)),
    cycle             text NOT NULL,
    attributes        jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(attributes) = 'object'),
    updated_at        timestamptz NOT NULL,
    updated_by        text NOT NULL,
    -- Nobody is supplied twice at one place on one day, and a key has one set of terms on a day.
    CONSTRAINT contract_point_once EXCLUDE USING gist (metering_point_id WITH =, valid WITH &&),
    CONSTRAINT contract_terms_once EXCLUDE USING gist (key WITH =, valid WITH &&)
);
CREATE INDEX contract_account ON contract (account_id);
CREATE INDEX contract_point ON contract (metering_point_id);
CREATE INDEX contract_number_prefix ON contract (number text_pattern_ops);
CREATE INDEX contract_cycle ON contract (cycle, id);

-- A customer on the telephone reads a few digits from the middle of what stands on the meter.
CREATE INDEX meter_serial_search ON meter USING gin (serial gin_trgm_ops);
CREATE INDEX metering_point_code_search ON metering_point USING gin (code gin_trgm_ops);

-- What a row said before it was changed: an IBAN that changed before a refund must be seen (ledger reference 4.3).
CREATE TABLE master_data_history (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    table_name text NOT NULL,
    row_id     bigint NOT NULL,
    until      timestamptz NOT NULL,
    changed_by text NOT NULL,
    before     jsonb NOT NULL
);
CREATE INDEX master_data_history_row ON master_data_history (table_name, row_id, id);

CREATE FUNCTION remember_master_data() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO master_data_history (table_name, row_id, until, changed_by, before)
    VALUES (TG_TABLE_NAME, OLD.id, NEW.updated_at, NEW.updated_by, to_jsonb(OLD) - 'search' - 'sort_name' - 'phone_digits');
    RETURN NULL;
END $$;
CREATE TRIGGER partner_remembers AFTER UPDATE ON partner FOR EACH ROW EXECUTE FUNCTION remember_master_data();
CREATE TRIGGER account_remembers AFTER UPDATE ON account FOR EACH ROW EXECUTE FUNCTION remember_master_data();
CREATE TRIGGER contract_remembers AFTER UPDATE ON contract FOR EACH ROW EXECUTE FUNCTION remember_master_data();

GRANT SELECT, INSERT, UPDATE ON partner, account, contract TO zaehlwerk_app;
GRANT SELECT, INSERT ON search_word, master_data_history TO zaehlwerk_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO zaehlwerk_app;
