import Compression
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

    /// - Throws: whatever keeps the file as a whole from being read or stored; then nothing of it is stored.
    func callAsFunction(_ bytes: [UInt8], as given: FileKind? = nil) async throws -> Outcome {
        let bytes = Gzip.isGzip(bytes) ? try Gzip.decompress(bytes, limit: 1 << 30, ratioLimit: 2_000) : bytes
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

extension ImportFile {
    /// The bytes of a file; a sentence that names it where it cannot be read.
    static func bytes(of path: String) throws -> [UInt8] {
        do { return Array(try Data(contentsOf: URL(filePath: path))) } catch {
            throw Failure(
                "cannot be read: \(FileManager.default.fileExists(atPath: path) ? "no permission, or it is a folder" : "there is no such file")"
            )
        }
    }
}
