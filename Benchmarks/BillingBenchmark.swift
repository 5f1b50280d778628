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
        try program.run("tariff", "publish")
        try BillingTown(program: program).found(0..<customers, cycle: "annual-12")
        let elapsed = try seconds { try program.run("bill", "--cycle", "annual-12", "--period-end", "2026-01-01") }

        var copySeconds = 0.0
        for table in ["billing_job", "invoice", "invoice_line", "invoice_coverage", "journal_entry", "posting"] {
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
                name: "bill run, JSON, XRechnung and journal entry each", rate: Double(customers) / elapsed, unit: "bills/s",
                baseline: "psql \\copy of the rows it wrote",
                baselineRate: Double(customers) / copySeconds))
    }
}
