internal import Digests
public import Postgres
internal import TariffFiles
internal import Tariffs
public import Values

/// Publishes prices of market time units as they come, day by day, beside those of the folder: nobody has to put a file there.
///
/// What was said before is not said otherwise: the same prices again change nothing, another price for a unit is refused.
public struct ImportSpotPrices: Sendable {
    public struct Report: Hashable, Sendable {
        /// `set/name`.
        public let series: String
        public let from: Instant
        /// Exclusive.
        public let until: Instant
        public let units: Int
        /// Whether they were new; else they stood already.
        public let isNew: Bool
        /// Under which path they are published.
        public let path: String
    }
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// Whether a file says of itself that it is one.
    public static func recognises(_ bytes: [UInt8]) -> Bool {
        var start = 0
        while start < bytes.count, bytes[start] == UInt8(ascii: "#") {
            let end = bytes[start...].firstIndex(of: 10) ?? bytes.count
            let line = String(decoding: bytes[start..<end].prefix(200), as: UTF8.self)
            if line.filter({ $0 != " " }).hasPrefix("#schema:spot/") { return true }
            start = end + 1
        }
        return false
    }

    /// - Parameter bytes: CSV: a head of `# key: value` lines, then `start,price`.
    /// - Throws: ``BillingRefusal/faultyTariffs(_:)`` with line, key and mend.
    public func callAsFunction(_ bytes: [UInt8], author: String, today: Day, now: Instant) async throws -> Report {
        let unnamed = "_series/import.csv"
        let file: TariffFile
        do throws(TariffFileError) { file = try TariffFile(parsing: bytes, path: unnamed) } catch {
            throw BillingRefusal.faultyTariffs([error])
        }
        guard case .spot(let spot, _) = file, let first = spot.segments.first, let last = spot.segments.last else {
            throw BillingRefusal.faultyTariffs([
                TariffFileError(
                    path: unnamed, line: 0, column: 0, key: "", message: "no prices of market time units",
                    mend: "Write `start,price` lines.")
            ])
        }
        // Named by series and first unit: the same delivery again is the same file.
        let name = "\(spot.key.set)-\(spot.key.name)-\(first.start)".map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
        let path = "_series/\(String(name)).csv"
        let units = spot.segments.reduce(0) { $0 + $1.prices.count }
        let known = try await pool.transaction(readOnly: true) { try TariffCatalog.published(in: $0) }.prices.spots[spot.key]
        let stands = known.map { known in
            spot.segments.allSatisfy { segment in
                segment.prices.indices.allSatisfy { place in
                    known[segment.start.adding(seconds: Int64(place) * Int64(segment.secondsPerUnit))] == segment.prices[place]
                }
            }
        }
        if stands != true {
            try await PublishTariffs(pool: pool)([TariffSources.source(path: path, bytes: bytes)], author: author, today: today, now: now)
        }
        return Report(series: "\(spot.key)", from: first.start, until: last.end, units: units, isNew: stands != true, path: path)
    }
}
