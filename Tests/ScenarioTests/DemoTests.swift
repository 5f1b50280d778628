import Foundation
import JSON
import Postgres
import TestKit
import Testing
import Values

/// `make demo` on the samples, in one go: what came in, what was billed, what the ledger holds.
@Suite(.database, .timeLimit(.minutes(20))) struct `The demonstration` {
    /// `accepted 8, duplicates 0, …` as numbers.
    private static func counts(of line: Substring) -> [String: Int64] {
        var counts: [String: Int64] = [:]
        for pair in line.split(separator: ", ") {
            let words = pair.split(separator: " ")
            if words.count == 2, let number = Int64(words[1]) { counts[String(words[0])] = number }
        }
        return counts
    }

    private func holdings() async throws -> [Int64] {
        try await TestDatabase.current.pool.with { connection in
            try [
                "delivery", "day_block", "register_reading", "invoice", "invoice_line", "journal_entry", "posting", "open_item", "payment",
                "tariff_file", "partner", "contract", "api_key", "app_user",
            ]
            .map { try connection.one("SELECT count(*) FROM \(raw: $0)", as: Int64.self) }
        }
    }

    @Test func `loads, bills and posts the samples once, and everything agrees`() async throws {
        let program = Served.program
        let first = try await program.run("demo", "--stop")
        #expect(first.status == 0, "\(first.messages.suffix(3_000))")

        // What came in is what the samples say of themselves.
        let expected = try JSONValue(parsing: Array(try Data(contentsOf: URL(filePath: Served.sample("expected.json")))))
        let lines = first.messages.split(separator: "\n")
        for file in expected["files"]?.array ?? [] {
            let name = try #require(file["file"]?.string)
            let line = try #require(lines.first { $0.hasPrefix("\(name): ") }, "\(name) was not loaded")
            let counts = Self.counts(of: line.dropFirst(name.count + 2))
            for count in ["accepted", "duplicates", "revised", "rejected"] {
                #expect(counts[count] == file[count]?.integer, "\(name): \(count)")
            }
            #expect(try #require(counts["findings"]) >= file["findingsAtLeast"]?.integer ?? 0, "\(name): findings")
        }

        // Every contract has its bills, and they are what customers were charged.
        try await TestDatabase.current.pool.with { connection in
            let unbilled = try connection.query(
                "SELECT c.key FROM contract c WHERE NOT EXISTS (SELECT 1 FROM invoice_coverage v WHERE v.contract_id = c.id) ORDER BY c.key"
            ).map { try $0.get(0, as: String.self) }
            #expect(unbilled == [])
            let gross = try connection.one(
                "SELECT coalesce(sum(gross_cents), 0)::bigint FROM invoice WHERE type = 'invoice'", as: Int64.self)
            let charged = try connection.one(
                "SELECT coalesce(sum(p.amount_cents), 0)::bigint FROM posting p JOIN journal_entry e ON e.id = p.entry_id WHERE p.account_id IS NOT NULL AND e.kind = 'invoice'",
                as: Int64.self)
            #expect(gross > 0)
            #expect(gross == charged)
            #expect(try connection.one("SELECT coalesce(sum(amount_cents), 0)::bigint FROM posting", as: Int64.self) == 0)
            // What a bill asks for on paper is what was open of its claim once it was issued.
            let disagreeing = try connection.query(
                """
                SELECT i.number, i.document, (p.amount_cents - coalesce(
                           (SELECT sum(l.amount_cents) FROM clearing_line l JOIN clearing c ON c.id = l.clearing_id
                            WHERE l.entry_id = p.entry_id AND l.posting_line = p.line AND c.recorded_at = e.recorded_at), 0))::bigint
                FROM invoice i JOIN journal_entry e ON e.id = i.journal_entry_id
                JOIN posting p ON p.entry_id = e.id AND p.account_id IS NOT NULL WHERE i.type = 'invoice' AND p.amount_cents > 0
                """
            ).filter { row in
                let document = try JSONValue(parsing: try row.get(1, as: [UInt8].self))
                let said = (document["payable"] ?? document["due"])?.string
                return try row.get(2, as: Money.self).description != said
            }
            #expect(try disagreeing.map { try $0.get(0, as: String.self) } == [])
        }
        #expect(first.output.contains(" EUR agree"))
        #expect(first.output.matches(of: /user [a-z]+  one-time password/).count == 4)
        #expect(first.output.matches(of: /API key  zw_/).count == 1)

        // The same again changes nothing and shows no secret.
        let held = try await holdings()
        let second = try await program.run("demo", "--stop")
        #expect(second.status == 0, "\(second.messages.suffix(3_000))")
        #expect(try await holdings() == held)
        #expect(!second.output.contains("zw_"))
        #expect(second.output.contains("user reset-password"))
        let table = { (text: String) in
            text.split(separator: "\n").filter { $0.hasPrefix("electricity") || $0.hasPrefix("all ") || $0.hasPrefix("sum of bills") }
        }
        #expect(table(second.output) == table(first.output))

        let verified = try await program.run("verify")
        #expect(verified.status == 0, "\(verified.output)\(verified.messages)")
        #expect(verified.output == "everything is as it was written\n")

        for report in ["trial-balance", "open-items", "aging", "journal"] {
            for format in ["table", "csv", "json"] {
                let outcome = try await program.run("report", report, "--format", format)
                #expect(outcome.status == 0, "\(report) \(format): \(outcome.messages)")
                #expect(!outcome.output.isEmpty)
                if format == "json" {
                    #expect((try? JSONValue(parsing: Array(outcome.output.utf8)))?["items"]?.array?.isEmpty == false, "\(report)")
                }
            }
        }
        let statement = try await program.run("report", "statement", "a-01", "--format", "csv")
        #expect(statement.output.split(separator: "\r\n").count > 2)

        // Every bill of the samples as e-invoices of both syntaxes, left for the outside check.
        let numbers = try await TestDatabase.current.pool.with {
            try $0.query("SELECT number FROM invoice ORDER BY id").map { try $0.get(0) as String }
        }
        #expect(numbers.count > 5)
        if let folder = ProcessInfo.processInfo.environment["ZAEHLWERK_TEST_INVOICES"] {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for number in numbers {
                for format in ["xml", "ubl"] {
                    let file = URL(filePath: folder).appending(path: "samples-\(number)-\(format).xml").path()
                    let written = try await program.run("invoice", number, "--format", format, "--output", file)
                    #expect(written.status == 0, "\(written.messages)")
                }
            }
        }

        // A plan, what is requested of it, and the papers of both.
        let plan = try await program.run("instalments", "plan", "c-01", "--from", "2027-01-01")
        #expect(plan.status == 0 && plan.output.split(separator: "\n").count == 11, "\(plan.messages)")
        #expect(try await program.run("instalments", "request", "--due-until", "2027-01-02").output.hasPrefix("requested 1,"))
        let listed = try await program.run("instalments", "list", "--contract", "c-01").output
        let number = String(try #require(listed.firstMatch(of: /AB-[0-9]+/)).output)
        let request = try await program.run("instalments", "paper", number, "--format", "xml")
        #expect(request.output.contains("<ram:TypeCode>326</ram:TypeCode>"), "\(request.messages)")
        #expect(try await program.run("instalments", "paper", "c-01", "--format", "xml").status == 1)
        for what in [number, "c-01"] {
            let file = FileManager.default.temporaryDirectory.appending(path: "zaehlwerk-\(UUID().uuidString).pdf")
            defer { try? FileManager.default.removeItem(at: file) }
            let paper = try await program.run("instalments", "paper", what, "--language", "en", "--output", file.path())
            #expect(paper.status == 0, "\(paper.messages)")
            #expect(try Data(contentsOf: file).starts(with: Data("%PDF-1.7".utf8)))
        }

        // Whoever changes a row past the program is found.
        try await TestDatabase.current.pool.transaction { connection in
            try connection.execute("ALTER TABLE posting DISABLE TRIGGER USER")
            try connection.execute(
                "UPDATE posting SET amount_cents = amount_cents + 1 WHERE (entry_id, line) = (SELECT entry_id, line FROM posting ORDER BY entry_id, line LIMIT 1)"
            )
        }
        let tampered = try await program.run("verify")
        #expect(tampered.status == 1)
        #expect(tampered.output.contains("ledger: "))
    }
}
