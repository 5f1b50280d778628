import Foundation
import Postgres
import TestKit
import Testing

/// Files as utilities have them: large, of any format, and now and then interrupted.
@Suite(.database, .timeLimit(.minutes(20))) struct `Importing files` {
    private var program: ProgramUnderTest { ProgramUnderTest(connectionString: TestDatabase.current.connectionString) }

    /// A folder of its own, gone afterwards.
    private func folder<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "zaehlwerk-import-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(folder)
    }

    private static let master = #"""
        {"meteringPoints": [{"code": "POINT", "commodity": "electricity", "meters": [{"serial": "M1", "from": "1990-01-01", "registers": [
         {"obis": "1-0:1.29.0", "unit": "kWh", "resolution": "PT15M"}]}]}]}
        """#

    /// A row for each day from 2000 on, its cells padded with blanks as some spreadsheets do: large, and quickly read.
    private static func csv(days: Int) -> String {
        let cells = (0..<96).map { String(repeating: " ", count: 40) + "0.1\($0)" }.joined(separator: ",")
        let begin = Date(timeIntervalSince1970: 946_681_200)
        let header = "meter,obis,start,resolution,unit,status," + (1...96).map { "v\($0)" }.joined(separator: ",")
        let format = ISO8601DateFormatter()
        let rows = (0..<days).map {
            "M1,1-0:1.29.0,\(format.string(from: begin.addingTimeInterval(Double($0) * 86_400))),PT15M,kWh,measured,\(cells)"
        }
        return ([header] + rows).joined(separator: "\n") + "\n"
    }

    @Test func `a file four times larger needs no more memory, and again doubles nothing`() async throws {
        try await folder { folder in
            let master = folder.appending(path: "master.json").path
            try Data(Self.master.utf8).write(to: URL(filePath: master))
            #expect(try await program.run("import", master).status == 0)
            let measure =
                "import resource, subprocess, sys; r = subprocess.run(sys.argv[1:]); print('peak', resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(r.returncode)"
            func peak(_ days: Int) async throws -> (kilobytes: Int, output: String) {
                let file = folder.appending(path: "\(days).csv").path
                try Data(Self.csv(days: days).utf8).write(to: URL(filePath: file))
                let outcome = try await OtherProgram.run(
                    "/usr/bin/env", ["python3", "-c", measure, try ProgramUnderTest.executable().path, "import", file],
                    environment: program.environment)
                #expect(outcome.status == 0, "\(outcome.messages)")
                let last = try #require(outcome.output.split(separator: "\n").last)
                return (try #require(Int(last.dropFirst(5))), outcome.output)
            }
            let small = try await peak(1_000)
            let large = try await peak(4_000)
            #expect(small.output.contains("accepted 96000,"))
            // The days of the small file are in the large one, too.
            #expect(large.output.contains("accepted 288000, duplicates 96000, revised 0, rejected 0"), "\(large.output)")
            #expect(large.kilobytes < small.kilobytes * 5 / 4, "\(small.kilobytes) kB, then \(large.kilobytes) kB")
        }
    }

    @Test func `an interchange gets a receipt for each message, gzip is unpacked, and what comes out says what went in`() async throws {
        try await folder { folder in
            func message(_ number: Int, _ from: String, _ until: String) -> String {
                "UNH+\(number)+MSCONS:D:04B:UN:2.4c'BGM+7+M\(number)+9'UNS+D'NAD+DP'LOC+172+POINT'LIN+1'PIA+5+1-0?:1.29.0:SRW'QTY+220:0.\(number):KWH'DTM+163:\(from)?+00:303'DTM+164:\(until)?+00:303'UNT+11+\(number)'"
            }
            let text =
                "UNA:+.? 'UNB+UNOC:3+A:500+B:500+260115:0000+R1'" + message(1, "202601010000", "202601010015")
                + message(2, "202601010015", "202601010030")
                + "UNZ+2+R1'"
            let (master, file) = (folder.appending(path: "master.json").path, folder.appending(path: "values.txt").path)
            try Data(Self.master.utf8).write(to: URL(filePath: master))
            try Data(text.utf8).write(to: URL(filePath: file))
            #expect(try await OtherProgram.run("/usr/bin/env", ["gzip", file]).status == 0)
            let outcome = try await program.run("import", master, file + ".gz")
            #expect(outcome.status == 0, "\(outcome.messages)")
            #expect(outcome.output.contains("accepted 2, duplicates 0"))
            #expect(outcome.output.contains("message M1: accepted 1") && outcome.output.contains("message M2: accepted 1"))
            let exported = try await program.run(words: [
                "export", "--point", "POINT", "--format", "mscons", "--from", "2026-01-01", "--to", "2026-01-02",
            ])
            #expect(exported.status == 0, "\(exported.messages)")
            #expect(exported.output.contains("QTY+220:0.1:KWH'") && exported.output.contains("QTY+220:0.2:KWH'"))
            let back = folder.appending(path: "back.txt").path
            try Data(exported.output.utf8).write(to: URL(filePath: back))
            #expect(try await program.run("import", back).output.contains("accepted 0, duplicates 2, revised 0, rejected 0"))
            #expect(try await program.run(words: ["export", "--point", "NOWHERE", "--format", "csv"]).status == 1)
            #expect(try await program.run(words: ["export", "--point", "POINT", "--format", "pdf"]).status == 64)
        }
    }
}
