internal import Billing
internal import InvoiceFormats
internal import Postgres
internal import Values

/// A bill as its rows say it. Rows of other tables come as texts, one for each bill: a page is one statement whatever the number of lines.
struct BilledRow {
    /// The bill that a Storno takes back.
    struct Cancelled {
        let number: String
        let inputs: [UInt8]
        let issuedOn: Day
        let entry: Int64?
        let contract: Int64
        let account: Int64
    }
    /// The head of its journal entry.
    struct Booked {
        let kind: String
        let key: String
        let document: String?
        let bookingDate: Day
        let reverses: Int64?
    }
    struct Column {
        let name: String
        let stored: String
        let right: String
    }

    let id: Int64
    let number: String
    let type: String
    let issuedOn: Day
    let inputs: [UInt8]
    let document: [UInt8]
    let hasHash: Bool
    let xmlHash: [UInt8]?
    let cancels: Int64?
    let cancelled: Cancelled?
    let cancelledBy: Int64?
    /// The Storno that names it.
    let taker: Int64?
    let corrects: Int64?
    let contract: Int64
    let account: Int64
    let entry: Int64?
    let booked: Booked?
    /// What its entry posts on its account, in cents.
    let claimed: Int64
    let postings: [String]
    let lines: [String]
    let coverage: [String]
    let corrected: [String]
    private let stored: [String]

    private static let names = [
        "number", "type", "corrects", "contract_number", "number of contract_id", "commodity", "kind", "period", "due_on", "net_cents",
        "tax_cents", "gross_cents", "due_cents", "consumption_micro", "consumption_unit",
    ]

    /// Every column that follows from the bill, as it is and as it must be.
    func columns(of invoice: Invoice) -> [Column] {
        let draft = invoice.draft
        // Of an account's paper it is the row of any contract on it: the least.
        let own = draft.supplies.map(\.contract.number).first { $0 == stored[4] } ?? draft.contract.number
        let right = [
            PrintedNumber(.invoice, serial: id).description,
            invoice.cancels != nil ? "cancellation" : invoice.corrects != nil ? "correction" : "invoice",
            invoice.corrects?.description ?? "",
            draft.contract.number, own, draft.commodity.rawValue, draft.kind.rawValue, draft.period.description,
            invoice.dueOn.description, "\(draft.totals.net.cents)", "\(draft.totals.tax.cents)", "\(draft.totals.gross.cents)",
            "\(draft.due.cents)", draft.consumption.map { "\($0.micro)" } ?? "", draft.consumption?.unit.rawValue ?? "",
        ]
        return zip(BilledRow.names, zip(stored, right)).map { Column(name: $0, stored: $1.0, right: $1.1) }
    }

    static func page(after: Int64, limit: Int, in connection: Connection) throws -> [BilledRow] {
        try connection.query("\(select) WHERE i.id > \(after) ORDER BY i.id LIMIT \(limit)").map(BilledRow.init)
    }

