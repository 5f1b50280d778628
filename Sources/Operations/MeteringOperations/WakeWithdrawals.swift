internal import Compression
internal import MarketFormats
internal import Metering
internal import Postgres
internal import Values

/// Withdrawals that came before the message they name, carried out when it has arrived: whatever the order of the two, nothing of the
/// message holds in the end.
struct WakeWithdrawals: Sendable {
    private let ingest: IngestReadings
    init(_ ingest: IngestReadings) { self.ingest = ingest }

    private struct Waiting: Sendable {
        let format: MarketFormat
        let origin: MarketOrigin
        let body: [UInt8]
    }

    /// Nearly always nothing waits: one statement, no transaction.
    /// - Parameter messages: source and number of what has just been taken.
    func callAsFunction(_ messages: [(source: String, id: String)], points: PointResolution, now: Instant) async throws {
        let found = try await ingest.pool.with { connection in
            // A piece of a file bears the file's number and its own behind it.
            let ids = messages.map { $0.id.split(separator: "#", maxSplits: 1).first.map(String.init) ?? $0.id }
            return try connection.query(
                """
                SELECT DISTINCT d.id, d.format, d.source, d.message_id, d.received_at, d.body, d.body_length
                FROM unnest(\(messages.map(\.source) + messages.map(\.source)), \(messages.map(\.id) + ids)) AS m (source, id)
                JOIN waiting_withdrawal w ON w.source = m.source AND w.message_id = m.id JOIN delivery d ON d.id = w.delivery_id
                WHERE d.body IS NOT NULL ORDER BY d.id
                """
            ).compactMap { row -> Waiting? in
                guard let format = MarketFormat(rawValue: try row.get(1)) else { return nil }
                let length: Int64 = try row.get(6)
                return Waiting(
                    format: format, origin: MarketOrigin(messageId: try row.get(3), source: try row.get(2), receivedAt: try row.get(4)),
                    body: try Deflate.decompress(try row.get(5), limit: Int(clamping: length)))
            }
        }
        for waiting in found {
            for withdrawal in try waiting.format.parse(waiting.body, origin: waiting.origin).withdrawals {
                _ = try await WithdrawMessage(ingest)(
                    withdrawal, points: points, body: waiting.body, format: waiting.format.rawValue, now: now)
            }
        }
    }
}
