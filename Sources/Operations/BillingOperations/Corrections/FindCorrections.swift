public import Postgres
public import Values

/// Finds bills whose inputs have changed since (late readings, corrected tariffs), computes what is right, and proposes the
/// difference; what was proposed and is right no longer is withdrawn. It issues nothing, and running it twice proposes nothing new.
public struct FindCorrections: Sendable {
    public struct Report: Hashable, Sendable {
        /// Bills that stand.
        public var bills = 0
        /// Bills that something has touched since.
        public var touched = 0
        /// New proposals.
        public var proposed = 0
        /// Proposals that wait for a decision about these bills, new or not: an earlier search may have made them.
        public var waiting = 0
        /// Bills that cannot be computed from what is known now, each with the reason.
        public var unclear: [Unclear] = []

        mutating func add(_ other: Report) {
            bills += other.bills
            touched += other.touched
            proposed += other.proposed
            waiting += other.waiting
            unclear += other.unclear
        }
    }
    public struct Unclear: Hashable, Sendable {
        public let invoice: String
        public let code: String
        public let explanation: String
        /// Nothing is to be computed: the contract has none of the billed days any more, and the bill is to be taken back.
        public var isToBeCancelled: Bool { code == OtherTerms.code || code == OtherAccount.code }
        /// Nothing is to be done: it is too late.
        var isOver: Bool { code == CorrectionLimit.code }
    }
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// - Parameters:
    ///   - invoices: numbers of the bills to look at, each of which is computed again; empty: of all that stand those that something has
    ///     touched, that were corrected, or that a proposal waits for.
    ///   - pageSize: bills of a transaction.
    public func callAsFunction(
        invoices: [String] = [], author: String, now: Instant, pageSize: Int = 200
    ) async throws -> Report {
        var report = Report()
        var after: Int64 = 0
        while true {
            // One snapshot: a reading that comes in between is found the next time, not half.
            let page = try await pool.transaction(isolation: .repeatableRead) { [after] connection in
                try FindCorrections.page(after: after, limit: pageSize, invoices, author: author, now: now, in: connection)
            }
            guard let last = page.last else { return report }
            after = last
            report.add(page.report)
        }
    }

    private static func page(
        after: Int64, limit: Int, _ numbers: [String], author: String, now: Instant, in connection: Connection
    ) throws -> (last: Int64?, report: Report) {
        let bills = try StandingBill.page(after: after, limit: limit, numbers: numbers, in: connection)
        var report = Report()
        guard !bills.isEmpty else { return (nil, report) }
        report.bills = bills.count
        var examination = try BillExamination(bills, now: now, in: connection)
        var looked: [Int64] = []
        for bill in bills {
            let examined = try examination(bill, always: !numbers.isEmpty, in: connection)
            if examined.isTouched { report.touched += 1 }
            switch examined.verdict {
            case .notLooked: continue
            case .right:
                try CorrectionStore.withdraw(bill.id, in: connection)
                try CorrectionStore.note(nil, of: bill, now: now, in: connection)
            case .stale(let found):
                if try CorrectionStore.propose(bill, found, author: author, now: now, in: connection) { report.proposed += 1 }
                try CorrectionStore.note(nil, of: bill, now: now, in: connection)
            case .unclear(let unclear):
                // What was proposed rested on facts that are gone: nobody releases it.
                try CorrectionStore.withdraw(bill.id, in: connection)
                try CorrectionStore.note(unclear.isOver ? nil : unclear, of: bill, now: now, in: connection)
                report.unclear.append(unclear)
            }
            try CorrectionStore.looked(at: examined.terms, for: bill.id, now: now, in: connection)
            if !examined.terms.isEmpty { looked.append(bill.id) }
        }
        try BillingRunStore.settleHeld(on: looked, in: connection)
        report.waiting = Int(
            try connection.one(
                "SELECT count(*) FROM correction WHERE state = 'proposed' AND invoice_id = ANY(\(bills.map(\.id)))", as: Int64.self))
        return (bills.last?.id, report)
    }

    /// The contract has none of the days that were billed: the bill is to be taken back.
    struct OtherTerms: Error {
        static let code = "other-terms"
        let contract: String
        var explanation: String {
            "Vertrag \(contract) hat von den abgerechneten Tagen inzwischen keinen mehr. Bitte die Rechnung stornieren."
        }
    }

    /// Days that were billed on one account belong to another.
    struct OtherAccount: Error {
        static let code = "other-account"
        let contract: String
        let account: String
        var explanation: String {
            "Vertrag \(contract) gehört in den abgerechneten Tagen zum Teil zum Vertragskonto \(account). Bitte die Rechnung stornieren; der nächste Lauf rechnet jedes Konto für seine Tage ab."
        }
    }
}
