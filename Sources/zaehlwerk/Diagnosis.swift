import BillingOperations
import Foundation
import Glibc
import Logging
import Postgres
import TariffFiles
import Values

/// Looks at an installation from outside, part by part.
struct Diagnosis: Sendable {
    struct Finding: Sendable {
        let subject: String
        let text: String
        let isProblem: Bool
        static func ok(_ subject: String, _ text: String) -> Finding { Finding(subject: subject, text: text, isProblem: false) }
        static func problem(_ subject: String, _ text: String) -> Finding { Finding(subject: subject, text: text, isProblem: true) }
    }

    let configuration: Configuration

    func findings() async -> [Finding] {
        let cluster = configuration.databaseURL == nil ? ClusterDiagnosis(dataFolder: configuration.dataFolder) : nil
        var findings: [Finding] = []
        if let cluster {
            findings += [
                programs(cluster), dataFolder(), running(cluster), space(cluster.home ?? existingParent(of: configuration.dataFolder)),
            ]
        }
        findings.append(await database(cluster))
        findings += [tariffs(), zone(), clock()] + certificates()
        return findings
    }

    // MARK: The embedded cluster

    private func programs(_ cluster: ClusterDiagnosis) -> Finding {
        if let problem = cluster.problem { return .problem("PostgreSQL", problem) }
        return .ok("PostgreSQL", cluster.programs ?? "found")
    }

    private func dataFolder() -> Finding {
        let folder = configuration.dataFolder
        let manager = FileManager.default
        var isFolder: ObjCBool = false
        guard unsafe manager.fileExists(atPath: folder, isDirectory: &isFolder) else {
            let parent = existingParent(of: folder)
            return manager.isWritableFile(atPath: parent)
                ? .ok("data folder", "\(folder) does not exist yet and will be made")
                : .problem("data folder", "\(folder) cannot be made: \(parent) is not writable; set ZAEHLWERK_DATA to another place")
        }
        guard isFolder.boolValue else { return .problem("data folder", "\(folder) is a file: set ZAEHLWERK_DATA to a folder") }
        guard manager.isWritableFile(atPath: folder) else {
            return .problem("data folder", "\(folder) is not writable for this user: run as its owner, or give it to this user")
        }
        return .ok("data folder", folder)
    }

    private func running(_ cluster: ClusterDiagnosis) -> Finding {
        let served = cluster.servedBy.map { "; serve is process \($0)" } ?? ""
        guard let home = cluster.home else { return .ok("cluster", "none has been made yet; the first command makes it") }
        guard let process = cluster.process else { return .ok("cluster", "\(home) is at rest\(served)") }
        return .ok("cluster", "\(home) runs as process \(process)\(served)")
    }

    private func existingParent(of path: String) -> String {
        var url = URL(filePath: path).standardizedFileURL
        while url.path() != "/", !FileManager.default.fileExists(atPath: url.path(percentEncoded: false)) { url.deleteLastPathComponent() }
        return url.path(percentEncoded: false)
    }

    private func space(_ folder: String) -> Finding {
        guard let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder),
            let free = (attributes[.systemFreeSize] as? NSNumber)?.int64Value
        else { return .problem("disk", "the space of \(folder) cannot be asked for") }
        let text = "\(Output.count(Int(free >> 20))) MiB are free at \(folder)"
        return free >= 1 << 30 ? .ok("disk", text) : .problem("disk", "only \(text): make room, below 1 GiB a billing run may not end")
    }

    // MARK: The database

    /// Without DATABASE_URL only a cluster that runs is asked: looking must not start one.
    private func database(_ cluster: ClusterDiagnosis?) async -> Finding {
        let migrations: Migrations
        do { migrations = try Migrations(folder: configuration.migrationsFolder) } catch {
            return .problem("migrations", Sentence.of(error))
        }
        if let cluster, cluster.process == nil {
            return .ok("migrations", "\(migrations.all.count) files; what is missing in the database is applied when it starts")
        }
        do {
            let embedded =
                cluster == nil
                ? nil : try await EmbeddedCluster.start(dataFolder: configuration.dataFolder, role: .command, logger: Log.quiet)
            let pool = Pool(
                configuration: .init(
                    connectionString: configuration.databaseURL ?? embedded?.connectionString ?? "", maximum: 1, patience: .seconds(5)),
                logger: Log.quiet)
            let pending: Result<[String], any Error>
            do { pending = .success(try await migrations.pending(in: pool)) } catch { pending = .failure(error) }
            await pool.close()
            await embedded?.stop()
            let names = try pending.get()
            return names.isEmpty
                ? .ok("migrations", "the database has version \(migrations.version)")
                : .problem("migrations", "\(names.joined(separator: ", ")) not applied yet: run `zaehlwerk migrate`")
        } catch {
            return .problem("database", Sentence.of(error))
        }
    }

    // MARK: The rest

    private func tariffs() -> Finding {
        guard let sources = try? TariffSources.read(folder: configuration.tariffsFolder) else {
            return .problem("tariffs", "there is no folder \(configuration.tariffsFolder): set ZAEHLWERK_HOME to the project's folder")
        }
        let faults = PublishTariffs.check(sources)
        guard let first = faults.first else { return .ok("tariffs", "\(sources.count) files without fault") }
        return .problem("tariffs", "\(faults.count) faults, the first: \(first.description) `zaehlwerk tariff check` names all")
    }

    /// Days are reckoned from a table in the program; the system's zone data must say the same, or a law has changed.
    private func zone() -> Finding {
        let now = Date()
        guard let system = TimeZone(identifier: "Europe/Berlin") else {
            return .ok("time zone", "the program's own table is used; the system has no data for Europe/Berlin (package tzdata)")
        }
        for month in 0..<24 {
            let date = now.addingTimeInterval(Double(month) * 30 * 86_400)
            let instant = Instant(seconds: Int64(date.timeIntervalSince1970))
            guard LocalTime.berlin.offset(at: instant) == system.secondsFromGMT(for: date) else {
                return .problem(
                    "time zone",
                    "the system's Europe/Berlin differs from the program's at \(instant): update the package tzdata, or the program")
            }
        }
        return .ok("time zone", "Europe/Berlin is \(LocalTime.berlin.text(Clock.now).suffix(6))")
    }

    private func clock() -> Finding {
        // The youngest file the program came with: a clock before it is wrong for certain.
        let newest = ((try? FileManager.default.contentsOfDirectory(atPath: configuration.migrationsFolder)) ?? []).compactMap { name in
            try? FileManager.default.attributesOfItem(atPath: configuration.migrationsFolder + "/" + name)[.modificationDate] as? Date
        }.max()
        if let newest, newest > Date().addingTimeInterval(86_400) {
            return .problem("clock", "it says \(Clock.now), before this program was made: set the clock, bills would carry wrong days")
        }
        return .ok("clock", "\(LocalTime.berlin.text(Clock.now))")
    }

    private func certificates() -> [Finding] {
        [configuration.tlsCertificate, configuration.tlsKey, configuration.tlsClientAuthority].compactMap { $0 }.map { path in
            FileManager.default.isReadableFile(atPath: path)
                ? .ok("TLS", path)
                : .problem("TLS", "\(path) cannot be read: check ZAEHLWERK_TLS_CERT, ZAEHLWERK_TLS_KEY and ZAEHLWERK_TLS_CLIENT_CA")
        }
    }
}
