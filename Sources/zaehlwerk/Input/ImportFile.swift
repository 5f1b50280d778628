import BillingOperations
import Digests
import Foundation
import JSON
import LedgerOperations
import MarketFormats
import MasterDataFormat
import Metering
import MeteringOperations
import PartnerOperations
import Postgres
import ReadingFormats
import SOAP
import Values

/// Takes a file into the installation, whatever it holds.
struct ImportFile: Sendable {
    /// What became of a file.
    struct Outcome: Sendable {
        /// The counts, in one line.
        var counts: String
        /// What was refused inside it, each with its place.
        var refusals: [String] = []

        init(counts: String, refusals: [String] = []) {
            self.counts = counts
            self.refusals = refusals
        }
        /// One receipt a message, under its own number, and the sum.
        init(_ outcome: IngestMarketMessages.Outcome) {
            var lines = [Outcome.counts(outcome.total)]
            if outcome.receipts.count > 1 { lines += outcome.receipts.map { "  message \($0.messageId): \(Outcome.counts($0))" } }
            self.init(counts: lines.joined(separator: "\n"), refusals: Outcome.refusals(outcome.total))
        }
        static func counts(_ receipt: DeliveryReceipt) -> String {
            """
            accepted \(receipt.accepted), duplicates \(receipt.duplicates), revised \(receipt.revised), rejected \(receipt.rejected), \
            findings \(receipt.findings)
            """
        }
        static func refusals(_ receipt: DeliveryReceipt) -> [String] {
            receipt.errors.map { "\($0.path): \($0.code.rawValue): \($0.message)" }
        }
    }

    let pool: Pool
    let directory: MeterDirectory
    /// Where what is refused, and the receipts of single messages, go while a large file is on its way.
    var tell: @Sendable (String) -> Void = { _ in }

    /// Files up to this size are read whole: one message is one delivery.
    static let wholeLimit = 4 << 20

    /// Takes the file at a path, plain or gzip. A large file of readings goes in piece by piece, so that memory does not grow with it.
    func callAsFunction(file path: String, as given: FileKind? = nil) async throws -> Outcome {
        let source = try FileSource(path)
        var head: [UInt8] = []
        var isWhole = false
        while head.count <= ImportFile.wholeLimit {
            let more = try source.read(ImportFile.wholeLimit + 1 - head.count)
            if more.isEmpty {
                isWhole = true
                break
            }
            head += more
        }
        if isWhole { return try await self(head, as: given) }
        // The end may lie within a character.
        let whole = head.count - head.reversed().prefix { $0 >= 0x80 }.count
        let kind = try given ?? FileKind(recognising: Array(head[..<whole]))
        guard let pieces = kind.pieces else {
            while case let more = try source.read(ImportFile.wholeLimit), !more.isEmpty { head += more }
            return try await self(head, as: kind)
        }
        head = []
        return try await take(FilePieces(pieces) { try FileSource(path) }, path)
    }

    /// - Throws: what keeps the file as a whole from being read; then nothing is stored. What is wrong with one piece stops the
    ///   import there and says so: what lies before is stored, and importing the mended file again doubles nothing.
    private func take(_ pieces: consuming FilePieces, _ path: String) async throws -> Outcome {
        var pieces = pieces
        let parts = FileParts()
        let progress = ProgressLine("\(path)  bytes")
        defer { progress.finish() }
        var total = DeliveryReceipt(messageId: "")
        do {
            while let piece = try pieces.next() {
                let (receipt, messages) = try await take(piece, pieces.kind, parts)
                total.add(receipt)
                // Told now, not kept: there may be as many as there are values.
                for line in messages + Outcome.refusals(receipt) { tell(line) }
                total.errors = []
                progress.update(done: piece.end, of: pieces.length)
            }
        } catch {
            let taken = total.accepted + total.duplicates + total.revised
            guard taken > 0 else { throw error }
            throw Failure(
                "\(Sentence.of(error)). Up to there it is stored (\(Outcome.counts(total))): mend it and import it again, nothing is doubled"
            )
        }
        return Outcome(counts: Outcome.counts(total))
    }

