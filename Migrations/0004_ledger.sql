-- 0004: the customer ledger: journal, postings, clearings, payments, the chain of seals, closed periods.
--
-- A posting on a customer's account is its own open item, so items and balances cannot disagree. What is open is the
-- posting less its clearings: no amount is ever overwritten, and no row is updated by every transaction.
--
-- All postings of an entry are written by the statement that writes the entry. Guards look at whole statements
-- (transition tables), because a foreign key or row trigger per posting costs more than the posting. The advisory lock
-- 7236001 is held shared by whoever posts, and exclusively for the moment in which a period closes.

CREATE TABLE general_ledger_account (
    number       integer PRIMARY KEY,
    name         text NOT NULL,
    english_name text NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('control', 'bank', 'clearing', 'suspense', 'tax', 'prepayment', 'revenue', 'expense')),
    normal_side  text NOT NULL CHECK (normal_side IN ('debit', 'credit')),
    skr03        integer NOT NULL,
    skr04        integer NOT NULL,
    closed       boolean NOT NULL DEFAULT false
);
INSERT INTO general_ledger_account (number, name, english_name, kind, normal_side, skr03, skr04) VALUES
    (1200, 'Bank', 'Bank', 'bank', 'debit', 1200, 1800),
    (1360, 'Geldtransit', 'Money in transit', 'clearing', 'debit', 1360, 1460),
    (1400, 'Forderungen aus Lieferungen und Leistungen', 'Trade receivables', 'control', 'debit', 1400, 1200),
    (1590, 'Ungeklärte Zahlungen', 'Unclear payments', 'suspense', 'credit', 1590, 1370),
    (1710, 'Erhaltene Anzahlungen ohne Umsatzsteuer', 'Prepayments received, no VAT', 'prepayment', 'credit', 1710, 3250),
    (1711, 'Erhaltene Anzahlungen 7 % USt', 'Prepayments received, VAT 7 %', 'prepayment', 'credit', 1711, 3260),
    (1718, 'Erhaltene Anzahlungen 19 % USt', 'Prepayments received, VAT 19 %', 'prepayment', 'credit', 1718, 3272),
    (1771, 'Umsatzsteuer 7 %', 'VAT 7 %', 'tax', 'credit', 1771, 3801),
    (1776, 'Umsatzsteuer 19 %', 'VAT 19 %', 'tax', 'credit', 1776, 3806),
    (2400, 'Forderungsverluste', 'Bad debts', 'expense', 'debit', 2400, 6930),
    (2650, 'Zinserträge', 'Interest income', 'revenue', 'credit', 2650, 7100),
    (4970, 'Nebenkosten des Geldverkehrs', 'Bank charges', 'expense', 'debit', 4970, 6855),
    (8210, 'Erlöse Strom ohne USt', 'Revenue electricity without VAT', 'revenue', 'credit', 8210, 4210),
    (8220, 'Erlöse Gas ohne USt', 'Revenue gas without VAT', 'revenue', 'credit', 8220, 4220),
    (8230, 'Erlöse Wasser ohne USt', 'Revenue water without VAT', 'revenue', 'credit', 8230, 4230),
    (8240, 'Erlöse Wärme ohne USt', 'Revenue heat without VAT', 'revenue', 'credit', 8240, 4240),
    (8250, 'Schmutzwassergebühren', 'Waste water charges', 'revenue', 'credit', 8250, 4250),
    (8260, 'Niederschlagswassergebühren', 'Rain water charges', 'revenue', 'credit', 8260, 4260),
    (8310, 'Erlöse Strom 7 % USt', 'Revenue electricity VAT 7 %', 'revenue', 'credit', 8310, 4310),
    (8320, 'Erlöse Gas 7 % USt', 'Revenue gas VAT 7 %', 'revenue', 'credit', 8320, 4320),
    (8330, 'Erlöse Wasser 7 % USt', 'Revenue water VAT 7 %', 'revenue', 'credit', 8330, 4330),
    (8340, 'Erlöse Wärme 7 % USt', 'Revenue heat VAT 7 %', 'revenue', 'credit', 8340, 4340),
    (8410, 'Erlöse Strom 19 % USt', 'Revenue electricity VAT 19 %', 'revenue', 'credit', 8410, 4410),
    (8420, 'Erlöse Gas 19 % USt', 'Revenue gas VAT 19 %', 'revenue', 'credit', 8420, 4420),
    (8430, 'Erlöse Wasser 19 % USt', 'Revenue water VAT 19 %', 'revenue', 'credit', 8430, 4430),
    (8440, 'Erlöse Wärme 19 % USt', 'Revenue heat VAT 19 %', 'revenue', 'credit', 8440, 4440),
    (8600, 'Mahngebühren', 'Dunning fees', 'revenue', 'credit', 8600, 4830);

