import Glibc
import JSON
import MasterDataFormat
import Metering
import MeteringOperations
import Postgres
import ReadingFormats
import TestKit
import Testing
import Values

/// The files of `Samples/`, as far as no other module is needed to read them.
private enum Sample {
    static func bytes(_ name: String) throws -> [UInt8] {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(3)
        let path = parts.joined(separator: "/") + "/Samples/" + name
        let file = unsafe open(path, O_RDONLY)
        guard file >= 0 else { throw Missing(path: path) }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = unsafe read(file, &chunk, chunk.count), count > 0 { bytes += chunk[..<count] }
        return bytes
    }
    struct Missing: Error { let path: String }
}

@Suite(.database) struct `The samples` {
    @Test func `each delivery gets the answer that its list of expectations names`() async throws {
        let pool = TestDatabase.current.pool
        let document = try MasterDataDocument(json: Sample.bytes("master-data.json"))
        try await pool.transaction { _ = try MeteringMasterData.write(document.meteringPoints, in: $0) }
        let ingest = IngestReadings(pool: pool, directory: MeterDirectory())
        for expected in try JSONNode(parsing: Sample.bytes("expected.json")).elements("files") {
            let name = try expected.string("file")
            // SOAP is told by its own tests; what it would bring is not asked for by the other files.
            guard !name.hasSuffix(".xml") else { continue }
            let bytes = try Sample.bytes(name)
            let format = try #require(ReadingFormat.recognise(bytes), "\(name)")
            let batch = try format.parse(bytes, origin: .init(messageId: name, source: "samples"))
            let receipt = try await ingest(batch, body: bytes, format: format.rawValue, now: MeteringFixture.now)
            let counts = try ["accepted", "duplicates", "revised", "rejected"].map { Int(try expected.member($0).integer()) }
            #expect(receipt.counts == counts, "\(name)")
            #expect(batch.sentValues == receipt.counts.reduce(0, +), "\(name)")
            #expect(receipt.findings >= Int(try expected.member("findingsAtLeast").integer()), "\(name)")
            let errors = try expected.elements("errors").map { "\(try $0.string("path")) \(try $0.string("code"))" }
            #expect(receipt.errors.map { "\($0.path) \($0.code.rawValue)" } == errors, "\(name)")
        }
        let summary = try await MeteringSummary(pool: pool)()
        #expect(summary.lines.values.allSatisfy { $0.received > 0 && $0.meteringPoints > 0 })
        // 543 of the message that came twice, 743 that came under another number, 1 of the faulty one; 18 files but for two.
        #expect(summary.lines.values.reduce(0) { $0 + $1.duplicates } == 1_287)
        #expect(summary.deliveries == 16)
        // Every interior hole has got a stand-in.
        let holes: Int = try await pool.with { connection in
            try connection.one("SELECT count(*) FROM finding WHERE rule = 'gap-without-basis' AND state = 'open'")
        }
        #expect(holes == 0)
    }
}
