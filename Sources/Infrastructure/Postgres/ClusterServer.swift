import Glibc
import Logging

/// The server process of a cluster: whether it runs, how it starts and stops. Blocks; the caller holds the gate.
struct ClusterServer {
    let place: ClusterPlace
    let isEphemeral: Bool
    let isUnsafe: Bool
    var logger = Logger(label: "postgres")

    enum Process: Equatable { case none, running(pid_t) }

    /// The postmaster that serves our data, if one lives. A zombie is dead, and a process that merely inherited its number is
    /// another.
    func process() -> Process {
        guard let first = Files.text(place.data + "/postmaster.pid")?.split(separator: "\n").first, let id = pid_t(first), id > 0,
            ClusterServer.isAlive(id)
        else { return .none }
        if let folder = Files.target(ofLink: "/proc/\(id)/cwd") { return folder == (try? Files.real(place.data)) ? .running(id) : .none }
        return Files.text("/proc/\(id)/comm")?.hasPrefix("postgres") == true ? .running(id) : .none
    }

    static func isAlive(_ id: pid_t) -> Bool {
        // `kill -0` also answers for zombies, which nobody may ever reap in a container.
        guard let state = Files.text("/proc/\(id)/stat"), let end = state.lastIndex(of: ")") else { return false }
        let code = state[end...].dropFirst(2).first
        return code != "Z" && code != "X"
    }

    /// Uses the server that runs, or starts one.
    /// - Returns: the process to wait for, if we started it.
    func ensureRunning() throws -> pid_t? {
        var waited = 0
        while case .running(let id) = process() {
            switch ServerState.ask(place.connectionString(database: "postgres")) {
            case .accepts: return nil
            // Recovery after a crash may take minutes and must not be cut short; a process without a socket should have one soon.
            case .starting:
                guard waited < 600_000 else {
                    throw ClusterError.notStarted("the server (process \(id)) does not become ready; see \(place.log)")
                }
            default:
                guard waited < 60_000 else {
                    throw ClusterError.notStarted("the server (process \(id)) does not answer in \(place.socketFolder); see \(place.log)")
                }
            }
            OwnThread.sleep(milliseconds: 20)
            waited += 20
        }
        return try start()
    }

    private func start() throws -> pid_t {
        let version = Files.text(place.data + "/PG_VERSION").flatMap { Int($0.trimmingLineEnd().prefix { $0.isNumber }) }
        let programs = try ClusterPrograms.find(for: version)
        if version == nil { try initialise(programs) }
        dropStaleFiles()
        // Children of a server that was killed may hold its shared memory for a moment longer: PostgreSQL then refuses, rightly.
        var attempt = 0
        while true {
            do { return try launch(programs, isNew: version == nil) } catch let error as ClusterError {
                attempt += 1
                guard attempt < 40, case .notStarted(let text) = error, text.contains("shared memory block") else { throw error }
                OwnThread.sleep(milliseconds: 250)
            }
        }
    }

    private func initialise(_ programs: ClusterPrograms) throws {
        logger.info("making a database cluster in \(place.home)")
        let draft = place.home + "/data.new"
        let log = place.home + "/initdb.log"
        for locale in ["C.UTF-8", "C"] {
            Files.removeTree(draft)
            Files.delete(log)
            let status = ChildProcess.run(
                place.prefix(programs, dyingWithParent: false) + [
                    programs.initdb, "-D", draft, "-U", "zaehlwerk", "-A", "trust", "-E", "UTF8", "--locale=\(locale)", "-k",
                ]
                    + (isUnsafe ? ["-N"] : []), log: log)
            if status == 0 {
                // Only a finished cluster gets the name: initdb that was killed leaves a draft, not half a cluster.
                try Files.move(draft, to: place.data)
                return
            }
            guard Files.text(log)?.contains("invalid locale") == true else { break }
        }
        throw ClusterError.notStarted("initdb failed: \(ClusterServer.tail(log))")
    }

    private func dropStaleFiles() {
        let note = place.data + "/postmaster.pid"
        if let first = Files.text(note)?.split(separator: "\n").first, let id = pid_t(first), kill(id, 0) == 0 {
            // The number lives, but it is no server of ours (see `process`): PostgreSQL could not tell and would refuse.
            Files.delete(note)
        }
        // What nobody reads must not fill the disk.
        if let size = Files.status(place.log)?.st_size, size > 16 << 20 { try? Files.move(place.log, to: place.log + ".1") }
    }