CREATE SEQUENCE journal_entry_id;
CREATE TABLE journal_entry (
    id           bigint PRIMARY KEY DEFAULT nextval('journal_entry_id'),
    recorded_at  timestamptz NOT NULL,
    booking_date date NOT NULL,
    value_date   date NOT NULL,
    reverses     bigint REFERENCES journal_entry,
    lines        smallint NOT NULL CHECK (lines BETWEEN 2 AND 1000),
    kind         text NOT NULL CHECK (kind IN ('invoice', 'payment', 'reversal', 'refund', 'instalment', 'fee', 'interest', 'manual',
                                               'returned-debit', 'write-off')),
    key          text NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
    document     text,
    text         text NOT NULL,
    author       text NOT NULL,
    reason       text,
    hash         bytea NOT NULL CHECK (length(hash) = 32),
    CONSTRAINT journal_entry_key UNIQUE (key),
    CHECK ((kind = 'reversal') = (reverses IS NOT NULL)),
    CHECK (kind <> 'reversal' OR reason IS NOT NULL)
);
CREATE UNIQUE INDEX journal_entry_reversed_once ON journal_entry (reverses) WHERE reverses IS NOT NULL;
CREATE INDEX journal_entry_booked ON journal_entry (booking_date, id);
CREATE INDEX journal_entry_invoice ON journal_entry (document text_pattern_ops) WHERE kind IN ('invoice', 'reversal');
COMMENT ON TABLE journal_entry IS 'no column may name a person: rows are hashed and can never be erased';
COMMENT ON COLUMN journal_entry.hash IS 'SHA-256 of the canonical bytes of the entry with its number and its postings';

CREATE TABLE posting (
    entry_id     bigint NOT NULL,
    amount_cents bigint NOT NULL CHECK (amount_cents <> 0),
    account_id   bigint,
    contract_id  bigint,
    ledger       integer NOT NULL,
    due          date,
    line         smallint NOT NULL CHECK (line BETWEEN 1 AND 1000),
    claim        text CHECK (claim IN ('invoice', 'instalment', 'fee', 'interest', 'payment', 'credit', 'refund', 'return-charge')),
    tax_code     text,
    PRIMARY KEY (entry_id, line),
    CHECK ((account_id IS NULL) = (due IS NULL) AND (account_id IS NULL) = (claim IS NULL)),
    CHECK (contract_id IS NULL OR account_id IS NOT NULL)
);
CREATE INDEX posting_account ON posting (account_id, entry_id) WHERE account_id IS NOT NULL;
COMMENT ON COLUMN posting.amount_cents IS 'debit positive, credit negative';

-- Periods close from the oldest on: nothing is booked on a day before the last closing's.
CREATE TABLE period_closing (
    until       date PRIMARY KEY,
    closed_at   timestamptz NOT NULL,
    closed_by   text NOT NULL,
    entries     bigint NOT NULL,
    seal_number bigint
);
-- Sums of all entries before `until`, as they stood when it closed: the snapshots balances start from.
CREATE TABLE period_balance (
    until        date NOT NULL REFERENCES period_closing,
    ledger       integer NOT NULL REFERENCES general_ledger_account,
    debit_cents  bigint NOT NULL,
    credit_cents bigint NOT NULL,
    PRIMARY KEY (until, ledger)
);

-- Index nested loops always: a plan made while the table was empty would read all of it for each batch.
CREATE FUNCTION check_journal_entries() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    wrong record;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(7236001);
    SELECT e.id, e.booking_date INTO wrong FROM written e
        WHERE e.booking_date < (SELECT max(until) FROM period_closing) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry %: the period of % is closed', wrong.id, wrong.booking_date USING ERRCODE = 'ZW002', DETAIL = wrong.booking_date;
    END IF;
    SELECT e.id, e.reverses INTO wrong FROM written e JOIN journal_entry o ON o.id = e.reverses
        WHERE e.reverses IS NOT NULL AND o.reverses IS NOT NULL LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry % reverses %, which is a reversal itself', wrong.id, wrong.reverses USING ERRCODE = 'ZW003';
    END IF;
    SELECT e.id INTO wrong FROM written e WHERE NOT EXISTS (SELECT FROM posting p WHERE p.entry_id = e.id AND p.line = 1) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry % was written without its postings', wrong.id USING ERRCODE = 'ZW004';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER journal_entry_checked AFTER INSERT ON journal_entry REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION check_journal_entries();

