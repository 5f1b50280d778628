import Foundation

/// The project's sources as text, found from this file's own place.
struct SourceTree {
    struct File {
        /// Path below the project folder.
        let path: String
        let text: String
        var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
        /// Modules named by import declarations.
        var imports: [String] {
            lines.compactMap { line in
                let words = line.split(separator: " ")
                guard let index = words.firstIndex(of: "import"),
                    words[..<index].allSatisfy({ $0 == "public" || $0 == "internal" || $0 == "private" || $0.hasPrefix("@") })
                else { return nil }
                return words.dropFirst(index + 1).first.map { String($0.prefix { $0 != "." }) }
            }
        }
    }

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func files(below folder: String, ending: String = ".swift") -> [File] {
        let base = root.appending(path: folder)
        guard let walker = FileManager.default.enumerator(at: base, includingPropertiesForKeys: nil) else { return [] }
        return walker.compactMap { $0 as? URL }.filter { $0.path().hasSuffix(ending) }.sorted { $0.path() < $1.path() }.compactMap { url in
            guard let text = try? String(contentsOf: url, encoding: .utf8) else { return nil }
            return File(path: String(url.path().dropFirst(root.path().count)), text: text)
        }
    }

    static func modules(in layer: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root.appending(path: "Sources/\(layer)").path())) ?? []
        return names.filter { !$0.hasPrefix(".") }.sorted()
    }
}
