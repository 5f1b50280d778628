import Foundation
import Values

/// Memory of the program over ten times the work: a file ten times larger, a run over ten times the customers.
struct MemoryBenchmark {
    let program: Program

    func run(isSmall: Bool) throws {
        Report.section("Memory: the most that the program held at any moment, PostgreSQL apart")
        try files(megabytes: isSmall ? 3 : 30)
        try customers(isSmall ? 500 : 10_000)
    }

    private func files(megabytes: Int) throws {
        let fleet = Fleet(count: 1_000)
        let master = FileManager.default.temporaryDirectory.appending(
            path: "zaehlwerk-memory-\(ProcessInfo.processInfo.processIdentifier).json")
        defer { try? FileManager.default.removeItem(at: master) }
        try Data(fleet.masterData.utf8).write(to: master)
        try program.run("import", master.path())
        var first = Day(2024, 1, 1)
        var peaks: [(bytes: Int, kilobytes: Int)] = []
        for size in [megabytes, megabytes * 10] {
            let file = FileManager.default.temporaryDirectory.appending(
                path: "zaehlwerk-memory-\(ProcessInfo.processInfo.processIdentifier).csv")
            defer { try? FileManager.default.removeItem(at: file) }
            let bytes = try write(fleet, from: &first, bytes: size << 20, to: file)
            peaks.append((bytes, try program.peakMemory("import", file.path())))
        }
        Report.note(
            "import of a CSV file: " + peaks.map { "\($0.bytes >> 20) MB with \($0.kilobytes >> 10) MB" }.joined(separator: ", "))
    }

    /// Day rows of all meters, day after day, until the file is as large as asked.
    private func write(_ fleet: Fleet, from first: inout Day, bytes: Int, to file: URL) throws -> Int {
        var text = Data(("meter,obis,start,resolution,unit,status," + (1...96).map { "v\($0)" }.joined(separator: ",") + "\n").utf8)
        try text.write(to: file)
        let handle = try FileHandle(forWritingTo: file)
        defer { try? handle.close() }
        try handle.seekToEnd()
        var count = text.count
        while count < bytes {
            text.removeAll(keepingCapacity: true)
            // Days of 96 quarter hours only, so that one heading fits all.
            let isPlain = Resolution.quarterHour.slots(of: first) == 96
            for meter in 0..<fleet.count where isPlain {
                let values = (0..<96).map { "0.\(100 + (meter * 7 + $0 * 5) % 300)" }.joined(separator: ",")
                text.append(
                    Data(
                        "\(fleet.serial(meter)),1-0:1.29.0,\(LocalTime.berlin.start(of: first)),PT15M,kWh,measured,\(values)\n".utf8))
            }
            try handle.write(contentsOf: text)
            count += text.count
            first = first.adding(days: 1)
        }
        return count
    }

    private func customers(_ count: Int) throws {
        let town = BillingTown(program: program)
        try program.run("tariff", "publish")
        var peaks: [(customers: Int, kilobytes: Int)] = []
        var known = 0
        for (customers, cycle) in [(count, "annual-12"), (count * 10, "annual-06")] {
            try town.found(known..<known + customers, cycle: cycle)
            known += customers
            let end = cycle == "annual-12" ? "2026-01-01" : "2025-07-01"
            peaks.append((customers, try program.peakMemory("bill", "--cycle", cycle, "--period-end", end)))
        }
        Report.note("billing run: " + peaks.map { "\($0.customers) customers with \($0.kilobytes >> 10) MB" }.joined(separator: ", "))
    }
}
