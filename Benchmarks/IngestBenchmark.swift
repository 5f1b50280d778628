import Foundation
import Values

/// Readings over HTTP until they are durable, all rules on, against psql COPY of as many keyed rows into the same cluster.
struct IngestBenchmark {
    let program: Program
    let connection: String
    let fleet: Fleet
    /// Local days of quarter hours per meter, and instants of single readings.
    let days: Int
    let singles: Int
    /// Senders, each with its share of the meters, whose values it sends in the order of time, as gateways and head ends do.
    static let connections = 8

    private func share(_ connection: Int) -> Range<Int> {
        let size = fleet.count / IngestBenchmark.connections
        return connection * size..<(connection + 1) * size
    }

    func run() throws {
        Report.section(
            "Ingest: durable before the answer, all rules on, \(IngestBenchmark.connections) connections, \(fleet.count) meters, 2 cores shared by load, server and PostgreSQL"
        )
        let master = FileManager.default.temporaryDirectory.appending(
            path: "zaehlwerk-bench-\(ProcessInfo.processInfo.processIdentifier).json")
        try Data(fleet.masterData.utf8).write(to: master)
        defer { try? FileManager.default.removeItem(at: master) }
        try program.run("import", master.path())
        let key = try program.run("key", "create", "--name", "bench", "--role", "gateway").trimmingCharacters(in: .whitespacesAndNewlines)
        let server = try program.serve()
        defer { server.stop() }
        Report.note("start with a migrated database to `listening`: \(String(format: "%.2f", server.startSeconds)) s")
        let load = HTTPLoad(port: server.port, authorization: "Bearer \(key)")

        let copyRate = try copyBaseline(rows: 1_000_000)
        let baseline = "psql \\copy of keyed rows"

        // 100 meters a message, a local day each.
        let first = Day(2025, 1, 1)
        let blocks = (0..<IngestBenchmark.connections).map { connection in
            (0..<days).flatMap { day in
                pieces(of: share(connection), size: 100).map { fleet.dayBlocks(day: first.adding(days: day), meters: $0) }
            }
        }
        let blockValues = Double((0..<days).reduce(0) { $0 + Resolution.quarterHour.slots(of: first.adding(days: $1)) } * fleet.count)
        let blockSeconds = try Report.stage("JSON day blocks") {
            try load.post("/api/v1/readings", contentType: "application/json", bodies: blocks)
        }
        Report.show(
            Figure(
                name: "JSON day blocks, 9,600 values a message", rate: blockValues / blockSeconds, unit: "readings/s", baseline: baseline,
                baselineRate: copyRate))

        for soap in [false, true] {
            let size = min(1_000, fleet.count / IngestBenchmark.connections)
            // SOAP takes the second half of the instants, so that no reading is a duplicate.
            let bodies = (0..<IngestBenchmark.connections).map { connection in
                (0..<singles).flatMap { step in
                    pieces(of: share(connection), size: size).map { meters in
                        fleet.registerReadings(
                            at: Instant(seconds: 1_735_689_600 + Int64(step + (soap ? singles : 0)) * 900), meters: meters, soap: soap)
                    }
                }
            }
            let elapsed = try Report.stage(soap ? "SOAP single readings" : "JSON single readings") {
                try load.post(
                    soap ? "/soap/metering" : "/api/v1/readings", contentType: soap ? "text/xml; charset=utf-8" : "application/json",
                    bodies: bodies)
            }
            Report.show(
                Figure(
                    name: soap ? "SOAP single readings, \(size) a message" : "JSON single readings, \(size) a message",
                    rate: Double(singles * fleet.count) / elapsed, unit: "readings/s", baseline: baseline, baselineRate: copyRate))
        }
        Report.note("storage: \(try storage()) bytes per interval reading with index, versions and status included, raw deliveries apart")
        let few = Fleet(count: min(fleet.count, 2_000))
        try FileBenchmark(program: program, fleet: few, days: max(2, days / 9), copyRate: copyRate, end: first.adding(days: days)).run()
    }

    private func pieces(of meters: Range<Int>, size: Int) -> [Range<Int>] {
        stride(from: meters.lowerBound, to: meters.upperBound, by: size).map { $0..<min($0 + size, meters.upperBound) }
    }

    /// One million rows (meter, instant, value, quality) under a primary key, as gateways deliver: all meters of one
    /// quarter hour after the other.
    private func copyBaseline(rows: Int) throws -> Double {
        let file = FileManager.default.temporaryDirectory.appending(path: "zaehlwerk-copy-\(ProcessInfo.processInfo.processIdentifier).csv")
        defer { try? FileManager.default.removeItem(at: file) }
        var text = ""
        text.reserveCapacity(rows * 32)
        for row in 0..<rows {
            text += "\(row % 1_000),\(Instant(seconds: 1_735_689_600 + Int64(row / 1_000) * 900)),\(row % 977),1\n"
        }
        try Data(text.utf8).write(to: file)
        try Program.psql(
            connection: connection,
            "DROP TABLE IF EXISTS bench_copy; CREATE TABLE bench_copy (meter_id int8, ts timestamptz, value int8, quality int2, PRIMARY KEY (meter_id, ts))"
        )
        let elapsed = try seconds { try Program.psql(connection: connection, "\\copy bench_copy FROM '\(file.path())' (FORMAT csv)") }
        try Program.psql(connection: connection, "DROP TABLE bench_copy")
        return Double(rows) / elapsed
    }

    private func storage() throws -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "psql", "-X", "-At", "-d", connection, "-c",
            "SELECT round(pg_total_relation_size('day_block')::numeric / sum(slots), 2) FROM day_block",
        ]
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
