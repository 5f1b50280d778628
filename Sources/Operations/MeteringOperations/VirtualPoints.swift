internal import Metering
public import Postgres
internal import VEE
public import Values

/// Says how a series of a metering point is computed from those of others, from a day on.
public struct DefineVirtualSeries: Sendable {
    public struct Request: Hashable, Sendable {
        public struct Term: Hashable, Sendable {
            public var meteringPoint: String
            public var obis: ObisCode
            /// Signed, 10^-6.
            public var factorMicro: Int64
            public init(meteringPoint: String, obis: ObisCode, factorMicro: Int64) {
                self.meteringPoint = meteringPoint
                self.obis = obis
                self.factorMicro = factorMicro
            }
        }
        public var meteringPoint: String
        public var obis: ObisCode
        public var unit: UnitCode
        public var resolution: Resolution
        public var from: Day
        public var until: Day?
        public var terms: [Term]
        public var author: String
        public var reason: String
        public init(
            meteringPoint: String, obis: ObisCode, unit: UnitCode, resolution: Resolution, from: Day, until: Day? = nil, terms: [Term],
            author: String, reason: String
        ) {
            self.meteringPoint = meteringPoint
            self.obis = obis
            self.unit = unit
            self.resolution = resolution
            self.from = from
            self.until = until
            self.terms = terms
            self.author = author
            self.reason = reason
        }
    }
    /// Why a formula is not possible.
    public enum Refusal: Error, Hashable, Sendable {
        case missingAuthor
        case badPeriod
        case noTerms
        case unknownSource(String, ObisCode)
        /// The series would be made of itself.
        case cycle(String)
        case otherUnit(String, ObisCode)
        /// Its raster does not divide ours.
        case otherRaster(String, ObisCode)
        /// Another formula begins on that day or later.
        case overlaps
        /// A meter at the point measures it.
        case measured(serial: String)

        public var code: String {
            switch self {
            case .missingAuthor: "missing-author"
            case .badPeriod: "bad-period"
            case .noTerms: "no-terms"
            case .unknownSource: "unknown-source"
            case .cycle: "cycle"
            case .otherUnit: "other-unit"
            case .otherRaster: "other-raster"
            case .overlaps: "overlaps"
            case .measured: "measured"
            }
        }
        public var explanation: String {
            switch self {
            case .missingAuthor: "Say who; it is kept with the formula."
            case .badPeriod: "`until` lies behind `from`."
            case .noTerms: "A formula has 1 to 200 terms, none with the factor 0."
            case .unknownSource(let code, let obis): "Metering point \(code.prefix(80)) has no series \(obis)."
            case .cycle(let code): "Metering point \(code.prefix(80)) is itself made of this one."
            case .otherUnit(let code, let obis): "\(obis) of \(code.prefix(80)) measures something else."
            case .otherRaster(let code, let obis): "The raster of \(obis) of \(code.prefix(80)) does not divide that of the formula."
            case .overlaps: "A formula for this series begins on that day or later; choose a later day."
            case .measured(let serial):
                "Meter \(serial.prefix(64)) measures this series in that time; give the formula a metering point of its own, or another OBIS code."
            }
        }
    }

    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// Where two formulas hold on the same day, the one that became known last counts; what was known before stays to be read.
    /// - Throws: `Refusal`, `UnknownMeteringPoint`.
    public func callAsFunction(_ request: Request, now: Instant) async throws {
        guard request.author.contains(where: { !$0.isWhitespace }) else { throw Refusal.missingAuthor }
        guard (1...200).contains(request.terms.count), request.terms.allSatisfy({ $0.factorMicro != 0 }) else { throw Refusal.noTerms }
        guard let valid = DayRange(checked: request.from, until: request.until), valid.until != valid.from else { throw Refusal.badPeriod }
        try await pool.transaction { connection in
            // Writers of master data wait for each other, so that two halves of a cycle cannot be defined at once.
            try connection.execute("UPDATE master_data_version SET version = version + 1")
            let point = try connection.meteringPointId(request.meteringPoint)
            let sources = try request.terms.map { try DefineVirtualSeries.source($0, for: request, point, in: connection) }
            let isTaken: Bool = try connection.one(
                """
                SELECT EXISTS (
                    SELECT FROM virtual_formula WHERE metering_point_id = \(point) AND obis = \(request.obis.description)
                    AND lower(valid) >= \(request.from) AND valid && \(valid))
                """)
            guard !isTaken else { throw Refusal.overlaps }
            let meters = try connection.registers(ofMeters: connection.meterIds(ofPoints: [point]))
            if let meter = meters.first(where: { register in
                register.obis == request.obis && register.installations.pieces(in: valid).contains { $0.value == point }
            }) {
                throw Refusal.measured(serial: meter.serial)
            }
            let id: Int64 = try connection.one(
                """
                INSERT INTO virtual_formula (metering_point_id, obis, unit, resolution_seconds, valid, known_since, author, reason)
                VALUES (\(point), \(request.obis.description), \(request.unit.rawValue), \(request.resolution.storedSeconds), \(valid), \(now),
                    \(request.author), \(request.reason)) RETURNING id
                """)
            try connection.execute(
                """
                INSERT INTO virtual_term (formula_id, place, source_point_id, obis, factor_micro)
                SELECT \(id), * FROM unnest(\(request.terms.indices.map { Int16($0) }), \(sources), \(request.terms.map(\.obis.description)),
                    \(request.terms.map(\.factorMicro)))
                """)
            // Whoever follows the journal hears of it like of a register that means something else.
            var journal = ReadingJournal()
            journal.note(StoredFormula.offset + id, valid, .device)
            try journal.write(knownSince: now, in: connection)
        }
    }

