internal import JSON
public import MarketFormats
public import Metering
internal import Postgres
public import Values

/// Takes a file of a market format in: readings, withdrawals, and what cannot be taken, message by message in their order.
///
/// This is the way of all interfaces: REST and SOAP hand bodies in, the import its files or pieces of them.
public struct IngestMarketMessages: Sendable {
    /// What became of a file: a receipt for each of its messages.
    public struct Outcome: Sendable {
        public var format: MarketFormat
        public var receipts: [DeliveryReceipt]
        /// Under the file's own number: the sums of all receipts, and all they complain of.
        public var total: DeliveryReceipt
    }

    private let ingest: IngestReadings
    public init(_ ingest: IngestReadings) { self.ingest = ingest }

    /// Reads the bytes and takes what they say.
    ///
    /// - Parameters:
    ///   - format: nil: told by the content.
    ///   - origin: who sent it when, where the format does not say so itself.
    /// - Throws: `MarketFormatError` if nothing of it can be read; nothing is stored then. `DatabaseError`.
    public func callAsFunction(_ bytes: [UInt8], as format: MarketFormat? = nil, origin: MarketOrigin, now: Instant) async throws -> Outcome
    {
        let delivery =
            try format.map { format throws(MarketFormatError) in try format.parse(bytes, origin: origin) }
            ?? MarketFormat.read(bytes, origin: origin)
        return try await self(delivery, body: bytes, origin: origin, now: now)
    }

    /// How many values share a transaction: enough to make its price small, few enough to keep others from waiting.
    private static let valuesAtOnce = 500_000

    /// Takes what was read before.
    ///
    /// - Parameters:
    ///   - body: the bytes it was read from; the archive keeps of each message its own part.
    ///   - parts: of a file that comes in pieces, the same for all of them.
    ///   - isPiece: it is a part of a file, so that messages that cannot be taken are kept even if all of them are such.
    /// - Throws: the refusal of the first message if no message can be taken. `DatabaseError`; messages before it are stored.
    public func callAsFunction(
        _ delivery: MarketDelivery, body: [UInt8], origin: MarketOrigin, isPiece: Bool = false, parts: FileParts? = nil, now: Instant
    ) async throws -> Outcome {
        if !isPiece, delivery.readings.isEmpty, delivery.withdrawals.isEmpty, let refusal = delivery.refusals.first { throw refusal }
        var outcome = Outcome(format: delivery.format, receipts: [], total: DeliveryReceipt(messageId: origin.messageId))
        let points = try await points(of: delivery)
        var waiting: [(batch: ReadingBatch, body: [UInt8], format: String)] = []
        var values = 0
        func take() async throws {
            guard !waiting.isEmpty else { return }
            outcome.receipts += try await ingest(waiting, parts: parts, now: now)
            try await WakeWithdrawals(ingest)(waiting.map { ($0.batch.source, $0.batch.messageId) }, points: points, now: now)
            waiting = []
            values = 0
        }
        for (number, message) in delivery.messages.enumerated() {
            let part = delivery.body(of: number, in: body)
            switch message {
            case .readings(let readings):
                let batch = points.batch(of: readings)
                waiting.append((batch, part, delivery.format.rawValue))
                values += batch.values.count + batch.registers.count
            case .refused(let error):
                waiting.append((IngestMarketMessages.refused(error, number, origin), part, delivery.format.rawValue))
            case .withdrawal(let withdrawal):
                try await take()
                outcome.receipts.append(
                    try await WithdrawMessage(ingest)(withdrawal, points: points, body: part, format: delivery.format.rawValue, now: now))
            }
            if values >= IngestMarketMessages.valuesAtOnce { try await take() }
        }
        try await take()
        for receipt in outcome.receipts { outcome.total.add(receipt) }
        return outcome
    }

    /// A message that cannot be taken, as one that says so: it is kept, and the counts of the file tell of it.
    private static func refused(_ error: MarketFormatError, _ number: Int, _ origin: MarketOrigin) -> ReadingBatch {
        var batch = ReadingBatch(messageId: "\(origin.messageId)/\(number + 1)", source: origin.source)
        batch.faults.append(
            ItemFault(
                index: number, path: error.place.path, code: .unreadableMessage,
                message: "\(error.place): \(error.message) (\(error.code.rawValue))", values: 1))
        return batch
    }

    private func points(of delivery: MarketDelivery) async throws -> PointResolution {
        var codes: Set<String> = []
        for message in delivery.messages {
            switch message {
            case .readings(let readings):
                for meter in readings.batch.meters where meter.hasPrefix("@") { codes.insert(String(meter.dropFirst())) }
                for series in readings.untaken where series.origin.meter.isEmpty { codes.insert(series.origin.point) }
            case .withdrawal(let withdrawal):
                for scope in withdrawal.scopes where scope.meter.hasPrefix("@") { codes.insert(String(scope.meter.dropFirst())) }
            case .refused: break
            }
        }
        // A code with a NUL is a code that does not exist, not an error of the database.
        let wanted = codes.filter { !$0.isEmpty && !$0.utf8.contains(0) }.sorted()
        guard !wanted.isEmpty else { return PointResolution(points: [:]) }
        return try await ingest.pool.transaction(readOnly: true) { PointResolution(points: try $0.measuringPoints(wanted)) }
    }
}

extension DeliveryReceipt {
    /// Adds another message's counts and complaints.
    public mutating func add(_ other: DeliveryReceipt) {
        accepted += other.accepted
        duplicates += other.duplicates
        revised += other.revised
        rejected += other.rejected
        findings += other.findings
        errors += other.errors
    }
}
