public import Postgres
internal import Ledger
internal import Values

/// Counts, sums, holds, the extremes, and the trial balance of a run's own entries.
public struct ReportBillingRun: Sendable {
    /// How many of the largest and the smallest bills are named.
    static let extremes = 10
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// All from one snapshot; a run at work is reported as far as it is.
    /// - Throws: ``BillingRefusal/unknownRun(_:)``.
    public func callAsFunction(_ number: String) async throws -> BillingRunReport {
        try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
            let run = try BillingRunRecord.load(number, in: connection)
            let id = try connection.one("SELECT id FROM billing_run WHERE number = \(number)", as: Int64.self)
            let holds = try BillingRunReport.holds(id, in: connection)
            let notices = try BillingRunReport.notices(id, in: connection)
            return try run.isSimulation
                ? BillingRunReport.simulated(id, run, holds, notices, in: connection)
                : BillingRunReport.issued(id, run, holds, notices, in: connection)
        }
    }

    /// How many bills of a run stand, and what the checks said of those that went out all the same: what a clerk is told at its end. The
    /// sums of a report take a tenth of the time of a run.
    /// - Throws: ``BillingRefusal/unknownRun(_:)``.
    public func outcome(_ number: String) async throws -> (bills: Int64, notices: [BillingRunReport.Notice]) {
        try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
            let found = try connection.optional("SELECT id, is_simulation FROM billing_run WHERE number = \(number)") {
                (id: try $0.get(0) as Int64, isSimulation: try $0.get(1) as Bool)
            }
            guard let found else { throw BillingRefusal.unknownRun(number) }
            let bills: Int64 =
                try found.isSimulation
                ? BillingRunReport.trials(found.id, in: connection)
                : connection.one(
                    "SELECT count(*) FROM invoice WHERE run_id = \(found.id) AND type = 'invoice' AND cancelled_by IS NULL", as: Int64.self)
            return (bills, try BillingRunReport.notices(found.id, in: connection))
        }
    }
}

extension BillingRunReport {
    fileprivate static func issued(_ id: Int64, _ run: BillingRunRecord, _ holds: [Hold], _ notices: [Notice], in connection: Connection)
        throws
        -> BillingRunReport
    {
        let counts = try connection.one(
            """
            SELECT count(*), count(cancelled_by), coalesce(sum(net_cents) FILTER (WHERE cancelled_by IS NOT NULL), 0)::bigint,
                   coalesce(sum(tax_cents) FILTER (WHERE cancelled_by IS NOT NULL), 0)::bigint,
                   coalesce(sum(net_cents), 0)::bigint, coalesce(sum(tax_cents), 0)::bigint
            FROM invoice WHERE run_id = \(id) AND type = 'invoice'
            """
        ) { row in
            (
                bills: try row.get(0) as Int64, cancelled: try row.get(1) as Int64, cancelledNet: try row.get(2) as Money,
                cancelledTax: try row.get(3) as Money, net: try row.get(4) as Money, tax: try row.get(5) as Money
            )
        }
        let commodities = try connection.query(
            """
            SELECT commodity, count(*), sum(net)::bigint, CASE WHEN bool_and(is_alone) THEN sum(tax_cents)::bigint END
            FROM (SELECT CASE l.service WHEN 'wastewater' THEN 'water' WHEN 'rainwater' THEN 'water' WHEN 'feed_in' THEN 'electricity'
                         ELSE l.service END AS commodity,
                         sum(l.amount_cents) AS net, i.tax_cents, count(*) OVER (PARTITION BY i.id) = 1 AS is_alone
                  FROM invoice i JOIN invoice_line l ON l.invoice_id = i.id
                  WHERE i.run_id = \(id) AND i.type = 'invoice' GROUP BY i.id, i.tax_cents, 1) s
            GROUP BY commodity ORDER BY array_position(\(Commodity.allCases.map(\.rawValue)), commodity)
            """
        ).map { Sum(name: try $0.get(0), bills: try $0.get(1), net: try $0.get(2), tax: try $0.get(3)) }
        // As on each bill: once per rate on the sum of its lines, half away from zero.
        let taxes = try connection.query(
            """
            SELECT rate, count(*), sum(net)::bigint, sum(round(net * coalesce(rate, 0) / 10000.0))::bigint
            FROM (SELECT l.invoice_id, l.tax_basis_points AS rate, sum(l.amount_cents) AS net
                  FROM invoice i JOIN invoice_line l ON l.invoice_id = i.id
                  WHERE i.run_id = \(id) AND i.type = 'invoice' GROUP BY l.invoice_id, l.tax_basis_points) s
            GROUP BY rate ORDER BY rate DESC NULLS LAST
            """
        ).map { row in
            TaxSum(
                rate: try row.get(0, as: Int32?.self).map { TaxRate(basisPoints: $0) }, bills: try row.get(1), net: try row.get(2),
                tax: try row.get(3))
        }
        let tariffs = try connection.query(
            """
            SELECT coalesce((SELECT min(regexp_replace(f.path, '[.]yaml$', '')) FROM tariff_file f WHERE f.sha256 = s.sha256), encode(s.sha256, 'hex')) AS name,
                   s.bills, s.net
            FROM (SELECT l.tariff_sha256 AS sha256, count(DISTINCT l.invoice_id) AS bills, sum(l.amount_cents)::bigint AS net
                  FROM invoice i JOIN invoice_line l ON l.invoice_id = i.id
                  WHERE i.run_id = \(id) AND i.type = 'invoice' GROUP BY l.tariff_sha256) s
            ORDER BY name
            """
        ).map { Sum(name: try $0.get(0), bills: try $0.get(1), net: try $0.get(2), tax: nil) }
        let balance = try connection.query(
            """
            SELECT p.ledger, coalesce(sum(p.amount_cents) FILTER (WHERE p.amount_cents > 0), 0)::bigint,
                   coalesce(-sum(p.amount_cents) FILTER (WHERE p.amount_cents < 0), 0)::bigint
            FROM invoice i JOIN posting p ON p.entry_id = i.journal_entry_id
            WHERE i.run_id = \(id) AND i.type = 'invoice' GROUP BY p.ledger
            """
        ).map { row in
            TrialBalance.Row(ledger: GeneralLedgerNumber(try row.get(0)), opening: .zero, debit: try row.get(1), credit: try row.get(2))
        }
        func extremes(_ order: SQL) throws -> [Bill] {
            try connection.query(
                """
                SELECT i.number, i.contract_number, a.number, i.gross_cents FROM invoice i JOIN account a ON a.id = i.account_id
                WHERE i.run_id = \(id) AND i.type = 'invoice' ORDER BY i.gross_cents \(order), i.id LIMIT \(ReportBillingRun.extremes)
                """
            ).map { Bill(invoice: try $0.get(0), contract: try $0.get(1), account: try $0.get(2), gross: try $0.get(3)) }
        }
        return BillingRunReport(
            run: run, bills: counts.bills, net: counts.net, tax: counts.tax, cancelled: counts.cancelled,
            cancelledNet: counts.cancelledNet, cancelledTax: counts.cancelledTax, commodities: commodities, taxes: taxes, tariffs: tariffs,
            holds: holds, notices: notices, largest: try extremes("DESC"), smallest: try extremes("ASC"), balance: TrialBalance(balance))
    }

