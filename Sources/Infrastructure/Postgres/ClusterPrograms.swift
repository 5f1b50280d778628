/// PostgreSQL's server programs of one version.
struct ClusterPrograms: Equatable {
    let folder: String
    /// Such as 15.
    let version: Int
    let setpriv: String
    let flock: String

    var initdb: String { folder + "/initdb" }
    var postgres: String { folder + "/postgres" }

    /// The newest, or the one that made the cluster: a data folder belongs to one major version.
    static func find(for version: Int?) throws(ClusterError) -> ClusterPrograms {
        guard let setpriv = ChildProcess.find("setpriv"), let flock = ChildProcess.find("flock") else {
            throw .missing("the programs setpriv and flock are missing: install the Debian package util-linux")
        }
        let found = installed()
        guard !found.isEmpty else {
            throw .missing("PostgreSQL's server programs are missing: install the Debian package postgresql, or set DATABASE_URL")
        }
        guard let version else {
            return ClusterPrograms(folder: found[0].folder, version: found[0].version, setpriv: setpriv, flock: flock)
        }
        guard let match = found.first(where: { $0.version == version }) else {
            throw .missing(
                "the data folder was made by PostgreSQL \(version), installed is \(found.map { String($0.version) }.joined(separator: ", ")): install the Debian package postgresql-\(version)"
            )
        }
        return ClusterPrograms(folder: match.folder, version: match.version, setpriv: setpriv, flock: flock)
    }

    private static func installed() -> [(version: Int, folder: String)] {
        let debian = "/usr/lib/postgresql"
        var found = ((try? Files.list(debian)) ?? []).compactMap { name in Int(name).map { (version: $0, folder: "\(debian)/\(name)/bin") }
        }
        found.sort { $0.version > $1.version }
        for folder in Environment["PATH"]?.split(separator: ":").map(String.init) ?? [] where Files.isProgram(folder + "/postgres") {
            // `…/17/bin`, or unknown: then it has to do for whatever is asked.
            let version = folder.split(separator: "/").compactMap { Int($0) }.last ?? found.first?.version ?? 0
            found.append((version, folder))
        }
        return found.filter { Files.isProgram($0.folder + "/initdb") && Files.isProgram($0.folder + "/postgres") }
    }
}

/// Why there is no embedded cluster, in words for whoever runs the program.
public enum ClusterError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Something must be installed.
    case missing(String)
    /// Another `serve` has this data folder.
    case alreadyServed(dataFolder: String, process: Int32?)
    /// There is no place where the server could run.
    case noPlace(String)
    /// The server does not start; with what it said.
    case notStarted(String)

    public var description: String {
        switch self {
        case .missing(let text), .noPlace(let text), .notStarted(let text): text
        case .alreadyServed(let folder, let process):
            "another serve\(process.map { " (process \($0))" } ?? "") uses the data folder \(folder): stop it, or set ZAEHLWERK_DATA to another folder"
        }
    }
}