    private static func source(
        _ term: Request.Term, for request: Request, _ point: Identifier<MeteringPoint>, in connection: Connection
    ) throws -> Identifier<MeteringPoint> {
        let source: Identifier<MeteringPoint>
        do { source = try connection.meteringPointId(term.meteringPoint) } catch is UnknownMeteringPoint {
            throw Refusal.unknownSource(term.meteringPoint, term.obis)
        }
        let isCycle: Bool = try connection.one(
            """
            WITH RECURSIVE below AS (
                SELECT \(source) AS point
                UNION SELECT t.source_point_id FROM below b JOIN virtual_formula f ON f.metering_point_id = b.point
                    JOIN virtual_term t ON t.formula_id = f.id
            ) SELECT EXISTS (SELECT FROM below WHERE point = \(point))
            """)
        guard !isCycle else { throw Refusal.cycle(term.meteringPoint) }
        let channels = try connection.registers(ofMeters: connection.meterIds(ofPoints: [source])).filter {
            $0.obis == term.obis && $0.resolution != nil
        }
        let formulas = try VirtualReader(connection: connection).formulas(of: [source]).filter { $0.formula.obis == term.obis }
        let shapes: [(UnitCode, Resolution?)] =
            channels.map { ($0.unit, $0.resolution) } + formulas.map { ($0.formula.unit, Optional($0.formula.resolution)) }
        guard !shapes.isEmpty else { throw Refusal.unknownSource(term.meteringPoint, term.obis) }
        for (unit, resolution) in shapes {
            guard unit.dimension == request.unit.dimension else { throw Refusal.otherUnit(term.meteringPoint, term.obis) }
            // A gas day is made of gas days only: hours of a local day would be summed to another day.
            let isGasDay = request.resolution == .gasDay || resolution == .gasDay
            guard let resolution,
                isGasDay ? request.resolution == resolution : request.resolution.storedSeconds.isMultiple(of: resolution.storedSeconds)
            else {
                throw Refusal.otherRaster(term.meteringPoint, term.obis)
            }
        }
        return source
    }
}

/// The virtual series of a metering point, with what is known of a period.
public struct ReadVirtualPoint: Sendable {
    public struct Series: Hashable, Sendable {
        public struct Term: Hashable, Sendable {
            public var meteringPoint: String
            public var obis: ObisCode
            public var factorMicro: Int64
        }
        public var obis: ObisCode
        public var unit: UnitCode
        public var resolution: Resolution
        public var valid: DayRange
        public var terms: [Term]
        /// The sum of the known slots of the period, 10^-6 of the unit.
        public var micro: Int64
        /// Slots of which all parts are known, those of them with a part that was not measured, and all of the period.
        public var known: Int
        public var notMeasured: Int
        public var expected: Int
    }

    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// - Precondition: `period` has an end.
    /// - Throws: `UnknownMeteringPoint`.
    public func callAsFunction(_ meteringPoint: String, period: DayRange, asOf: Instant? = nil) async throws -> [Series] {
        try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
            let point = try connection.meteringPointId(meteringPoint)
            let reader = VirtualReader(connection: connection, asOf: asOf)
            return try reader.formulas(of: [point]).map { stored in
                var total: Int128 = 0
                var (known, estimated, expected) = (0, 0, 0)
                let days = try reader.days(stored, period)
                for day in (stored.valid.intersection(period)?.days ?? []) {
                    expected += stored.formula.resolution.slots(of: day)
                    guard let sum = try days[day]?.slots.sum() else { continue }
                    total += Int128(sum.micro)
                    known += Int(sum.usable)
                    estimated += Int(sum.estimated)
                }
                let codes = Dictionary(
                    try connection.query("SELECT id, code FROM metering_point WHERE id = ANY(\(stored.formula.terms.map(\.source)))").map {
                        (try $0.get(0, as: Identifier<MeteringPoint>.self), try $0.get(1, as: String.self))
                    }
                ) { $1 }
                return Series(
                    obis: stored.formula.obis, unit: stored.formula.unit, resolution: stored.formula.resolution, valid: stored.valid,
                    terms: stored.formula.terms.map {
                        .init(meteringPoint: codes[$0.source] ?? "", obis: $0.obis, factorMicro: $0.factorMicro)
                    },
                    micro: try Overflow.checked(total), known: known, notMeasured: estimated, expected: expected)
            }
        }
    }
}
