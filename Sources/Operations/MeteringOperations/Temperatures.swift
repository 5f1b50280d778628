public import Postgres
public import VEE
public import Values

/// Takes in daily mean temperatures: what carries the use of gas and heat over a gap.
///
/// The same value again changes nothing; another one for a day is a further version.
public struct ImportTemperatures: Sendable {
    public struct Item: Hashable, Sendable {
        public var station: String
        public var day: Day
        public var mean: Temperature
        public init(station: String, day: Day, mean: Temperature) {
            self.station = station
            self.day = day
            self.mean = mean
        }
    }
    /// Which station speaks for the postcodes that begin so; the longest prefix decides, the empty one is for all others.
    public struct Region: Hashable, Sendable {
        public var postcodePrefix: String
        public var station: String
        /// - Returns: nil unless the prefix is zero to five digits and the station 1 to 64 bytes.
        public init?(postcodePrefix: String, station: String) {
            guard postcodePrefix.utf8.count <= 5, postcodePrefix.utf8.allSatisfy({ (0x30...0x39).contains($0) }), Self.isStation(station)
            else {
                return nil
            }
            self.postcodePrefix = postcodePrefix
            self.station = station
        }
        public static func isStation(_ text: String) -> Bool {
            (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
        }
    }
    public struct Outcome: Hashable, Sendable {
        public var added = 0
        public var changed = 0
        public var unchanged = 0
        public var regions = 0
    }

    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// - Parameter source: who measured: a weather service, an own station.
    /// - Throws: `DatabaseError`; nothing is stored then.
    public func callAsFunction(
        _ items: [Item], regions: [Region] = [], source: String, author: String, now: Instant
    ) async throws -> Outcome {
        // Of two values for a day the later in the list holds.
        var last: [Key: Int] = [:]
        for (index, item) in items.enumerated() { last[Key(station: item.station, day: item.day)] = index }
        let wanted = last.values.sorted().map { items[$0] }
        return try await pool.transaction { connection in
            var outcome = Outcome()
            let rows = try connection.query(
                """
                INSERT INTO temperature (station, day, version, ten_thousandths, source, author, known_since)
                SELECT w.station, w.day, coalesce(t.version, 0) + 1, w.value, \(source), \(author), \(now)
                FROM unnest(\(wanted.map(\.station)), \(wanted.map(\.day)), \(wanted.map(\.mean.tenThousandths))) AS w (station, day, value)
                LEFT JOIN LATERAL (
                    SELECT version, ten_thousandths FROM temperature x WHERE x.station = w.station AND x.day = w.day ORDER BY version DESC LIMIT 1
                ) t ON true
                WHERE t.ten_thousandths IS DISTINCT FROM w.value
                RETURNING version
                """)
            for row in rows {
                if try row.get(0, as: Int32.self) == 1 { outcome.added += 1 } else { outcome.changed += 1 }
            }
            outcome.unchanged = items.count - outcome.added - outcome.changed
            let known = Dictionary(regions.map { ($0.postcodePrefix, $0.station) }) { $1 }.sorted { $0.key < $1.key }
            outcome.regions = try connection.execute(
                """
                INSERT INTO temperature_region (postcode_prefix, station) SELECT * FROM unnest(\(known.map(\.key)), \(known.map(\.value)))
                ON CONFLICT (postcode_prefix) DO UPDATE SET station = excluded.station
                """)
            return outcome
        }
    }

    private struct Key: Hashable {
        let station: String
        let day: Day
    }
}
