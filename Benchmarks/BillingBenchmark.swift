import Billing
import BillingOperations
import Foundation
import Metering
import TariffFiles
import Tariffs
import Values

/// Bills per second: the arithmetic alone on one core, and a whole run from readings to durable invoices.
struct BillingBenchmark {
    let home: String

    struct Failure: Error, CustomStringConvertible { let description: String }

    /// One core, no database: a year of a household with two price versions, against the same products and sums over bare
    /// arrays without lines, explanations or checks.
    func arithmetic(count: Int) throws {
        Report.section("Bills computed, one core, no database")
        let catalog = TariffFolder(try TariffSources.read(folder: home + "/Tariffs")).catalog
        guard let key = TariffKey("electricity/basis"), let chain = catalog.chains[key], let supplier = catalog.supplier else {
            throw Failure(description: "the tariff electricity/basis is not in \(home)/Tariffs")
        }
        let period = DayRange.year(2025)
        let contract = BilledContract(
            number: "VT-1", key: "c", account: "VK-1", tariff: key, valid: DayRange(from: Day(2020, 1, 1)), meteringPoint: "DE1",
            place: ["Hauptstraße 1"],
            attributes: ["usage": "household", "region": "neumuenster"],
            recipient: Recipient(partner: "GP-1", name: "Erika Muster", street: "Hauptstraße 1", postcode: "24534", city: "Neumünster"))
        let cuts = Bill.cuts(contract: contract, period: period, tariffs: chain.timeline, prices: catalog.prices)
        let register = Register(
            id: Identifier(1), meter: Identifier(1), serial: "1BEN", obis: ObisCode(1, 0, 1, 8, 0), unit: .kilowattHour, resolution: nil,
            parameters: Timeline(constant: .init(digits: 6, decimals: 1)), commodity: .electricity,
            installations: Timeline(constant: Identifier(1)), capacity: nil)
        let input = UsageInput(meters: [
            MeterUsage(
                installation: DayRange(from: Day(2020, 1, 1)), register: register,
                readings: ([period.from] + cuts + [Day(2026, 1, 1)]).enumerated().map { index, day in
                    RegisterReading(
                        at: LocalTime.berlin.start(of: day), micro: Int64(index) * 1_750_300_000, status: .measured, method: 0, reason: 0,
                        version: 1)
                })
        ])
        var gross = Money.zero
        let elapsed = try seconds {
            for _ in 0..<count {
                let usage = try Usage.pieces(input, period: period, cuts: cuts)
                let draft = try Bill.compute(
                    BillingCase(
                        contract: contract, supplier: supplier, period: period, kind: .annual, usage: usage.pieces,
                        findings: usage.findings,
                        tariffs: chain.timeline, prices: catalog.prices))
                gross += draft.totals.gross
            }
        }
        let prices: [Int64] = [114_000, 274_000, 114_000, 259_000]
        var plain: Int64 = 0
        let rounds = count * 200
        let plainSeconds = seconds {
            for round in 0..<rounds {
                var net: Int64 = 0
                for (index, price) in prices.enumerated() {
                    net &+= (price &* (3_500_600 &+ Int64(round & 7)) &+ 5_000 &* Int64(index)) / 10_000
                }
                plain &+= net &+ (net &* 19 &+ 50) / 100
            }
        }
        guard gross > .zero, plain != 0 else { throw Failure(description: "nothing was computed") }
        Report.show(
            Figure(
                name: "usage and bill of a year, explained line by line", rate: Double(count) / elapsed, unit: "bills/s",
                baseline: "bare products over arrays", baselineRate: Double(rounds) / plainSeconds))
    }

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