    private func take(_ piece: FilePiece, _ kind: FilePieces.Kind, _ parts: FileParts) async throws -> (
        receipt: DeliveryReceipt, messages: [String]
    ) {
        let now = Clock.now
        let ingest = IngestReadings(pool: pool, directory: directory)
        func take(_ batch: ReadingBatch, _ format: String) async throws -> (DeliveryReceipt, [String]) {
            (try await ingest(piece.told(batch), body: piece.bytes, format: format, parts: parts, now: now), [])
        }
        do {
            switch kind {
            case .json: return try await take(JSONReadings.parse(piece.bytes), "json")
            case .csv:
                return try await take(
                    CSVReadings.parse(piece.bytes, origin: .init(messageId: SHA256.hash(piece.bytes).hex, source: "import")), "csv")
            case .market(let format):
                let origin = MarketOrigin(messageId: SHA256.hash(piece.bytes).hex, source: "import", receivedAt: now)
                let delivery = try piece.told(format.parse(piece.bytes, origin: origin))
                let outcome = try await IngestMarketMessages(ingest)(
                    delivery, body: piece.bytes, origin: origin, isPiece: !piece.isOnly, parts: parts, now: now)
                let messages = format == .mscons ? outcome.receipts.map { "message \($0.messageId): \(Outcome.counts($0))" } : []
                return (outcome.total, messages)
            }
        } catch let error as ReadingFormatError {
            throw piece.told(error)
        } catch let error as MarketFormatError {
            throw piece.told(error)
        }
    }

    /// - Throws: whatever keeps the file as a whole from being read or stored; then nothing of it is stored.
    func callAsFunction(_ bytes: [UInt8], as given: FileKind? = nil) async throws -> Outcome {
        let kind = try given ?? FileKind(recognising: bytes)
        let now = Clock.now
        switch kind {
        case .masterData:
            let outcome = try await ImportMasterData(pool: pool)(MasterDataDocument(json: bytes), author: "import", now: now)
            return Outcome(
                counts: """
                    metering points \(outcome.metering.meteringPoints), meters \(outcome.metering.meters), registers \(outcome.metering.registers); \
                    partners, accounts, contracts: created \(outcome.partners.created), updated \(outcome.partners.updated), \
                    unchanged \(outcome.partners.unchanged)
                    """)
        case .temperatures:
            let file = TemperatureFile(bytes)
            let outcome = try await ImportTemperatures(pool: pool)(file.items, source: "import", author: "import", now: now)
            return Outcome(
                counts:
                    "temperatures: added \(outcome.added), changed \(outcome.changed), unchanged \(outcome.unchanged), rejected \(file.refusals.count)",
                refusals: file.refusals)
        case .spot:
            let report = try await ImportSpotPrices(pool: pool)(bytes, author: "import", today: LocalTime.berlin.day(of: now), now: now)
            return Outcome(
                counts:
                    "spot prices \(report.series) from \(report.from) to \(report.until): \(report.units) units, \(report.isNew ? "new" : "known")"
            )
        case .payments: return try await book(PaymentsDocument.parse(bytes), now: now)
        case .json: return try await ingest(JSONReadings.parse(bytes), bytes, "json", now)
        case .csv:
            // CSV names neither message nor source: the content is the message, so the same file again is the same message.
            let origin = ReadingFormat.Origin(messageId: SHA256.hash(bytes).hex, source: "import")
            return try await ingest(CSVReadings.parse(bytes, origin: origin), bytes, "csv", now)
        case .nem12, .nem13, .mscons, .espi, .cim, .mbusXML, .wmbusJSON:
            let origin = MarketOrigin(messageId: SHA256.hash(bytes).hex, source: "import", receivedAt: now)
            let ingest = IngestMarketMessages(IngestReadings(pool: pool, directory: directory))
            return Outcome(try await ingest(bytes, as: kind.market, origin: origin, now: now))
        case .soap: return try await ingest(SubmittedReadings.parse(envelope: bytes), bytes, "soap", now)
        }
    }

    private func ingest(_ batch: ReadingBatch, _ body: [UInt8], _ format: String, _ now: Instant) async throws -> Outcome {
        let receipt = try await IngestReadings(pool: pool, directory: directory)(batch, body: body, format: format, now: now)
        return Outcome(counts: Outcome.counts(receipt), refusals: Outcome.refusals(receipt))
    }

    private func book(_ payments: [IncomingPayment], now: Instant) async throws -> Outcome {
        let today = LocalTime.berlin.day(of: now)
        var booked = 0
        var existed = 0
        var refusals: [String] = []
        for (index, payment) in payments.enumerated() {
            do {
                let receipt = try await PostPayment(pool: pool)(payment, author: "import", today: today, now: now)
                if receipt.existed { existed += 1 } else { booked += 1 }
            } catch let refusal as LedgerRefusal {
                refusals.append("/payments/\(index): \(refusal.code): \(Sentence.of(refusal))")
            }
        }
        return Outcome(counts: "booked \(booked), known \(existed), rejected \(refusals.count)", refusals: refusals)
    }
}
