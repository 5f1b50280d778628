internal import Metering
public import Postgres
public import ReadingFormats
public import VEE
public import Values

/// Changes values of a metering point as a person wants them: confirms, accepts, replaces, withdraws, estimates.
///
/// A measurement that is delivered later still takes the place of an estimate, and of a decision with a finding that says so
/// (`decision-replaced`); what a sender estimates does not displace a decision.
public struct EditValues: Sendable {
    public struct Request: Hashable, Sendable {
        public var meteringPoint: String
        public var obis: ObisCode
        /// nil: whichever meters hung there.
        public var meter: String?
        /// The first slot, or the reading.
        public var from: Instant
        /// Exclusive for slots; for one reading the same moment.
        public var until: Instant
        public var action: EditAction
        /// For `replace`: 10^-6 of the register's unit, one per slot or reading in order of time.
        public var values: [Int64]
        /// For `estimate`: nil lets the cascade choose.
        public var method: EstimationMethod?
        public var author: String
        public var reason: String

        public init(
            meteringPoint: String, obis: ObisCode, meter: String? = nil, from: Instant, until: Instant, action: EditAction,
            values: [Int64] = [], method: EstimationMethod? = nil, author: String, reason: String
        ) {
            self.meteringPoint = meteringPoint
            self.obis = obis
            self.meter = meter
            self.from = from
            self.until = until
            self.action = action
            self.values = values
            self.method = method
            self.author = author
            self.reason = reason
        }
    }

    let pool: Pool
    let directory: MeterDirectory
    /// - Parameter directory: the one that the ingest of this process uses, so that edits and deliveries of a meter wait for each
    ///   other; without it they collide and the later one is done again.
    public init(pool: Pool, directory: MeterDirectory = MeterDirectory()) {
        self.pool = pool
        self.directory = directory
    }

    /// - Throws: `EditRefusal`, `UnknownMeteringPoint`.
    public func callAsFunction(_ request: Request, now: Instant) async throws -> EditRecord {
        try await directory.gate.pass(try await meters(of: request)) {
            try await pool.transaction(retries: VersionCollision.retries) { connection in
                try VersionCollision.asSerializationFailure { try EditValues.run(request, now: now, in: connection) }
            }
        }
    }

    /// What the values would be, without storing them: the edit is made, read and rolled back. An estimate of what is estimated
    /// already is what stands there.
    /// - Throws: as the edit.
    public func preview(_ request: Request, now: Instant) async throws -> SeriesDocument {
        try await pool.rolledBack { connection in
            var isUnchanged = false
            do { _ = try EditValues.run(request, now: now, in: connection) } catch EditRefusal.nothingThere
                where request.action == .estimate
            {
                isUnchanged = true
            }
            let until = max(request.until, Instant(microseconds: request.from.microseconds + 1))
            let series = try ReadSeries.read(
                .init(meteringPoint: request.meteringPoint, obis: request.obis, from: request.from, to: until, limit: 100_000),
                in: connection)
            // Estimated already: what stands there is what an estimate would be.
            if isUnchanged, series.series.allSatisfy({ $0.values.isEmpty }) { throw EditRefusal.nothingThere }
            return series
        }
    }

    private func meters(of request: Request) async throws -> Set<String> {
        if let meter = request.meter { return [meter] }
        return try await pool.with { connection in
            Set(
                try connection.query(
                    """
                    SELECT DISTINCT m.serial FROM metering_point p JOIN installation i ON i.metering_point_id = p.id JOIN meter m ON m.id = i.meter_id
                    WHERE p.code = \(request.meteringPoint)
                    """
                ).map { try $0.get(0, as: String.self) })
        }
    }

    /// The same, inside the caller's transaction.
    static func run(_ request: Request, now: Instant, in connection: Connection) throws -> EditRecord {
        let edit = try EditRun(request.action, author: request.author, reason: request.reason, now: now, connection: connection)
        let point = try connection.meteringPointId(request.meteringPoint)
        let entries = try connection.meterEntries(connection.meterIds(ofPoints: [point])).flatMap(\.registers)
            .filter { entry in
                entry.register.obis == request.obis && (request.meter.map { $0 == entry.register.serial } ?? true)
                    && entry.register.installations.entries.contains { $0.value == point }
            }
            .sorted {
                ($0.register.installations.entries.first?.range.from ?? Day(1, 1, 1))
                    < ($1.register.installations.entries.first?.range.from ?? Day(1, 1, 1))
            }
        guard !entries.isEmpty else {
            throw EditRefusal.unknownRegister(meteringPoint: request.meteringPoint, obis: request.obis, meter: request.meter)
        }
        let change = ValueChange(action: request.action, method: request.method, values: request.values)
        let count = try change.apply(to: entries, from: request.from, until: request.until, edit: edit)
        guard count > 0 else { throw EditRefusal.nothingThere }
        let isDecided = [.accept, .confirm, .replace].contains(request.action)
        return try edit.finish(
            findings: isDecided ? entries.flatMap { try edit.closeGaps(of: $0, from: request.from, until: request.until) } : [])
    }
}
