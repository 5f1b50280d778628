import Foundation
import JSON
import Postgres
import TestKit
import Testing

/// What the scenarios of a running server share.
enum Served {
    static let meter = "1ESY1160100017"
    static let point = "DE000562245340000000000000000E001"

    static var program: ProgramUnderTest { ProgramUnderTest(connectionString: TestDatabase.current.connectionString) }
    static func sample(_ name: String) -> String {
        ProgramUnderTest.projectFolder.appending(path: "Samples/\(name)").path(percentEncoded: false)
    }

    /// A key with a role, made by the command as an operator would.
    static func key(_ role: String) async throws -> String {
        let outcome = try await program.run("key", "create", "--name", "test-\(role)", "--role", role)
        try #require(outcome.status == 0, "\(outcome.messages)")
        return String(outcome.output.dropLast())
    }

    static func importMasterData() async throws {
        let outcome = try await program.run("import", sample("master-data.json"))
        try #require(outcome.status == 0, "\(outcome.messages)")
    }

    /// A local day of hourly values for the meter of the samples.
    static func day(_ number: Int, messageId: String, value: String = "0.100") -> String {
        let day = number < 10 ? "0\(number)" : "\(number)"
        let values = Array(repeating: "\"\(value)\"", count: 24).joined(separator: ",")
        return """
            {"messageId": "\(messageId)", "source": "test", "intervals": [{"meter": "\(meter)", "obis": "1-0:1.29.0", \
            "start": "2025-02-\(day)T00:00:00+01:00", "resolution": "PT1H", "unit": "kWh", "values": [\(values)], "status": "measured"}]}
            """
    }

    /// How many rows everything that a request could write has.
    static func rows() async throws -> [String: Int64] {
        try await TestDatabase.current.pool.with { connection in
            var rows: [String: Int64] = [:]
            for table in [
                "delivery", "day_block", "register_reading", "finding", "partner", "account", "contract", "metering_point", "journal_entry",
                "payment", "invoice",
            ] {
                rows[table] = try connection.one("SELECT count(*) FROM \(raw: table)", as: Int64.self)
            }
            return rows
        }
    }
}

extension ServedProgram.Answer {
    var json: JSONValue? { try? JSONValue(parsing: Array(body)) }
    /// The stable code of a problem document.
    var code: String? { json?["code"]?.string }
}
