internal import Compression
internal import Digests
public import Metering
public import Postgres
internal import VEE
public import Values

/// Takes in messages of readings: stores, compares, validates and estimates in one transaction, and answers when all of it
/// is durable.
public struct IngestReadings: Sendable {
    let pool: Pool
    let directory: MeterDirectory

    public init(pool: Pool, directory: MeterDirectory) {
        self.pool = pool
        self.directory = directory
    }

    /// These messages share one transaction and so one flush to disk, perhaps with others that wait; each gets its own receipt,
    /// in their order.
    ///
    /// - Parameters:
    ///   - messages: what was read, the bytes it was read from (kept compressed), and the name of their format.
    ///   - parts: of a file that comes in pieces, the same for all of them.
    ///   - now: since when the values are known, and what "future" means.
    /// - Throws: `DatabaseError`; nothing is stored then.
    public func callAsFunction(
        _ messages: [(batch: ReadingBatch, body: [UInt8], format: String)], parts: FileParts? = nil, now: Instant
    ) async throws -> [DeliveryReceipt] {
        // Hashing and compressing do not need the connection's thread.
        let parcels = messages.map { message in
            // What bears no number of its own is named by its content, piece by piece.
            let isNumbered = message.format != "csv" && message.format != "nem12" && message.format != "nem13" && message.format != "espi"
            return Parcel(
                batch: message.batch, body: message.body, format: message.format,
                part: parts.map { FilePart(parts: $0, whole: FileParts.whole(message.batch.messageId, isNumbered: isNumbered)) })
        }
        return try await directory.gate.write(.init(self, parcels, now: now))
    }

    /// One transaction, done again where that helps.
    func write(_ parcels: [Parcel], now: Instant) async throws -> [DeliveryReceipt] {
        // Writers of one day at once draw the same version; who comes second does it again and then sees the first.
        try await pool.transaction(retries: VersionCollision.retries) { [directory] connection in
            try IngestReadings.run(parcels, directory: directory, now: now, in: connection)
        }
    }

    /// One message.
    public func callAsFunction(
        _ batch: ReadingBatch, body: [UInt8], format: String, parts: FileParts? = nil, now: Instant
    ) async throws -> DeliveryReceipt {
        let receipts = try await self([(batch, body, format)], parts: parts, now: now)
        return receipts.first ?? DeliveryReceipt(messageId: batch.messageId)
    }

    /// A message with what the archive keeps of it.
    struct Parcel: Sendable {
        let batch: ReadingBatch
        let format: String
        let hash: [UInt8]
        let compressed: [UInt8]
        let length: Int
        let part: FilePart?

        init(batch: ReadingBatch, body: [UInt8], format: String, part: FilePart? = nil) {
            self.batch = batch
            self.part = part
            self.format = format
            hash = SHA256.hash(body).bytes
            compressed = Deflate.compress(body, level: 1)
            length = body.count
        }
    }

    /// The steps, inside the caller's transaction.
    static func run(
        _ parcels: [Parcel], directory: MeterDirectory, now: Instant, reason: EstimationReason = .none,
        in connection: Connection
    ) throws -> [DeliveryReceipt] {
        try VersionCollision.asSerializationFailure {
            let run = IngestRun(parcels, now: now, reason: reason, connection: connection)
            try run.resolve(with: directory)
            try run.compareClocks()
            try run.takeIntervals()
            try run.takeReadings()
            run.compareTariffs()
            try run.write()
            try run.takeReports()
            try run.unsettleDependents()
            try run.settle()
            return try run.finish()
        }
    }
}
