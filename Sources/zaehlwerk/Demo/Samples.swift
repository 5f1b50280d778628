import Digests
import Foundation
import MeteringOperations
import Postgres
import Values

/// The folder `Samples/`: master data first, then readings in the order of their names, then payments.
struct Samples: Sendable {
    let folder: String

    /// Names in the order in which they are loaded.
    func names() throws -> [String] {
        let all: [String]
        do { all = try FileManager.default.contentsOfDirectory(atPath: folder) } catch {
            throw Failure("there is no folder \(folder): start in the project's folder or set ZAEHLWERK_HOME")
        }
        let readings = all.filter { $0.first?.isNumber == true }.sorted()
        return ["master-data.json"].filter(all.contains) + readings + ["payments.json"].filter(all.contains)
    }

    /// Loads what the installation does not have yet, and says so file by file.
    ///
    /// Readings whose bytes were delivered before this start are passed over: taking them again would change no value, but it would
    /// count duplicates that nobody sent. A file that is a copy of another one is only told apart at the first start, when both are new.
    func load(into installation: Installation) async throws {
        let importFile = ImportFile(pool: installation.pool, directory: MeterDirectory())
        let files = try names().map { (name: $0, bytes: try FileSource.bytes(of: "\(folder)/\($0)")) }
        let hashes = files.map { SHA256.hash($0.bytes).bytes }
        let known = try await FindDeliveries(pool: installation.pool)(among: hashes)
        var passed = 0
        for ((name, bytes), hash) in zip(files, hashes) {
            if known.contains(hash) {
                passed += 1
                continue
            }
            do {
                let outcome = try await importFile(bytes)
                Output.message("\(name): \(outcome.counts)")
                for refusal in outcome.refusals where outcome.refusals.count <= 20 { Output.message("    \(refusal)") }
            } catch {
                throw Failure("\(name): \(Sentence.of(error))")
            }
        }
        if passed > 0 { Output.message("\(passed) files of readings are unchanged since the last start and were not read again") }
    }
}
