internal import Billing
internal import Digests
internal import InvoiceFormats
internal import JSON
internal import Ledger
internal import Postgres
internal import Values

/// Why a bill is kept back: a stable word and a sentence.
public struct HeldReason: Hashable, Sendable {
    public let code: String
    public let text: String

    static func json(_ reasons: [HeldReason]) -> JSONB? {
        reasons.isEmpty ? nil : JSONB(text: JSONValue.array(reasons.map { ["code": .string($0.code), "text": .string($0.text)] }).text)
    }
    static func list(_ json: JSONB) throws -> [HeldReason] {
        try JSONNode(parsing: Array(json.text.utf8)).elements().map { HeldReason(code: try $0.string("code"), text: try $0.string("text")) }
    }
}

extension [CheckResult] {
    /// What of it keeps a bill back, or is only to be known.
    func reasons(_ weight: CheckResult.Weight) -> [HeldReason] {
        filter { $0.weight == weight }.map { HeldReason(code: $0.code, text: $0.explanation) }
    }
}

/// Bills that are kept back, as rows.
enum HeldInvoiceStore {
    /// What a person has released, and as what it was looked at.
    struct Release {
        let codes: Set<String>
        let inputs: [UInt8]
        let reason: String

        /// A release holds for what was shown: other reasons, or another bill, are looked at again.
        func allows(_ reasons: [HeldReason], _ stored: StoredInputs) -> Bool {
            codes.isSuperset(of: reasons.map(\.code)) && stored.fingerprint == inputs
        }
    }

    static func released(_ run: Int64, contracts: [Int64], in connection: Connection) throws -> [Int64: Release] {
        var found: [Int64: Release] = [:]
        for row in try connection.query(
            """
            SELECT contract_id, reasons, inputs_sha256, release_reason FROM held_invoice
            WHERE run_id = \(run) AND contract_id = ANY(\(contracts)) AND state = 'released'
            """)
        {
            found[try row.get(0)] = Release(
                codes: Set(try HeldReason.list(try row.get(1)).map(\.code)), inputs: try row.get(2), reason: try row.get(3))
        }
        return found
    }

    /// A contract that is kept back.
    struct New {
        let due: DueContract
        let reasons: [HeldReason]
        /// The bill that is kept back; it stands with the contract that leads it.
        var bill: ReadyBill?
    }

    /// Keeps contracts back, or says anew why.
    static func hold(_ held: [New], run: Int64, now: Instant, in connection: Connection) throws {
        guard !held.isEmpty else { return }
        let totals = held.map(\.bill?.draft.totals)
        try connection.execute(
            """
            INSERT INTO held_invoice (run_id, contract_id, contract_number, account_id, period, state, reasons, inputs, inputs_sha256, net_cents,
                                      tax_cents, gross_cents, due_cents, held_at)
            SELECT \(run), contract, number, account, period, 'held', reasons, inputs, hash, net, tax, gross, due, \(now)
            FROM unnest(\(held.map(\.due.id)), \(held.map(\.due.number)), \(held.map(\.due.account.number)), \(held.map(\.due.period)),
                        \(held.map { HeldReason.json($0.reasons) }), \(held.map(\.bill?.inputs.bytes)), \(held.map(\.bill?.inputs.fingerprint)),
                        \(totals.map { $0?.net.cents }), \(totals.map { $0?.tax.cents }), \(totals.map { $0?.gross.cents }), \(held.map { $0.bill?.draft.due.cents }))
                WITH ORDINALITY AS h (contract, number, account, period, reasons, inputs, hash, net, tax, gross, due, place)
            ORDER BY place
            ON CONFLICT (run_id, contract_id) WHERE state IN ('held', 'released') DO UPDATE SET period = excluded.period, state = 'held',
                reasons = excluded.reasons, inputs = excluded.inputs, inputs_sha256 = excluded.inputs_sha256, net_cents = excluded.net_cents,
                tax_cents = excluded.tax_cents, gross_cents = excluded.gross_cents, due_cents = excluded.due_cents
            """)
    }

    /// Days that a run has found billed only in part as it was started: nobody computes a bill of them, and the rest is owed.
    static func holdPartlyBilled(_ run: Int64, now: Instant, in connection: Connection) throws {
        try connection.execute(
            """
            INSERT INTO held_invoice (run_id, contract_id, contract_number, account_id, period, state, reasons, held_at)
            SELECT j.run_id, c.id, c.number, c.account_id, j.period, 'held',
                   jsonb_build_array(jsonb_build_object('code', j.problem_code, 'text', j.problem_text)), \(now)
            FROM billing_job j JOIN contract c ON c.id = j.contract_id
            WHERE j.run_id = \(run) AND j.state = 'held' AND j.problem_code = \(Hindrance.partlyBilled(by: "").code)
            ORDER BY c.id
            ON CONFLICT (run_id, contract_id) WHERE state IN ('held', 'released') DO UPDATE SET period = excluded.period, state = 'held',
                reasons = excluded.reasons, inputs = NULL, inputs_sha256 = NULL, net_cents = NULL, tax_cents = NULL, gross_cents = NULL,
                due_cents = NULL
            """)
    }

    /// The bill that was kept back went out.
    static func issued(_ run: Int64, _ bills: [(contract: Int64, invoice: Int64)], in connection: Connection) throws {
        try connection.execute(
            """
            UPDATE held_invoice h SET state = 'issued', invoice_id = v.invoice_id
            FROM unnest(\(bills.map(\.contract)), \(bills.map(\.invoice))) AS b (contract_id, invoice_id)
            JOIN invoice_coverage v ON v.invoice_id = b.invoice_id
            WHERE h.run_id = \(run) AND h.contract_id = v.contract_id AND h.state IN ('held', 'released')
            """)
    }

    /// What a run keeps back no longer is on no worklist; nor what was released and is not due any more.
    static func withdraw(_ run: Int64, in connection: Connection) throws {
        try connection.execute(
            """
            UPDATE held_invoice h SET state = 'withdrawn' WHERE h.run_id = \(run) AND h.state IN ('held', 'released') AND NOT EXISTS (
                SELECT 1 FROM billing_job j WHERE j.run_id = h.run_id AND j.contract_id = h.contract_id AND j.state IN ('held', 'open'))
            """)
    }
}

extension StoredInputs {
    /// What a person who releases a bill has looked at. The day on which the next instalments begin is left out, and how many are left of
    /// the year: they follow from the day of issue, and a bill that is released tomorrow is the same bill. So is one whose quarter hours
    /// bear other versions by then.
    var fingerprint: [UInt8] {
        var seen = bare
        for place in seen.parts.indices {
            seen.parts[place].instalmentRule?.firstDue = Day(1970, 1, 1)
            seen.parts[place].instalmentRule = seen.parts[place].instalmentRule?.within(yearUntil: nil, asked: 0)
        }
        return SHA256.hash(seen.bytes).bytes
    }
}
