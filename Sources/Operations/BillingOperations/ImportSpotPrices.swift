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
        let units = spot.segments.reduce(0) { $0 + $1.prices.count }
        let known = try await pool.transaction(readOnly: true) { try TariffCatalog.published(in: $0) }.prices.spots[spot.key]
        let new = try ImportSpotPrices.unknown(spot, bytes, known, path: unnamed)
        // Named by series and first new unit: a window that moves on publishes what is new in it.
        let name = "\(spot.key.set)-\(spot.key.name)-\(new?.first ?? first.start)"
            .map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
        let path = "_series/\(String(name)).csv"
        if let new {
            let source = TariffSources.source(path: path, bytes: new.bytes)
            try await PublishTariffs(pool: pool)([source], author: author, today: today, now: now)
        }
        return Report(series: "\(spot.key)", from: first.start, until: last.end, units: units, isNew: new != nil, path: path)
    }

    /// The file without the units that stand already.
    /// - Returns: nil if all of them do.
    /// - Throws: ``BillingRefusal/faultyTariffs(_:)`` for a unit that stands with another price, be its day past or to come.
    private static func unknown(
        _ spot: SpotSeries, _ bytes: [UInt8], _ known: SpotSeries?, path: String
    ) throws -> (bytes: [UInt8], first: Instant)? {
        var prices: [Instant: Int64] = [:]
        for segment in spot.segments {
            for (place, price) in segment.prices.enumerated() {
                prices[segment.start.adding(seconds: Int64(place) * Int64(segment.secondsPerUnit))] = price
            }
        }
        var kept: [UInt8] = []
        var first: Instant?
        for (line, text) in bytes.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
            let start = text.firstIndex(of: UInt8(ascii: ",")).flatMap { try? Instant(String(decoding: text[..<$0], as: UTF8.self)) }
            if let start, let price = known?[start] {
                guard prices[start] == price else {
                    throw BillingRefusal.faultyTariffs([
                        TariffFileError(
                            path: path, line: line + 1, column: 1, key: "price", message: "\(start) has been published with another price",
                            mend: "Send only units that are not published yet.")
                    ])
                }
                continue
            }
            first = first ?? start
            kept += text + [10]
        }
        return first.map { (kept, $0) }
    }
}
