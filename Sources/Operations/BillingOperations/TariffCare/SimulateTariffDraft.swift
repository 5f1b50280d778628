internal import Billing
public import Postgres
internal import Tariffs
internal import TariffFiles
public import Values

/// What a draft would do to real customers: their last bill's consumption at the prices before and at the new ones.
public struct TariffSimulation: Hashable, Sendable {
    /// One contract.
    public struct Effect: Hashable, Sendable {
        public let contract: String
        public let account: String
        public let period: DayRange
        /// Gross, at the version before the draft.
        public let before: Money
        /// Gross, at the draft.
        public let after: Money
        public var change: Money { after - before }
    }

    /// Contracts that the tariff supplies on the draft's first day or later.
    public let touched: Int64
    /// Of these, how many were looked at: all, or an even sample.
    public let drawn: Int64
    /// In order of the change, the largest relief first.
    public let effects: [Effect]
    /// Contracts without a bill yet, or whose consumption the draft cannot price, by the reason's code.
    public let missing: [String: Int]

    /// Whether sums are those of a part of the contracts.
    public var isSample: Bool { drawn < touched }
    /// What the change comes to if the contracts that were not looked at are like the sample; nil where it is none, or too large.
    public var estimatedChange: Money? {
        guard isSample, drawn > 0 else { return nil }
        let whole = Int128((after - before).cents) * Int128(touched) / Int128(drawn)
        return Int64(exactly: whole).map { Money(cents: $0) }
    }

    public var before: Money { effects.map(\.before).total() }
    public var after: Money { effects.map(\.after).total() }
}

/// Computes real contracts at the prices of a draft; writes nothing.
public struct SimulateTariffDraft: Sendable {
    let pool: Pool

    public init(pool: Pool) { self.pool = pool }

    /// Compares like with like: the same quantities, days, taxes and series as in the contract's last bill, priced as a whole
    /// by the version before the draft and by the draft.
    ///
    /// - Parameter limit: contracts computed at most; of more, an even selection over their numbers is drawn.
    /// - Throws: ``TariffDraftRefusal``; a draft with faults other than its examples' sums is not simulated.
    public func callAsFunction(_ id: Int64, limit: Int = 2_000) async throws -> TariffSimulation {
        try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
            let found = try TariffDraft.load(id, in: connection)
            let draft = found.draft
            let new: TariffVersion
            do {
                let source = try draft.source(found.text)
                guard case .tariff(let version) = try TariffFile(parsing: source.bytes, path: draft.path) else {
                    throw TariffDraftRefusal.unknownDraft(id)
                }
                new = version
            } catch let error as TariffFileError { throw TariffDraftRefusal.faulty([error]) }
            let catalog = try TariffCatalog.published(in: connection)
            guard let old = catalog.chains[draft.key]?.timeline[draft.from.adding(days: -1)] else {
                throw TariffDraftRefusal.unknownTariff(draft.key.description)
            }
            let touched = try TariffCustomers.count(draft.key, from: draft.from, in: connection)
            var stored = StoredBill()
            var effects: [TariffSimulation.Effect] = []
            var missing: [String: Int] = [:]
            let customers = try TariffCustomers.draw(draft.key, from: draft.from, limit: limit, in: connection)
            for customer in customers {
                guard let inputs = customer.inputs else {
                    missing["no-bill-yet", default: 0] += 1
                    continue
                }
                do {
                    // On a common bill, the part of this contract.
                    let cases = try stored.billingCases(inputs, in: connection)
                    guard let billed = cases.last(where: { $0.contract.number == customer.contract }) ?? cases.first else { continue }
                    effects.append(
                        TariffSimulation.Effect(
                            contract: customer.contract, account: customer.account, period: billed.period,
                            before: try SimulateTariffDraft.gross(billed, by: old),
                            after: try SimulateTariffDraft.gross(billed, by: PublishedTariff(version: new, hash: old.hash))))
                } catch let problem as BillingProblem {
                    missing[problem.code, default: 0] += 1
                } catch is StoredBill.Damage {
                    missing["bill-damaged", default: 0] += 1
                }
            }
            effects.sort { ($0.change.cents, $0.contract) < ($1.change.cents, $1.contract) }
            return TariffSimulation(touched: touched, drawn: Int64(customers.count), effects: effects, missing: missing)
        }
    }

    private static func gross(_ billed: BillingCase, by tariff: PublishedTariff) throws -> Money {
        var trial = billed
        trial.tariffs = Timeline(steps: [(billed.period.from, tariff)])
        return try Bill.compute(trial).totals.gross
    }
}

/// Who is supplied by a tariff, with the inputs of the last standing bill.
enum TariffCustomers {
    struct Customer {
        let contract: String
        let account: String
        let inputs: [UInt8]?
    }

    static func count(_ key: TariffKey, from day: Day, in connection: Connection) throws -> Int64 {
        try connection.one(
            "SELECT count(*) FROM contract WHERE tariff = \(key.description) AND valid && daterange(\(day), NULL)", as: Int64.self)
    }

    /// An even selection: the hash of the number orders them, so the same contracts are drawn each time.
    static func draw(_ key: TariffKey, from day: Day, limit: Int, in connection: Connection) throws -> [Customer] {
        try connection.query(
            """
            SELECT c.number, a.number, i.inputs
            FROM (SELECT number, account_id FROM contract WHERE tariff = \(key.description) AND valid && daterange(\(day), NULL)
                  ORDER BY md5(number) LIMIT \(limit)) c
            JOIN account a ON a.id = c.account_id
            LEFT JOIN LATERAL (SELECT n.inputs FROM invoice_coverage v JOIN invoice n ON n.id = v.invoice_id
                               WHERE v.contract_number = c.number AND v.is_standing ORDER BY upper(v.period) DESC LIMIT 1) i ON true
            """
        ).map { Customer(contract: try $0.get(0), account: try $0.get(1), inputs: try $0.get(2)) }
    }
}