CREATE FUNCTION check_postings() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    wrong record;
BEGIN
    -- The count must be that of the entry, so lines cannot be added later: the numbers are taken.
    SELECT s.entry_id, s.sum INTO wrong
        FROM (SELECT entry_id, sum(amount_cents) AS sum, count(*) AS lines, max(line) AS last FROM written GROUP BY entry_id) s
        LEFT JOIN journal_entry e ON e.id = s.entry_id
        WHERE e.id IS NULL OR s.sum <> 0 OR s.lines <> e.lines OR s.last <> e.lines LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry % does not balance or is not whole (sum % cents)', wrong.entry_id, wrong.sum USING ERRCODE = 'ZW004';
    END IF;
    -- Thousands of postings go to a handful of accounts.
    SELECT p.entry_id, p.ledger INTO wrong
        FROM (SELECT ledger, account_id IS NOT NULL AS is_customer, min(entry_id) AS entry_id FROM written GROUP BY 1, 2) p
        LEFT JOIN general_ledger_account g ON g.number = p.ledger
        WHERE g.number IS NULL OR g.closed OR (g.kind = 'control') <> p.is_customer LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry %: account % takes no such posting', wrong.entry_id, wrong.ledger USING ERRCODE = 'ZW005', DETAIL = wrong.ledger;
    END IF;
    SELECT p.entry_id, p.account_id INTO wrong
        FROM (SELECT account_id, min(entry_id) AS entry_id FROM written WHERE account_id IS NOT NULL GROUP BY 1) p
        WHERE NOT EXISTS (SELECT FROM account a WHERE a.id = p.account_id) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry %: there is no contract account %', wrong.entry_id, wrong.account_id USING ERRCODE = 'ZW006', DETAIL = wrong.account_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER posting_checked AFTER INSERT ON posting REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION check_postings();

CREATE SEQUENCE clearing_id;
CREATE TABLE clearing (
    id           bigint PRIMARY KEY DEFAULT nextval('clearing_id'),
    account_id   bigint NOT NULL REFERENCES account,
    booking_date date NOT NULL,
    recorded_at  timestamptz NOT NULL,
    resets       bigint UNIQUE REFERENCES clearing,
    author       text NOT NULL,
    reason       text,
    CHECK (resets IS NULL OR reason IS NOT NULL)
);
CREATE INDEX clearing_account ON clearing (account_id, id);
COMMENT ON COLUMN clearing.resets IS 'the clearing whose lines this one takes back, negated; both stay visible';

CREATE TABLE clearing_line (
    clearing_id  bigint NOT NULL,
    entry_id     bigint NOT NULL,
    amount_cents bigint NOT NULL CHECK (amount_cents <> 0),
    posting_line smallint NOT NULL,
    rule         text NOT NULL,
    PRIMARY KEY (clearing_id, entry_id, posting_line),
    FOREIGN KEY (entry_id, posting_line) REFERENCES posting
);
CREATE INDEX clearing_line_item ON clearing_line (entry_id, posting_line);
COMMENT ON COLUMN clearing_line.amount_cents IS 'taken from the item, with the sign of the item; the lines of a clearing sum to zero';

