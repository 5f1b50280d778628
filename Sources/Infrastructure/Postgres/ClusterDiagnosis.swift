/// What there is to say about the embedded cluster of a data folder, for `doctor`. Starts, makes and changes nothing.
public struct ClusterDiagnosis: Hashable, Sendable {
    /// Where the newest suitable server programs lie, and their version.
    public let programs: String?
    /// What is wrong with the programs, and which package to install.
    public let problem: String?
    /// Where the cluster's files lie; nil if none has been made.
    public let home: String?
    /// The server's process, if one runs.
    public let process: Int32?
    /// The process of the `serve` that uses the data folder.
    public let servedBy: Int32?

    /// Looks; a data folder that does not exist is no problem, it will be made.
    public init(dataFolder: String) {
        let folder = (try? Files.real(dataFolder)) ?? dataFolder
        let inside = folder + "/postgres"
        let home = Files.target(ofLink: inside) ?? inside
        let version = Files.text(home + "/data/PG_VERSION").flatMap { Int($0.trimmingLineEnd().prefix { $0.isNumber }) }
        do {
            let found = try ClusterPrograms.find(for: version)
            programs = "\(found.folder) (PostgreSQL \(found.version))"
            problem = nil
        } catch {
            programs = nil
            problem = error.description
        }
        self.home = version == nil ? nil : home
        let place = ClusterPlace(dataFolder: folder, home: home, account: .current)
        if case .running(let id) = ClusterServer(place: place, isEphemeral: false, isUnsafe: false).process() {
            process = id
        } else {
            process = nil
        }
        servedBy = Files.text(folder + "/serve.pid").flatMap { Int32($0.trimmingLineEnd()) }.flatMap {
            ClusterServer.isAlive($0) ? $0 : nil
        }
    }
}
