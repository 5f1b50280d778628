import Glibc

/// Where the files of an embedded cluster lie, and whom they belong to.
///
///     DATA/serve.lock       held by serve, with its process id
///     DATA/cluster.lock     held while the server is started or stopped
///     DATA/cluster.users    shared by everyone who uses the server
///     DATA/postgres         the home: data, run (the socket), postgres.log; or a link to it
///
/// The home lies elsewhere if the unprivileged user cannot reach it in the data folder, or the socket's path would exceed what
/// the kernel takes.
struct ClusterPlace: Equatable {
    let dataFolder: String
    let home: String
    /// Whom the server runs as: the caller, or an unprivileged user if that is root.
    let account: Account

    var data: String { home + "/data" }
    var socketFolder: String { home + "/run" }
    var log: String { home + "/postgres.log" }
    var usersFile: String { ClusterPlace.usersFile(dataFolder) }
    var isPrivileged: Bool { geteuid() == 0 }

    static func gateFile(_ folder: String) -> String { folder + "/cluster.lock" }
    static func usersFile(_ folder: String) -> String { folder + "/cluster.users" }
    static func serveFile(_ folder: String) -> String { folder + "/serve.lock" }

    /// `sun_path` has 108 bytes, one for the end.
    static let longestSocketPath = 107
    private static func socket(in home: String) -> String { home + "/run/.s.PGSQL.5432" }

    func connectionString(database: String) -> String {
        let host = socketFolder.split(separator: "\\", omittingEmptySubsequences: false).joined(separator: "\\\\")
            .split(separator: "'", omittingEmptySubsequences: false).joined(separator: "\\'")
        return "host='\(host)' port=5432 user=zaehlwerk dbname=\(database)"
    }

    /// The words before a program that must run as the account.
    func prefix(_ programs: ClusterPrograms, dyingWithParent: Bool) -> [String] {
        var words = [programs.setpriv]
        if isPrivileged { words += ["--reuid=\(account.user)", "--regid=\(account.group)", "--init-groups"] }
        if dyingWithParent { words.append("--pdeathsig=INT") }
        return words.count == 1 ? [] : words + ["--"]
    }

    // MARK: Finding it

    /// Finds the home, or makes it. The caller holds the gate.
    /// - Parameter dataFolder: absolute, without links; exists.
    static func resolve(dataFolder: String) throws -> ClusterPlace {
        let account = try unprivileged()
        let inside = dataFolder + "/postgres"
        let outside = try outsideHome(for: dataFolder)
        if let target = Files.target(ofLink: inside) {
            try takeOver(target, for: dataFolder)
            try prepare(target, account)
            return ClusterPlace(dataFolder: dataFolder, home: target, account: account)
        }
        if fits(inside) {
            let existed = Files.isFolder(inside)
            if (try? prepare(inside, account)) != nil, isReachable(inside, by: account) {
                return ClusterPlace(dataFolder: dataFolder, home: inside, account: account)
            }
            if !existed { Files.removeTree(inside) }
        }
        // Elsewhere. A home that was inside and can no longer be used there (the folder was moved or closed) moves along.
        guard let outside, fits(outside) else {
            throw ClusterError.noPlace(
                "the path of the socket in \(inside) is too long for the kernel and there is no other place: set XDG_STATE_HOME or ZAEHLWERK_DATA to a short path"
            )
        }
        try Files.makeFolders(parent(of: outside))
        if Files.isFolder(inside) {
            do { try Files.move(inside, to: outside) } catch {
                throw ClusterError.noPlace(
                    "the server cannot run in \(inside) and its data cannot be moved to \(outside) (\(error)): move the data folder to a place that user \(account.user) can reach"
                )
            }
        }
        try takeOver(outside, for: dataFolder)
        try prepare(outside, account)
        guard isReachable(outside, by: account) else {
            throw ClusterError.noPlace("user \(account.user), as whom PostgreSQL must run, can reach neither \(inside) nor \(outside)")
        }
        try Files.link(inside, to: outside)
        return ClusterPlace(dataFolder: dataFolder, home: outside, account: account)
    }

    /// root runs PostgreSQL as `postgres`, or as `nobody`: both are known to the system, without which initdb refuses.
    private static func unprivileged() throws(ClusterError) -> Account {
        guard geteuid() == 0 else { return .current }
        guard let account = Account(named: "postgres") ?? Account(named: "nobody") else {
            throw .noPlace("PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody")
        }
        return account
    }

    private static func fits(_ home: String) -> Bool { socket(in: home).utf8.count <= longestSocketPath }
    private static func parent(of path: String) -> String { String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) }

    private static func outsideHome(for dataFolder: String) throws -> String? {
        let base: String?
        if geteuid() == 0 {
            base = "/var/lib"
        } else {
            base = Environment["XDG_STATE_HOME"] ?? Environment["HOME"].map { $0 + "/.local/state" }
        }
        return base.map { "\($0)/zaehlwerk/\(fingerprint(dataFolder))" }
    }

    /// FNV-1a: short and the same on every machine. Two folders that met in one value would be told apart by `owner`.
    static func fingerprint(_ text: String) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// A home outside remembers whose it is: a copied data folder must not share the original's server unnoticed.
    private static func takeOver(_ home: String, for dataFolder: String) throws {
        try Files.makeFolders(parent(of: home))
        let note = home + ".owner"
        if let owner = Files.text(note)?.trimmingLineEnd(), owner != dataFolder, Files.target(ofLink: owner + "/postgres") == home {
            throw ClusterError.noPlace(
                "the database in \(home) belongs to the data folder \(owner): \(dataFolder) looks like a copy of it; remove \(dataFolder)/postgres to begin an empty one"
            )
        }
        try Files.write(dataFolder + "\n", to: note)
    }

    private static func prepare(_ home: String, _ account: Account) throws(Files.Problem) {
        for folder in [home, home + "/run"] {
            // root must not change what a link of the unprivileged user points to: what is right is left alone.
            if let status = Files.status(folder, followingLinks: false), status.st_uid == account.user, status.st_mode == S_IFDIR | 0o700 {
                continue
            }
            if Files.isLink(folder) { Files.delete(folder) }
            try Files.makeFolders(folder, mode: 0o700)
            try Files.give(folder, to: account)
            try Files.setMode(folder, 0o700)
        }
    }

    /// Asks as the account itself: permission bits alone do not tell of access lists, mounts and security modules.
    private static func isReachable(_ home: String, by account: Account) -> Bool {
        guard geteuid() == 0 else { return unsafe access(home, W_OK | X_OK) == 0 }
        guard let setpriv = ChildProcess.find("setpriv"), let test = ChildProcess.find("test") else { return false }
        return ChildProcess.run(
            [setpriv, "--reuid=\(account.user)", "--regid=\(account.group)", "--init-groups", "--", test, "-w", home + "/run"],
            log: "/dev/null") == 0
    }
}