CREATE FUNCTION check_clearing_lines() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    wrong record;
BEGIN
    -- Locked in ascending order, then read afresh: two clearings of one item come one after the other.
    PERFORM 1 FROM account WHERE id IN (SELECT DISTINCT c.account_id FROM written w JOIN clearing c ON c.id = w.clearing_id)
        ORDER BY id FOR NO KEY UPDATE;
    SELECT s.clearing_id INTO wrong
        FROM (SELECT clearing_id, sum(amount_cents) AS sum, count(*) AS lines FROM written GROUP BY clearing_id) s
        WHERE s.sum <> 0 OR s.lines < 2
            OR s.lines <> (SELECT count(*) FROM clearing_line l WHERE l.clearing_id = s.clearing_id)
            OR NOT EXISTS (SELECT FROM clearing c WHERE c.id = s.clearing_id) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'clearing % does not sum to zero or is not whole', wrong.clearing_id USING ERRCODE = 'ZW004';
    END IF;
    SELECT w.entry_id, w.posting_line INTO wrong
        FROM (SELECT DISTINCT w.entry_id, w.posting_line, c.account_id FROM written w JOIN clearing c ON c.id = w.clearing_id) w
        JOIN posting p ON p.entry_id = w.entry_id AND p.line = w.posting_line
        CROSS JOIN LATERAL (SELECT sum(l.amount_cents) AS cleared FROM clearing_line l
                            WHERE l.entry_id = w.entry_id AND l.posting_line = w.posting_line) t
        WHERE p.account_id IS DISTINCT FROM w.account_id
            OR t.cleared < least(p.amount_cents, 0) OR t.cleared > greatest(p.amount_cents, 0) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'item %/% would be cleared beyond its amount, or on another account', wrong.entry_id, wrong.posting_line
            USING ERRCODE = 'ZW007';
    END IF;
    SELECT c.id INTO wrong FROM (SELECT DISTINCT clearing_id FROM written) w JOIN clearing c ON c.id = w.clearing_id
        WHERE c.resets IS NOT NULL AND (
            (SELECT count(*) FROM clearing_line l WHERE l.clearing_id = c.resets) <> (SELECT count(*) FROM clearing_line l WHERE l.clearing_id = c.id)
            OR EXISTS (SELECT FROM clearing_line o WHERE o.clearing_id = c.resets AND NOT EXISTS (
                SELECT FROM clearing_line l WHERE l.clearing_id = c.id AND l.entry_id = o.entry_id AND l.posting_line = o.posting_line
                    AND l.amount_cents = -o.amount_cents))) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'clearing % is not the opposite of what it resets', wrong.id USING ERRCODE = 'ZW004';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER clearing_line_checked AFTER INSERT ON clearing_line REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION check_clearing_lines();

-- What the payer wrote is personal and therefore here, outside of what is hashed.
CREATE SEQUENCE payment_serial START 500001;
CREATE TABLE payment (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number       text NOT NULL UNIQUE CHECK (number ~ '^Z-[0-9]{2,18}$'),
    account_id   bigint REFERENCES account,
    entry_id     bigint NOT NULL UNIQUE REFERENCES journal_entry,
    amount_cents bigint NOT NULL CHECK (amount_cents > 0),
    value_date   date NOT NULL,
    reference    text NOT NULL,
    source       text NOT NULL,
    key          text NOT NULL UNIQUE,
    request_hash bytea NOT NULL CHECK (length(request_hash) = 32),
    recorded_at  timestamptz NOT NULL
);
CREATE INDEX payment_account ON payment (account_id, id);
COMMENT ON COLUMN payment.account_id IS 'null: not known yet whose, the money is on the suspense account';

-- The chain over the journal. `leaves` repeats the hash of each entry in ascending order, so that a broken entry can be
-- named even when its own hash was forged with it.
CREATE TABLE seal (
    number    bigint PRIMARY KEY CHECK (number > 0),
    sealed_at timestamptz NOT NULL,
    previous  bytea NOT NULL UNIQUE CHECK (length(previous) = 32),
    hash      bytea NOT NULL UNIQUE CHECK (length(hash) = 32),
    last_id   bigint NOT NULL,
    entries   integer NOT NULL CHECK (entries > 0),
    ranges    int8multirange NOT NULL,
    missing   int8multirange NOT NULL,
    leaves    bytea NOT NULL CHECK (length(leaves) = 32 * entries)
);
ALTER TABLE seal ALTER COLUMN leaves SET STORAGE EXTERNAL;
COMMENT ON COLUMN seal.missing IS 'numbers up to last_id not seen yet: drawn by transactions that were under way, or rolled back';

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['journal_entry', 'posting', 'clearing', 'clearing_line', 'payment', 'seal', 'period_closing', 'period_balance'] LOOP
        EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE OR TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
                       name || '_only_grows', name);
    END LOOP;
END $$;

-- For people with psql: what is open now.
CREATE VIEW open_item AS
    SELECT p.account_id, p.entry_id, p.line, p.claim, e.document, e.booking_date, e.value_date, p.due, p.amount_cents,
           p.amount_cents - coalesce(c.cents, 0) AS remaining_cents, p.contract_id
    FROM posting p
    JOIN journal_entry e ON e.id = p.entry_id
    LEFT JOIN LATERAL (SELECT sum(l.amount_cents)::bigint AS cents FROM clearing_line l
                       WHERE l.entry_id = p.entry_id AND l.posting_line = p.line) c ON true
    WHERE p.account_id IS NOT NULL AND p.amount_cents <> coalesce(c.cents, 0);

GRANT SELECT ON general_ledger_account, open_item TO zaehlwerk_app;
GRANT SELECT, INSERT ON journal_entry, posting, clearing, clearing_line, payment, seal, period_closing, period_balance TO zaehlwerk_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO zaehlwerk_app;
