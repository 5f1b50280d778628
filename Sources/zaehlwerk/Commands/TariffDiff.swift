import ArgumentParser
import BillingOperations
import TariffFiles
import Tariffs
import Values

extension Tariff {
    /// `zaehlwerk tariff diff`
    struct Diff: Errand {
        static let configuration = CommandConfiguration(
            abstract: "Compares the folder with what is published, or two versions of a tariff.",
            discussion: """
                Without a tariff: a line for each file that is new or edited. With a tariff and two versions: the lines in which they
                differ; with one, that version and what it corrects or follows; with none, the last two. A version is named by its first
                day, which means its last correction (beside that correction: what it corrects), or as its file: 2026-01-01.r2, and
                2026-01-01.r1 for what was published first.
                What is published is read from the database, wherever it was
                written; files are compared where they are not published yet.
                """)
        @OptionGroup var common: CommonOptions
        @Argument(help: "such as electricity/basis", transform: Tariff.key)
        var tariff: TariffKey?
        @Argument(help: "the earlier version: its first day, or 2026-01-01.r2", transform: VersionName.init)
        var earlier: VersionName?
        @Argument(help: "the later version", transform: VersionName.init)
        var later: VersionName?

        /// A first day, and which revision of it; nil: the last.
        struct VersionName: Sendable, CustomStringConvertible {
            let day: Day
            let revision: Int?

            init(_ text: String) throws {
                let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
                day = try Parse.day(String(parts.first ?? ""))
                guard parts.count == 2 else {
                    revision = nil
                    return
                }
                guard parts[1].first == "r", let number = Int(parts[1].dropFirst()), number > 0 else {
                    throw ValidationError("“\(text)” is no version: 2026-01-01, or 2026-01-01.r2 for its correction")
                }
                revision = number
            }
            var description: String { "\(day)\(revision.map { ".r\($0)" } ?? "")" }
        }

        func perform() async throws {
            let configuration = try common.configuration()
            let sources = try Tariff.sources(configuration)
            if let tariff {
                try await Installation.use(configuration) { installation in
                    try versions(of: tariff, in: sources, published: try await ListTariffs(pool: installation.pool).bodies(of: tariff))
                }
                return
            }
            try await Installation.use(configuration) { installation in
                let published = try await ListTariffs(pool: installation.pool).files()
                var differences = 0
                for source in sources where !source.path.hasPrefix("_") {
                    let word: String? = if let hash = published[source.path] { hash == source.hash ? nil : "edited" } else { "new" }
                    guard let word else { continue }
                    differences += 1
                    Output.data("\(word)  \(source.path)")
                }
                for path in published.keys.sorted() where !sources.contains(where: { $0.path == path }) {
                    differences += 1
                    Output.data("absent  \(path)")
                }
                Output.message(
                    differences == 0
                        ? "the folder says what is published"
                        : "\(differences) differences; edited files cannot be published, `tariff pull` writes what is absent")
            }
        }

        /// By day, then revision: `….r2.yaml` corrects `….yaml`.
        private static func order(_ path: String) -> (day: Substring, revision: Int) {
            let parts = path.split(separator: "/").last?.split(separator: ".") ?? []
            return (parts.first ?? "", parts.count > 2 ? Int(parts[1].dropFirst()) ?? 1 : 1)
        }

        /// What is published comes from the database, as whoever bills sees it; files only say what is not published yet.
        private func versions(of key: TariffKey, in sources: [TariffFolder.Source], published: [String: [UInt8]]) throws {
            var bodies: [String: (bytes: [UInt8], isPublished: Bool)] = [:]
            for source in sources where source.path.hasPrefix("\(key)/") { bodies[source.path] = (source.bytes, false) }
            for (path, bytes) in published { bodies[path] = (bytes, true) }
            let own = bodies.sorted { Diff.order($0.key) < Diff.order($1.key) }.map {
                (name: $0.key, path: $0.key + ($0.value.isPublished ? "" : " (not published)"), bytes: $0.value.bytes)
            }
            let chosen: [(path: String, bytes: [UInt8])]
            func place(_ name: VersionName) throws -> Int {
                let found = own.lastIndex { entry in
                    let (day, revision) = Diff.order(entry.name)
                    return day == name.day.description && (name.revision.map { $0 == revision } ?? true)
                }
                guard let found else { throw Failure("\(key) has no version of \(name), neither published nor in the folder") }
                return found
            }
            if let earlier, let later {
                var places = [try place(earlier), try place(later)]
                // Beside a correction of the same day, the day is what it corrects.
                if places[0] == places[1], earlier.revision == nil,
                    let first = own.firstIndex(where: { Diff.order($0.name).day == earlier.day.description })
                {
                    places[0] = first
                }
                guard places[0] != places[1] else {
                    throw Failure("\(earlier) and \(later) are one version of \(key), \(own[places[0]].path)")
                }
                chosen = places.map { (own[$0].path, own[$0].bytes) }
            } else if let earlier {
                let last = try place(earlier)
                guard last > 0 else { throw Failure("\(own[last].path) is the first version of \(key): it corrects and follows none") }
                chosen = own[last - 1...last].map { ($0.path, $0.bytes) }
            } else {
                chosen = own.suffix(2).map { ($0.path, $0.bytes) }
            }
            guard chosen.count == 2 else { throw Failure("\(key) has \(own.count) versions; two are compared") }
            Output.data("--- \(chosen[0].path)\n+++ \(chosen[1].path)")
            for line in TextDifference.lines(from: chosen[0].bytes, to: chosen[1].bytes) {
                switch line {
                case .goes(let text): Output.data("-\(text)")
                case .comes(let text): Output.data("+\(text)")
                case .stays: break
                }
            }
        }
    }
}
