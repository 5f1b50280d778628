import Glibc
@testable import Postgres
import Testing

@Suite(.serialized) struct `An embedded cluster` {
    private func folder() throws -> String { try EmbeddedCluster.temporaryFolder() }
    private func start(_ folder: String, _ role: EmbeddedCluster.Role = .command, ephemeral: Bool = false) async throws -> EmbeddedCluster {
        try await EmbeddedCluster.start(dataFolder: folder, ephemeral: ephemeral, role: role, unsafeForTests: true)
    }
    private func query(_ cluster: EmbeddedCluster, _ sql: SQL = "SELECT 1") throws -> Int {
        try Connection(.init(connectionString: cluster.connectionString)).one(sql, as: Int.self)
    }
    /// The server's process, read as the cluster itself reads it.
    private func process(_ folder: String) throws -> pid_t? {
        let place = try ClusterPlace.resolve(dataFolder: folder)
        guard case .running(let id) = ClusterServer(place: place, isEphemeral: false, isUnsafe: true).process() else { return nil }
        return id
    }
    private func waitForEnd(of id: pid_t?) async throws -> Bool {
        guard let id else { return true }
        for _ in 0..<500 where ClusterServer.isAlive(id) { try await Task.sleep(for: .milliseconds(10)) }
        return !ClusterServer.isAlive(id)
    }
    private func remove(_ folder: String) {
        if let home = Files.target(ofLink: folder + "/postgres") {
            Files.removeTree(home)
            Files.delete(home + ".owner")
        }
        Files.removeTree(folder)
    }

    @Test func `is made, keeps its data, and ends with its last user`() async throws {
        let folder = try folder()
        defer { remove(folder) }
        let first = try await start(folder, .serve)
        try Connection(.init(connectionString: first.connectionString)).script("CREATE TABLE a (x int); INSERT INTO a VALUES (7)")
        #expect(try query(first, "SELECT count(*) FROM pg_settings WHERE name = 'listen_addresses' AND setting = ''") == 1)
        #expect(try query(first, "SELECT count(*) FROM pg_settings WHERE name = 'data_checksums' AND setting = 'on'") == 1)
        let id = try process(folder)
        await first.stop()
        #expect(try await waitForEnd(of: id))
        let second = try await start(folder)
        #expect(try query(second, "SELECT x FROM a") == 7)
        await second.stop()
    }

    @Test func `is durable unless a test says otherwise`() async throws {
        let folder = try folder()
        let cluster = try await EmbeddedCluster.start(dataFolder: folder, ephemeral: true, role: .serve)
        let sql: SQL =
            "SELECT count(*) FROM pg_settings WHERE (name, setting) IN (('fsync', 'on'), ('full_page_writes', 'on'), ('synchronous_commit', 'on'))"
        #expect(try query(cluster, sql) == 3)
        await cluster.stop()
        #expect(!Files.exists(folder))
    }

