import Foundation
import Logging
import Postgres

/// `make bench`: each figure beside its baseline of the same run, on a durable cluster of its own that is removed afterwards.
///
///     benchmarks [ingest] [bills] [documents] [memory] [small]
@main
struct Benchmarks {
    static func main() async throws {
        let words = Set(CommandLine.arguments.dropFirst())
        if let unknown = words.first(where: { !["ingest", "bills", "documents", "memory", "small"].contains($0) }) {
            FileHandle.standardError.write(Data("unknown section “\(unknown)”; known: ingest, bills, documents, memory, small\n".utf8))
            exit(64)
        }
        let isSmall = words.contains("small")
        let all = words.isDisjoint(with: ["ingest", "bills", "documents", "memory"])
        let home = FileManager.default.currentDirectoryPath
        let program = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "zaehlwerk").path()

        let folder = try EmbeddedCluster.temporaryFolder()
        let cluster = try await EmbeddedCluster.start(dataFolder: folder, ephemeral: true, role: .command, logger: Logger(label: "bench"))
        do {
            let connection = cluster.connectionString
            unsafe setenv("DATABASE_URL", connection, 1)
            let tested = Program(path: program, dataFolder: folder)
            try tested.run("migrate")
            if all || words.contains("ingest") {
                try IngestBenchmark(
                    program: tested, connection: connection, fleet: Fleet(count: isSmall ? 800 : 8_000), days: isSmall ? 10 : 36,
                    singles: isSmall ? 10 : 250
                ).run()
            }
            if all || words.contains("documents") { try DocumentBenchmark(home: home).run(count: isSmall ? 50 : 400) }
            if all || words.contains("bills") {
                let billing = BillingBenchmark(home: home)
                try ComputedBenchmark(home: home, count: isSmall ? 2_000 : 50_000).run()
                try billing.endToEnd(program: tested, connection: connection, customers: isSmall ? 500 : 20_000)
            }
            if all || words.contains("memory") { try MemoryBenchmark(program: tested).run(isSmall: isSmall) }
        } catch {
            await cluster.stop()
            throw error
        }
        await cluster.stop()
    }
}