    /// Starts the guardian and, under it, the server; returns when the server takes connections.
    private func launch(_ programs: ClusterPrograms, isNew: Bool) throws -> pid_t {
        let begin = Int(Files.status(place.log)?.st_size ?? 0)
        let settings = ClusterSettings.arguments(isUnsafe: isUnsafe, socketFolder: place.socketFolder)
        let server = place.prefix(programs, dyingWithParent: true) + [programs.postgres, "-D", place.data] + settings
        let remains = isEphemeral ? [place.home, place.dataFolder] : ["", ""]
        let guardian = ["/bin/sh", "-c", ClusterServer.guardian, "zaehlwerk-guardian", programs.flock, place.usersFile] + remains + server
        let process = try ChildProcess.start(guardian, log: place.log).get()
        var waited = 0
        while ServerState.ask(place.connectionString(database: "postgres")) != .accepts {
            if ChildProcess.ended(process) != nil {
                throw ClusterError.notStarted("PostgreSQL does not start: \(ClusterServer.tail(place.log, from: begin))")
            }
            guard waited < 600_000 else { throw ClusterError.notStarted("PostgreSQL does not become ready; see \(place.log)") }
            OwnThread.sleep(milliseconds: 10)
            waited += 10
        }
        do { try makeDatabase(programs, isNew: isNew) } catch {
            throw ClusterError.notStarted("the database zaehlwerk cannot be made: \(error)")
        }
        ChildProcess.takeAwayWhenEnded(process)
        return process
    }

    private func makeDatabase(_ programs: ClusterPrograms, isNew: Bool) throws {
        let connection = try Connection(.init(connectionString: place.connectionString(database: "postgres")), logger: logger)
        if isNew, !isUnsafe {
            // Not every build has lz4; one that does not would refuse to start if told on the command line.
            try? connection.script("ALTER SYSTEM SET wal_compression = lz4")
            try connection.query("SELECT pg_reload_conf()")
        }
        let exists = try connection.one("SELECT EXISTS (SELECT FROM pg_database WHERE datname = 'zaehlwerk')", as: Bool.self)
        if !exists { try connection.script("CREATE DATABASE zaehlwerk") }
    }

    /// Stops the server and waits for its end.
    func stop() {
        // Fast: open transactions are rolled back. If that takes too long, immediate: the next start recovers.
        for (signal, patience) in [(SIGINT, 60_000), (SIGQUIT, 10_000), (SIGKILL, 5_000)] {
            guard case .running(let id) = process() else { return }
            kill(id, signal)
            var waited = 0
            while ClusterServer.isAlive(id), waited < patience {
                OwnThread.sleep(milliseconds: 5)
                waited += 5
            }
        }
    }

    private static func tail(_ path: String, from offset: Int = 0) -> String {
        let lines = ((try? Files.read(path)) ?? []).dropFirst(offset)
        return String(decoding: lines.suffix(2000), as: UTF8.self).trimmingLineEnd()
    }

    /// The server's parent: stops it when nobody uses it any more, whatever became of them.
    ///
    /// Every user holds a shared lock on the users' file, and the kernel drops it with the process, `kill -9` included. The
    /// guardian waits for the exclusive lock: once it has it, the last user is gone. It keeps the lock until the server has
    /// ended, so whoever comes meanwhile waits and then starts a new one. PDEATHSIG alone would stop the server under the feet
    /// of a command that still uses it when serve ends; it only ties the server to this shell. The shell ignores TERM, which
    /// service managers send to all at once: the service must first finish what it has accepted.
    private static let guardian = """
        trap '' TERM HUP
        cd /
        flock=$1 users=$2 home=$3 folder=$4
        shift 4
        "$@" &
        server=$!
        "$flock" --no-fork -x "$users" /bin/sh -c "kill -INT $server; while [ -d /proc/$server ]; do sleep 0.05; done" &
        waiter=$!
        wait $server
        status=$?
        kill -KILL $waiter 2>/dev/null
        if [ -n "$home" ]; then sleep 0.2; "$flock" -n -x "$users" rm -rf "$home" "$home.owner" "$folder"; fi
        exit $status
        """
}