    @Test func `serves a command beside serve, and refuses a second serve by name`() async throws {
        let folder = try folder()
        defer { remove(folder) }
        let serve = try await start(folder, .serve)
        let id = try process(folder)
        let command = try await start(folder, .command)
        #expect(try process(folder) == id)
        await #expect { _ = try await start(folder, .serve) } throws: {
            guard let error = $0 as? ClusterError, error == .alreadyServed(dataFolder: serve.dataFolder, process: getpid()) else {
                return false
            }
            return "\(error)".contains(folder) && "\(error)".contains("\(getpid())")
        }
        // Whoever started it may go: the other still uses it.
        await serve.stop()
        #expect(try query(command) == 1)
        let again = try await start(folder, .serve)
        #expect(try process(folder) == id)
        await command.stop()
        #expect(try query(again) == 1)
        await again.stop()
        #expect(try await waitForEnd(of: id))
    }

    @Test func `is started once by several commands at the same time`() async throws {
        let folder = try folder()
        defer { remove(folder) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let cluster = try await start(folder)
                    #expect(try query(cluster) == 1)
                    await cluster.stop()
                }
            }
            try await group.waitForAll()
        }
        #expect(try process(folder) == nil)
    }

    @Test(arguments: [SIGKILL, SIGINT]) func `comes back when its server ends under it`(signal: Int32) async throws {
        let folder = try folder()
        defer { remove(folder) }
        // Durable: without fsync a committed row may be lost with its server, and this one must not be.
        let cluster = try await EmbeddedCluster.start(dataFolder: folder, role: .serve)
        let pool = Pool(configuration: .init(connectionString: cluster.connectionString, maximum: 2, patience: .seconds(20)))
        try await pool.transaction { try $0.script("CREATE TABLE a (x int)") }
        let id = try #require(try process(folder))
        kill(id, signal)
        #expect(try await waitForEnd(of: id))
        try await pool.transaction { try $0.execute("INSERT INTO a VALUES (1)") }
        #expect(try await pool.with { try $0.one("SELECT count(*) FROM a", as: Int.self) } == 1)
        #expect(try process(folder) != id)
        await pool.close()
        await cluster.stop()
    }

    @Test func `ends by itself when its users just vanish`() async throws {
        let folder = try folder()
        var cluster: EmbeddedCluster? = try await start(folder, ephemeral: true)
        _ = cluster
        let id = try process(folder)
        cluster = nil
        #expect(try await waitForEnd(of: id))
        for _ in 0..<300 where Files.exists(folder) { try await Task.sleep(for: .milliseconds(10)) }
        #expect(!Files.exists(folder))
    }

    @Test func `is taken over from a process that was killed`() async throws {
        let folder = try folder()
        defer { remove(folder) }
        await #expect(processExitsWith: .signal(SIGKILL)) { [folder = folder as String] in
            let cluster = try await EmbeddedCluster.start(dataFolder: folder, role: .serve, unsafeForTests: true)
            try Connection(.init(connectionString: cluster.connectionString)).script("CREATE TABLE a (x int)")
            kill(getpid(), SIGKILL)
        }
        let cluster = try await start(folder, .serve)
        #expect(try query(cluster, "SELECT count(*) FROM a") == 0)
        let id = try process(folder)
        await cluster.stop()
        #expect(try await waitForEnd(of: id))
    }

    @Test func `stays with a command when serve is killed beside it`() async throws {
        let folder = try folder()
        defer { remove(folder) }
        let command = try await start(folder)
        let id = try process(folder)
        await #expect(processExitsWith: .signal(SIGKILL)) { [folder = folder as String] in
            _ = try await EmbeddedCluster.start(dataFolder: folder, role: .serve, unsafeForTests: true)
            kill(getpid(), SIGKILL)
        }
        #expect(try query(command) == 1)
        #expect(try process(folder) == id)
        // What is left of the killed one refuses nobody.
        let serve = try await start(folder, .serve)
        #expect(ClusterDiagnosis(dataFolder: folder).process == id)
        #expect(ClusterDiagnosis(dataFolder: folder).servedBy == getpid())
        await command.stop()
        await serve.stop()
        #expect(ClusterDiagnosis(dataFolder: folder).process == nil)
        #expect(ClusterDiagnosis(dataFolder: folder).problem == nil)
    }

    @Test func `does not mistake another process for its server`() async throws {
        let folder = try folder()
        defer { remove(folder) }
        await (try start(folder)).stop()
        // The number in the note now belongs to somebody else, as after a reboot.
        try Files.write("\(getpid())\n/x\n", to: folder + "/postgres/data/postmaster.pid")
        #expect(try process(folder) == nil)
        let cluster = try await start(folder)
        #expect(try query(cluster) == 1)
        await cluster.stop()
    }

    @Test func `lies elsewhere if the path of its socket is too long`() async throws {
        let base = try folder()
        let folder = base + "/" + String(repeating: "a-long-name/", count: 9) + "data"
        defer { Files.removeTree(base) }
        let cluster = try await start(folder)
        #expect(try query(cluster) == 1)
        let home = try #require(Files.target(ofLink: folder + "/postgres"))
        #expect(home.hasSuffix("/zaehlwerk/" + ClusterPlace.fingerprint(folder)))
        await cluster.stop()
        // A copy of the data folder is not the data folder.
        let copy = try self.folder()
        try Files.link(copy + "/postgres", to: home)
        await #expect(throws: ClusterError.self) { _ = try await start(copy) }
        Files.removeTree(copy)
        remove(folder)
    }

    @Test(.enabled(if: geteuid() == 0, "only root runs it as somebody else")) func `lies elsewhere if a parent folder is closed`()
        async throws
    {
        let base = try folder()
        try Files.setMode(base, 0o700)
        let folder = base + "/data"
        defer { Files.removeTree(base) }
        for _ in 0..<2 {  // the second time it is found again
            let cluster = try await start(folder)
            #expect(try query(cluster) == 1)
            #expect(Files.target(ofLink: folder + "/postgres")?.hasPrefix("/var/lib/zaehlwerk/") == true)
            await cluster.stop()
        }
        remove(folder)
    }

    @Test(.enabled(if: geteuid() == 0, "only root runs it as somebody else")) func `moves along when its folder is closed later`()
        async throws
    {
        let base = try folder()
        let folder = base + "/data"
        defer { Files.removeTree(base) }
        let open = try await start(folder)
        try Connection(.init(connectionString: open.connectionString)).script("CREATE TABLE a (x int)")
        await open.stop()
        try Files.setMode(base, 0o700)
        do {
            let closed = try await start(folder)
            #expect(try query(closed, "SELECT count(*) FROM a") == 0)
            await closed.stop()
        } catch let error as ClusterError {
            // On another file system it cannot move, and says what to do.
            #expect("\(error)".contains("move the data folder"))
        }
        remove(folder)
    }

    @Test(.enabled(if: geteuid() == 0, "only root can become somebody else")) func `works for an ordinary user`() async throws {
        let folder = try folder()
        defer { Files.removeTree(folder) }
        let nobody = try #require(Account(named: "nobody"))
        try Files.give(folder, to: nobody)
        await #expect(processExitsWith: .success) {
            [folder = folder as String, user = nobody.user as uid_t, group = nobody.group as gid_t] in
            guard setgroups(0, nil) == 0, setgid(group) == 0, setuid(user) == 0 else { exit(3) }
            for _ in 0..<2 {
                let cluster = try await EmbeddedCluster.start(dataFolder: folder, role: .serve, unsafeForTests: true)
                let connection = try Connection(.init(connectionString: cluster.connectionString))
                guard try connection.one("SELECT 1", as: Int.self) == 1 else { exit(4) }
                await cluster.stop()
            }
            // A path that is too long, for somebody without root's places.
            unsafe setenv("XDG_STATE_HOME", folder + "/state", 1)
            let long = folder + "/" + String(repeating: "long/", count: 20) + "data"
            let cluster = try await EmbeddedCluster.start(dataFolder: long, role: .command, unsafeForTests: true)
            guard cluster.connectionString.contains("/state/zaehlwerk/") else { exit(5) }
            await cluster.stop()
        }
    }

    @Test func `whose version is not installed says which package to install`() {
        #expect { try ClusterPrograms.find(for: 9) } throws: { "\($0)".contains("install the Debian package postgresql-9") }
    }

    @Test(arguments: [(Int64(1) << 30, Int64(256)), (64 << 30, 2048), (1 << 20, 32)])
    func `takes a quarter of the memory, at most two gigabytes`(memory: Int64, buffers: Int64) {
        #expect(ClusterSettings.sharedBuffers(memory: memory) == buffers)
    }

    @Test func `keeps odd paths in one piece`() throws {
        let place = ClusterPlace(dataFolder: "/srv", home: #"/srv/it's a\path"#, account: .current)
        #expect(
            place.connectionString(database: "zaehlwerk") == #"host='/srv/it\'s a\\path/run' port=5432 user=zaehlwerk dbname=zaehlwerk"#)
    }
}
