import Billing
import BillingOperations
import Foundation
import Metering
import TariffFiles
import Tariffs
import Values

/// Bills per second of a whole run, from readings to durable invoices.
struct BillingBenchmark {
    let home: String

    struct Failure: Error, CustomStringConvertible { let description: String }

    /// Reads, computes, numbers, posts, durable: `zaehlwerk bill`, against COPY of the rows it wrote into tables with the same
    /// indexes and constraints.
    func endToEnd(program: Program, connection: String, customers: Int) throws {
        Report.section("Bills end to end, \(customers) customers: read, compute, number, post, durable; 2 cores")
        let master = FileManager.default.temporaryDirectory.appending(
            path: "zaehlwerk-bills-\(ProcessInfo.processInfo.processIdentifier).json")
        let readings = FileManager.default.temporaryDirectory.appending(
            path: "zaehlwerk-readings-\(ProcessInfo.processInfo.processIdentifier).csv")
        defer {
            try? FileManager.default.removeItem(at: master)
            try? FileManager.default.removeItem(at: readings)
        }
        try Data(masterData(customers).utf8).write(to: master)
        try Data(registerReadings(customers).utf8).write(to: readings)
        try program.run("tariff", "publish")
        try program.run("import", master.path(), readings.path())
        let elapsed = try seconds { try program.run("bill", "--cycle", "annual-12", "--period-end", "2026-01-01") }

        var copySeconds = 0.0
        for table in ["invoice", "invoice_line", "journal_entry", "posting"] {
            let file = FileManager.default.temporaryDirectory.appending(
                path: "zaehlwerk-\(table)-\(ProcessInfo.processInfo.processIdentifier).bin")
            defer { try? FileManager.default.removeItem(at: file) }
            try Program.psql(connection: connection, "\\copy (SELECT * FROM \(table)) TO '\(file.path())' (FORMAT binary)")
            try Program.psql(connection: connection, "CREATE TABLE bench_\(table) (LIKE \(table) INCLUDING ALL)")
            copySeconds += try seconds {
                try Program.psql(connection: connection, "\\copy bench_\(table) FROM '\(file.path())' (FORMAT binary)")
            }
            try Program.psql(connection: connection, "DROP TABLE bench_\(table)")
        }
        Report.show(
            Figure(
                name: "bill run, JSON document and journal entry each", rate: Double(customers) / elapsed, unit: "bills/s",
                baseline: "psql \\copy of the rows it wrote",
                baselineRate: Double(customers) / copySeconds))
    }

    private func masterData(_ customers: Int) -> String {
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: width - digits.count) + digits
        }
        func list(_ item: (Int) -> String) -> String { (0..<customers).map(item).joined(separator: ",\n") }
        return """
            {"partners": [\(list { "{\"key\": \"bill-\($0)\", \"name\": {\"given\": \"Erika\", \"family\": \"Muster \($0)\"}, \"kind\": \"person\", \"address\": {\"street\": \"Hauptstraße\", \"house\": \"\($0)\", \"postcode\": \"24534\", \"city\": \"Neumünster\"}}" })],
            "accounts": [\(list { "{\"key\": \"bill-\($0)\", \"partner\": \"bill-\($0)\"}" })],
            "meteringPoints": [\(list { "{\"code\": \"DE9\(padded($0, 30))\", \"commodity\": \"electricity\", \"capacity\": {\"value\": \"43\", \"unit\": \"kW\"}, \"meters\": [{\"serial\": \"1BIL\(padded($0, 10))\", \"from\": \"2024-01-01\", \"registers\": [{\"obis\": \"1-0:1.8.0\", \"unit\": \"kWh\", \"digits\": 6, \"decimals\": 1}]}]}" })],
            "contracts": [\(list { "{\"key\": \"bill-\($0)\", \"account\": \"bill-\($0)\", \"meteringPoint\": \"DE9\(padded($0, 30))\", \"tariff\": \"electricity/basis\", \"from\": \"2024-01-01\", \"cycle\": \"annual-12\", \"attributes\": {\"usage\": \"household\", \"region\": \"neumuenster\"}}" })]}
            """
    }

    private func registerReadings(_ customers: Int) -> String {
        var out = "meter,obis,at,value,unit,status\n"
        for customer in 0..<customers {
            let digits = String(customer)
            let serial = "1BIL" + String(repeating: "0", count: 10 - digits.count) + digits
            for (day, value) in [
                ("2025-01-01T00:00:00+01:00", 1_000), ("2025-07-01T00:00:00+02:00", 2_700 + customer % 300),
                ("2026-01-01T00:00:00+01:00", 4_500 + customer % 900),
            ] {
                out += "\(serial),1-0:1.8.0,\(day),\(value).0,kWh,measured\n"
            }
        }
        return out
    }
}