    fileprivate static func simulated(
        _ id: Int64, _ run: BillingRunRecord, _ holds: [Hold], _ notices: [Notice], in connection: Connection
    ) throws -> BillingRunReport {
        let commodities = try connection.query(
            """
            SELECT commodity, count(*), sum(net)::bigint, CASE WHEN bool_and(is_alone) THEN sum(tax)::bigint END
            FROM (SELECT m.commodity, sum(j.net_cents) AS net, sum(j.tax_cents) AS tax, count(*) OVER (PARTITION BY j.group_id) = 1 AS is_alone
                  FROM billing_job j JOIN contract c ON c.id = j.contract_id JOIN metering_point m ON m.id = c.metering_point_id
                  WHERE j.run_id = \(id) AND j.state = 'simulated' GROUP BY m.commodity, j.group_id) s
            GROUP BY commodity ORDER BY array_position(\(Commodity.allCases.map(\.rawValue)), commodity)
            """
        ).map { Sum(name: try $0.get(0), bills: try $0.get(1), net: try $0.get(2), tax: try $0.get(3)) }
        let tariffs = try connection.query(
            """
            SELECT c.tariff, count(DISTINCT j.group_id), sum(j.net_cents)::bigint FROM billing_job j JOIN contract c ON c.id = j.contract_id
            WHERE j.run_id = \(id) AND j.state = 'simulated' GROUP BY c.tariff ORDER BY c.tariff
            """
        ).map { Sum(name: try $0.get(0), bills: try $0.get(1), net: try $0.get(2), tax: nil) }
        func extremes(_ order: SQL) throws -> [Bill] {
            try connection.query(
                """
                SELECT (array_agg(c.number ORDER BY c.id))[1], min(a.number), sum(j.gross_cents)::bigint AS gross
                FROM billing_job j JOIN contract c ON c.id = j.contract_id JOIN account a ON a.id = c.account_id
                WHERE j.run_id = \(id) AND j.state = 'simulated' GROUP BY j.group_id ORDER BY gross \(order), j.group_id
                LIMIT \(ReportBillingRun.extremes)
                """
            ).map { Bill(invoice: nil, contract: try $0.get(0), account: try $0.get(1), gross: try $0.get(2)) }
        }
        return BillingRunReport(
            run: run, bills: try trials(id, in: connection), net: run.net, tax: run.tax, cancelled: 0, cancelledNet: .zero,
            cancelledTax: .zero,
            commodities: commodities, taxes: [],
            tariffs: tariffs, holds: holds, notices: notices,
            largest: try extremes("DESC"), smallest: try extremes("ASC"), balance: nil)
    }

    /// Papers that a simulation came to.
    fileprivate static func trials(_ id: Int64, in connection: Connection) throws -> Int64 {
        try connection.one(
            "SELECT count(DISTINCT group_id) FROM billing_job WHERE run_id = \(id) AND state = 'simulated'", as: Int64.self)
    }

    fileprivate static func holds(_ id: Int64, in connection: Connection) throws -> [Hold] {
        try connection.query(
            """
            SELECT problem_code, count(*), coalesce(min(problem_text), '') FROM billing_job WHERE run_id = \(id) AND state = 'held'
            GROUP BY problem_code ORDER BY count(*) DESC, problem_code
            """
        ).map { Hold(code: try $0.get(0), contracts: try $0.get(1), example: try $0.get(2)) }
    }

    fileprivate static func notices(_ id: Int64, in connection: Connection) throws -> [Notice] {
        try connection.query(
            """
            SELECT e ->> 'code' AS code, count(DISTINCT j.group_id), coalesce(min(e ->> 'text'), '')
            FROM billing_job j CROSS JOIN LATERAL jsonb_array_elements(\(UnbilledDays.notices)) e
            WHERE j.run_id = \(id) AND j.notices IS NOT NULL AND j.state IN ('billed', 'simulated') GROUP BY 1 ORDER BY 2 DESC, 1
            """
        ).map { Notice(code: try $0.get(0), bills: try $0.get(1), example: try $0.get(2)) }
    }
}