    private static let select: SQL = """
        SELECT i.id, i.number, i.type, i.issued_on, i.inputs, i.document, i.document_sha256 = sha256(i.document), i.xml_sha256,
               i.cancels, o.number, o.inputs, o.issued_on, o.journal_entry_id, o.contract_id, o.account_id, i.cancelled_by, x.id,
               i.corrects, CASE WHEN i.corrects IS NULL THEN '' ELSE coalesce(k.number, 'a bill that is gone') END,
               i.contract_id, coalesce(c.number, 'gone'), i.contract_number, i.account_id, i.commodity, i.kind, i.period, i.due_on,
               i.net_cents, i.tax_cents, i.gross_cents, i.due_cents, i.consumption_micro, i.consumption_unit,
               i.journal_entry_id, e.kind, e.key, e.document, e.booking_date, e.reverses,
               (SELECT coalesce(sum(p.amount_cents), 0)::bigint FROM posting p WHERE p.entry_id = i.journal_entry_id AND p.account_id = i.account_id),
               \(Written.postings(of: "i.journal_entry_id")),
               (SELECT array_agg(format('%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s', l.position, l.component, l.service, lower(l.period), upper(l.period),
                                        l.quantity_micro, l.unit, l.price_e8, l.amount_cents, l.tax_basis_points, encode(l.tariff_sha256, 'hex'))
                                 ORDER BY l.position) FROM invoice_line l WHERE l.invoice_id = i.id),
               (SELECT array_agg(format('%s|%s|%s|%s|%s|%s|%s|%s|%s', v.contract_number, lower(v.period), upper(v.period),
                                        CASE WHEN v.is_standing THEN 'standing' ELSE 'taken back' END, v.consumption_micro, v.consumption_unit,
                                        v.gross_cents, w.number, v.kind) ORDER BY v.contract_number COLLATE "C", lower(v.period))
                FROM invoice_coverage v LEFT JOIN contract w ON w.id = v.contract_id WHERE v.invoice_id = i.id),
               CASE WHEN i.type = 'correction' THEN
                   (SELECT array_agg(format('%s|%s|%s|%s|%s', v.contract_id, lower(v.period), upper(v.period), v.consumption_micro, v.gross_cents)
                                     ORDER BY v.contract_id, v.period) FROM corrected_coverage v WHERE v.invoice_id = i.id) END
        FROM invoice i LEFT JOIN invoice o ON o.id = i.cancels LEFT JOIN invoice x ON x.cancels = i.id LEFT JOIN invoice k ON k.id = i.corrects
        LEFT JOIN contract c ON c.id = i.contract_id LEFT JOIN journal_entry e ON e.id = i.journal_entry_id
        """

    private init(_ row: Row) throws {
        id = try row.get(0)
        number = try row.get(1)
        type = try row.get(2)
        issuedOn = try row.get(3)
        inputs = try row.get(4)
        document = try row.get(5)
        hasHash = try row.get(6)
        xmlHash = try row.get(7)
        cancels = try row.get(8)
        cancelled = try row.get(9, as: String?.self).map { number in
            Cancelled(
                number: number, inputs: try row.get(10), issuedOn: try row.get(11), entry: try row.get(12), contract: try row.get(13),
                account: try row.get(14))
        }
        cancelledBy = try row.get(15)
        taker = try row.get(16)
        corrects = try row.get(17)
        contract = try row.get(19)
        account = try row.get(22)
        entry = try row.get(33)
        booked = try row.get(34, as: String?.self).map { kind in
            Booked(
                kind: kind, key: try row.get(35), document: try row.get(36), bookingDate: try row.get(37), reverses: try row.get(38))
        }
        claimed = try row.get(39)
        postings = try row.get(40, as: [String]?.self) ?? []
        lines = try row.get(41, as: [String]?.self) ?? []
        coverage = try row.get(42, as: [String]?.self) ?? []
        corrected = try row.get(43, as: [String]?.self) ?? []
        stored = [
            number, type, try row.get(18), try row.get(21), try row.get(20), try row.get(23), try row.get(24),
            try row.get(25, as: DayRange.self).description, try row.get(26, as: Day.self).description, "\(try row.get(27, as: Int64.self))",
            "\(try row.get(28, as: Int64.self))", "\(try row.get(29, as: Int64.self))", "\(try row.get(30, as: Int64.self))",
            try row.get(31, as: Int64?.self).map { "\($0)" } ?? "", try row.get(32, as: String?.self) ?? "",
        ]
    }

    /// What bills set off, by bill.
    static func setOff(_ range: ClosedRange<Int64>, in connection: Connection) throws -> [Int64: [BillCheck.SetOffRow]] {
        var found: [Int64: [BillCheck.SetOffRow]] = [:]
        for row in try connection.query(
            """
            SELECT x.invoice_id, x.instalment_id, x.paid_on, x.shares, x.gross_cents, x.tax_cents, s.id IS NOT NULL, s.number
            FROM invoice_instalment x LEFT JOIN instalment s ON s.id = x.instalment_id
            WHERE x.invoice_id BETWEEN \(range.lowerBound) AND \(range.upperBound) ORDER BY x.invoice_id, x.instalment_id
            """)
        {
            let own = SetOff(
                instalment: try row.get(1), number: try row.get(7), paidOn: try row.get(2),
                shares: try InstalmentStore.shares(try row.get(3)))
            found[try row.get(0), default: []].append(
                .init(own: own, gross: try row.get(4), tax: try row.get(5), exists: try row.get(6)))
        }
        return found
    }
}
