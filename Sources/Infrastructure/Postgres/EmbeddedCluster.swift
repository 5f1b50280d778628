import Glibc
public import Logging
import Synchronization

/// A private PostgreSQL in the data folder, reached through a Unix socket only: what is used when no `DATABASE_URL` is set.
///
/// Any number of programs on one data folder share one server: the first starts it, the last to leave stops it, and a guardian
/// process stops it when all of them were killed. A server that dies is started again by whoever notices. Only a second
/// `serve` is refused.
public final class EmbeddedCluster: Sendable {
    /// As what a program uses the cluster.
    public enum Role: Sendable {
        /// The long-running service: one per data folder.
        case serve
        /// Any other command: runs beside a service and beside others.
        case command
    }

    /// Where it lies, absolute.
    public let dataFolder: String
    /// For libpq: the database `zaehlwerk`, as its owner.
    public let connectionString: String

    /// For libpq: another database of the same server.
    public func connectionString(database: String) -> String { server.place.connectionString(database: database) }

    private let server: ClusterServer
    private let gate: FileLock
    private let users: FileLock
    private let serveLock: FileLock?
    private let bell: Bell
    private let isStopped = Atomic<Bool>(false)

    /// Uses the server of the data folder, or makes and starts it.
    /// - Parameter ephemeral: the data folder is removed at the end, also if this process is killed.
    /// - Parameter unsafeForTests: without fsync and with little memory: quick, and lost with the machine.
    /// - Throws: `ClusterError`, or a message that names the file it is about.
    public static func start(
        dataFolder: String, ephemeral: Bool = false, role: Role, unsafeForTests: Bool = false, logger: Logger = Logger(label: "postgres")
    ) async throws -> EmbeddedCluster {
        try await OwnThread.run {
            try EmbeddedCluster(dataFolder: dataFolder, ephemeral: ephemeral, role: role, unsafe: unsafeForTests, logger: logger)
        }
    }

    /// A new folder for `ephemeral`, where temporary files lie, that other users may walk through but not list.
    public static func temporaryFolder() throws -> String {
        let base = Environment["TMPDIR"] ?? "/tmp"
        let path = "\(base)/zaehlwerk-\(getpid())-\(String(UInt32.random(in: .min ... .max), radix: 36))"
        try Files.makeFolders(path, mode: 0o711)
        return try Files.real(path)
    }

    private init(dataFolder: String, ephemeral: Bool, role: Role, unsafe isUnsafe: Bool, logger: Logger) throws {
        try Files.makeFolders(dataFolder)
        let folder = try Files.real(dataFolder)
        self.dataFolder = folder
        if role == .serve {
            let lock = try FileLock(ClusterPlace.serveFile(folder))
            guard lock.tryExclusive() else {
                throw ClusterError.alreadyServed(
                    dataFolder: folder, process: Files.text(folder + "/serve.pid").flatMap { Int32($0.trimmingLineEnd()) })
            }
            try Files.write("\(getpid())\n", to: folder + "/serve.pid")
            serveLock = lock
        } else {
            serveLock = nil
        }
        guard let bell = Bell() else { throw Files.Problem(path: "pipe", number: errno) }
        self.bell = bell
        let gate = try FileLock(ClusterPlace.gateFile(folder))
        let users = try FileLock(ClusterPlace.usersFile(folder))
        (self.gate, self.users) = (gate, users)
        gate.exclusive()
        defer { gate.release() }
        // Waits for a guardian that is just stopping the server; holds off one that would like to.
        users.shared()
        let place = try ClusterPlace.resolve(dataFolder: folder)
        connectionString = place.connectionString(database: "zaehlwerk")
        server = ClusterServer(place: place, isEphemeral: ephemeral, isUnsafe: isUnsafe, logger: logger)
        let child = try server.ensureRunning()
        // A lock of its own: `flock` does not keep two threads apart that share a descriptor.
        watch(child, gate: try FileLock(ClusterPlace.gateFile(folder)))
    }

    /// Starts the server again if it dies while we use it, and takes its zombie away.
    private func watch(_ first: pid_t?, gate: FileLock) {
        let (server, bell) = (server, bell)
        OwnThread.start {
            var child = first
            var pause = 200
            while true {
                bell.wait(milliseconds: pause)
                if let process = child, ChildProcess.ended(process) != nil { child = nil }
                if bell.isRung { break }
                pause = 200
                guard server.process() == .none else { continue }
                gate.exclusive()
                defer { gate.release() }
                guard !bell.isRung else { break }
                do {
                    server.logger.warning("the embedded database server has ended: starting it again")
                    if let process = child, ChildProcess.ended(process) != nil { child = nil }
                    child = try server.ensureRunning() ?? child
                } catch {
                    server.logger.error("the embedded database server cannot be started again: \(error)")
                    pause = 2000
                }
            }
            // After the end: the guardian follows its server within moments.
            var turns = 0
            while let process = child, ChildProcess.ended(process) == nil, turns < 100 {
                OwnThread.sleep(milliseconds: 20)
                turns += 1
            }
        }
    }

    /// Leaves the cluster; the last to leave stops the server and waits until it has ended.
    public func stop() async {
        guard !isStopped.exchange(true, ordering: .acquiringAndReleasing) else { return }
        _ = try? await OwnThread.run { [self] in leave() }
    }

    private func leave() {
        bell.ring()
        gate.exclusive()
        defer { gate.release() }
        if users.tryExclusive() {
            server.stop()
            if server.isEphemeral {
                Files.removeTree(server.place.home)
                Files.delete(server.place.home + ".owner")
                Files.removeTree(dataFolder)
            }
        } else if !users.tryShared() {
            // The guardian was quicker and is stopping the server: the end is the end for us, too.
            users.shared()
        }
        users.release()
        if serveLock != nil { Files.delete(dataFolder + "/serve.pid") }
        serveLock?.release()
    }

    deinit { bell.ring() }
}
