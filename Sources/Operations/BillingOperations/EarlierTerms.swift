internal import Billing
internal import InvoiceFormats
internal import Metering
internal import Postgres
internal import TariffFiles
internal import Tariffs
internal import Values

/// By which rules the days right before a bill are divided: those of the terms that held then, of this contract or of another at the
/// same point.
struct EarlierTerms {
    /// Days whose contract begins with them: what held before has to be looked up.
    struct Question {
        let number: String
        let point: Int64
        let first: Day
    }
    private struct Terms {
        let tariff: TariffKey
        let attributes: [String: String]
        let own: DayRange
    }
    private struct Place: Hashable {
        let number: String
        let point: Int64
        let first: Day
    }
    private var known: [Place: Terms] = [:]

    /// One statement for all of them; none where all contracts go on as they were.
    init(_ questions: [Question], in connection: Connection) throws {
        guard !questions.isEmpty else { return }
        for row in try connection.query(
            """
            SELECT DISTINCT ON (d.number, d.point, d.first) d.number, d.point, d.first, p.tariff, p.attributes::text,
                   daterange((SELECT min(lower(t.valid)) FROM contract t WHERE t.number = p.number), upper(p.valid))
            FROM unnest(\(questions.map(\.number)), \(questions.map(\.point)), \(questions.map(\.first))) AS d (number, point, first)
            CROSS JOIN LATERAL (SELECT c.direction FROM contract c WHERE c.number = d.number LIMIT 1) c
            JOIN contract p ON p.metering_point_id = d.point AND p.direction = c.direction AND p.valid @> d.first - 1
            ORDER BY d.number, d.point, d.first, p.id
            """)
        {
            // What cannot be read is billed by nobody, and says nothing of what follows it.
            guard let tariff = TariffKey(try row.get(3, as: String.self)),
                let attributes = try? DueContract.attributes(try row.get(4))
            else { continue }
            known[Place(number: try row.get(0), point: try row.get(1), first: try row.get(2))] = Terms(
                tariff: tariff, attributes: attributes, own: try row.get(5))
        }
    }

    /// What has to be asked of a contract: nothing where its terms began before the days.
    static func question(_ contract: Billing.BilledContract, _ point: Int64, _ first: Day) -> Question? {
        contract.valid.from < first ? nil : Question(number: contract.number, point: point, first: first)
    }

    /// How the first moment of `period` is divided; nil: by the rules of the period itself.
    /// - Parameters:
    ///   - attributes: of the first day of the period.
    ///   - rules: of the period.
    func seam(
        _ contract: Billing.BilledContract, on attributes: [String: String], _ point: Int64, _ period: DayRange, _ rules: RatingRules,
        _ chains: [TariffKey: TariffChain],
        _ profiles: inout DivisionProfiles
    ) -> Seam? {
        let day = period.from.adding(days: -1)
        if contract.valid.from < period.from {
            // The same terms, billed until here by the version of that day.
            guard let before = chains[contract.tariff]?.timeline[day]?.version.rules,
                before.consumption != rules.consumption || before.profile != rules.profile || attributes != contract.attributes
            else { return nil }
            return Seam(
                totals: profiles.totals(before, contract.tariff.commodity, attributes: attributes, around: period),
                own: contract.own)
        }
        guard !known.isEmpty, let terms = known[Place(number: contract.number, point: point, first: period.from)],
            let before = chains[terms.tariff]?.timeline[day]?.version.rules
        else { return nil }
        return Seam(
            totals: profiles.totals(before, terms.tariff.commodity, attributes: terms.attributes, around: period), own: terms.own)
    }
}

extension Billing.BilledContract {
    /// The days of the contract, from its first terms on.
    var own: DayRange {
        guard let began, began < valid.from else { return valid }
        return DayRange(from: began, until: valid.until)
    }
}
