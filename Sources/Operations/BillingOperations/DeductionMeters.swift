internal import Billing
internal import Metering
internal import Postgres
internal import Values

/// Where the meters hang that a contract names as its deduction meters: at its own point, or at one of their own, as where the garden
/// has a connection beside the house.
struct DeductionMeters {
    /// Points by serial number of a meter; a meter that nobody knows is not in it.
    private let points: [Substring: Set<Identifier<MeteringPoint>>]

    /// One statement for all contracts; none where no contract names a meter.
    init(of contracts: [Billing.BilledContract], in connection: Connection) throws {
        let serials = Set(contracts.flatMap(\.deductionMeters))
        guard !serials.isEmpty else { self.points = [:]; return }
        var points: [Substring: Set<Identifier<MeteringPoint>>] = [:]
        for row in try connection.query(
            """
            SELECT m.serial, i.metering_point_id FROM meter m LEFT JOIN installation i ON i.meter_id = m.id
            WHERE m.serial = ANY(\(serials.map(String.init).sorted()))
            """)
        {
            let serial: String = try row.get(0)
            let point: Int64? = try row.get(1)
            points[serial[...], default: []].formUnion(point.map { [Identifier($0)] } ?? [])
        }
        self.points = points
    }

    /// The points beside its own whose meters a contract deducts.
    /// - Throws: `Hindrance` where a meter is not known: its water would be charged in silence.
    func elsewhere(
        _ contract: Billing.BilledContract, at own: Identifier<MeteringPoint>
    ) throws(Hindrance) -> Set<Identifier<MeteringPoint>> {
        var found: Set<Identifier<MeteringPoint>> = []
        for serial in contract.deductionMeters {
            guard let points = points[serial] else { throw .unknownDeductionMeter(String(serial)) }
            found.formUnion(points)
        }
        return found.subtracting([own])
    }

    /// What the point counted, with what the deduction meters of other points counted.
    static func joined(
        _ usage: UsageInput, _ contract: Billing.BilledContract, _ terms: [AgreedTerms], _ others: Set<Identifier<MeteringPoint>>,
        _ all: [Identifier<MeteringPoint>: UsageInput]
    ) -> UsageInput {
        guard !others.isEmpty else { return usage }
        var joined = usage
        let serials = contract.deductionMeters + terms.flatMap { Billing.BilledContract.deductionMeters($0.attributes) }
        for other in others.sorted() {
            joined.meters += all[other]?.meters.filter { serials.contains($0.register.serial[...]) } ?? []
        }
        return joined
    }
}
