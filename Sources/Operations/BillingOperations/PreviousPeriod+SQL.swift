internal import Billing
internal import Postgres
internal import Tariffs
internal import Values

extension PreviousPeriod {
    /// Of the days `v` on the bill `i`: the consumption that the last standing correction says, and what corrections add to the gross.
    static let corrected: SQL = """
        SELECT coalesce(sum(coalesce(x.gross_cents, CASE WHEN v.gross_cents IS NULL THEN n.gross_cents ELSE 0 END)), 0)::bigint AS gross,
               (array_agg(coalesce(x.consumption_micro, CASE WHEN v.consumption_micro IS NULL THEN n.consumption_micro END) ORDER BY n.id DESC))[1]
                   AS consumption_micro
        FROM invoice n LEFT JOIN corrected_coverage x ON x.invoice_id = n.id AND x.contract_id = v.contract_id AND x.period = v.period
        WHERE n.corrects = i.id AND n.type = 'correction' AND n.cancelled_by IS NULL
        """

    /// What was billed a year before, as corrected: contract to the bill that shares most days with last year's period.
    static func load(_ due: [DueContract], in connection: Connection) throws -> [Int64: PreviousPeriod] {
        var result: [Int64: PreviousPeriod] = [:]
        for row in try connection.query(
            """
            SELECT DISTINCT ON (d.id) d.id, CASE WHEN v.consumption_micro IS NULL THEN i.period ELSE v.period END,
                   coalesce(k.consumption_micro, v.consumption_micro, i.consumption_micro), coalesce(v.consumption_unit, i.consumption_unit),
                   coalesce(v.gross_cents, i.gross_cents) + k.gross
            FROM unnest(\(due.map(\.id)), \(due.map(\.number)), \(due.map(\.account.number)), \(due.map(\.period.from)), \(due.map { $0.period.until ?? $0.period.from }))
                AS d (id, number, account, first, until)
            CROSS JOIN LATERAL (SELECT daterange((d.first - interval '1 year')::date, (d.until - interval '1 year')::date) AS days) y
            JOIN invoice_coverage v ON v.contract_number = d.number AND v.is_standing AND v.period && y.days
            JOIN invoice i ON i.id = v.invoice_id AND coalesce(v.consumption_micro, i.consumption_micro) IS NOT NULL
                -- What somebody else used at this place before is nothing the reader may see.
                AND (i.account_id = d.account
                     OR (SELECT count(DISTINCT p.partner_id) = 1 FROM account p WHERE p.id IN (i.account_id, d.account)))
            CROSS JOIN LATERAL (\(corrected)) k
            ORDER BY d.id, upper(v.period * y.days) - lower(v.period * y.days) DESC, i.id DESC
            """)
        {
            guard let unit = UnitCode(rawValue: try row.get(3)) else { continue }
            result[try row.get(0)] = PreviousPeriod(
                period: try row.get(1), consumption: Measure(micro: try row.get(2), unit: unit), gross: try row.get(4))
        }
        try completeStretches(&result, of: due, in: connection)
        return result
    }
}

/// What a correction says of each contract on a collective bill: the correction itself says it only of the whole.
enum CorrectedCoverage {
    /// A contract's days on the bill that is corrected, and what the correction says of them.
    struct Said {
        let contract: Int64
        let period: DayRange
        let consumption: Int64?
        let gross: Int64
    }

    static func insert(_ correction: Int64, of bill: StandingBill, _ difference: InvoiceDraft, in connection: Connection) throws {
        guard isSaid(of: difference) else { return }
        let rows = try said(difference, of: bill.id, in: connection)
        try connection.execute(
            """
            INSERT INTO corrected_coverage (invoice_id, contract_id, period, consumption_micro, gross_cents)
            SELECT \(correction), * FROM unnest(\(rows.map(\.contract)), \(rows.map(\.period)), \(rows.map(\.consumption)), \(rows.map(\.gross)))
            """)
    }

    /// Whether a correction says of each contract what it does not say of the whole.
    static func isSaid(of difference: InvoiceDraft) -> Bool { difference.consumption == nil && difference.supplies.count > 1 }

    /// - Parameter bill: the one that is corrected.
    static func said(_ difference: InvoiceDraft, of bill: Int64, in connection: Connection) throws -> [Said] {
        var rows: [Said] = []
        // By number and days: contracts stand on a paper in the order in which their terms became known, and may be cut in two by now.
        for covered in try StandingBill.coverage(of: [bill], in: connection)[bill] ?? [] {
            let own = difference.supplies.indices.filter {
                let supply = difference.supplies[$0]
                return supply.contract.number == covered.number && supply.period.intersection(covered.period) != nil
            }
            guard !own.isEmpty else { continue }
            rows.append(
                Said(
                    contract: covered.contract, period: covered.period,
                    consumption: try consumption(own.map { difference.supplies[$0].consumption }),
                    gross: try difference.gross(of: own).cents))
        }
        return rows
    }

    /// Of all stretches together; nil where one of them says nothing, or they count different things.
    private static func consumption(_ parts: [Measure?]) throws(Overflow) -> Int64? {
        guard let unit = parts.first??.unit, parts.allSatisfy({ $0?.unit == unit }) else { return nil }
        return try Overflow.checked(parts.reduce(Int128(0)) { $0 + Int128($1?.micro ?? 0) })
    }
}

extension InvoiceDraft {
    /// Gross of some of its supplies, by tax: the whole's own tax where it is all of it, else the tax on the part's nets.
    func grossByTax(of own: [Int]) throws -> [(tax: Tax, gross: Money)] {
        if Set(own).isSuperset(of: supplies.indices) { return totals.groups.map { ($0.tax, $0.net + $0.amount) } }
        var nets: [Tax: Money] = [:]
        for line in lines where own.contains(line.supply) { nets[line.tax, default: .zero] += line.amount }
        return try nets.sorted { $0.key < $1.key }.map { tax, net in (tax, tax.isOutside ? net : net + (try tax.rate.tax(on: net))) }
    }
    func gross(of own: [Int]) throws -> Money { try grossByTax(of: own).map(\.gross).total() }
}
