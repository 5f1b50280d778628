/// A path with holes: `/api/v1/invoices/{number}.xml`. A hole takes a part of one segment and never a slash.
public struct PathPattern: Sendable, Hashable, CustomStringConvertible {
    enum Part: Sendable, Hashable {
        case literal(String)
        /// `prefix{name}suffix`
        case hole(prefix: String, name: String, suffix: String)
    }

    /// As it was written.
    public let text: String
    let parts: [Part]

    /// - Precondition: it begins with a slash; a segment has at most one hole. Patterns are written by us, never read.
    public init(_ text: String) {
        precondition(text.hasPrefix("/"), "a path begins with a slash: \(text)")
        self.text = text
        parts = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map { segment in
            guard let open = segment.firstIndex(of: "{"), let close = segment.firstIndex(of: "}") else { return .literal(String(segment)) }
            return .hole(
                prefix: String(segment[..<open]), name: String(segment[segment.index(after: open)..<close]),
                suffix: String(segment[segment.index(after: close)...]))
        }
    }

    /// The names of the holes.
    public var names: [String] {
        parts.compactMap { if case .hole(_, let name, _) = $0 { name } else { nil } }
    }

    /// What the holes took; nil if the path is another.
    func match(_ segments: [String]) -> [String: String]? {
        guard segments.count == parts.count else { return nil }
        var parameters: [String: String] = [:]
        for (part, segment) in zip(parts, segments) {
            switch part {
            case .literal(let literal): guard literal == segment else { return nil }
            case .hole(let prefix, let name, let suffix):
                guard segment.count > prefix.count + suffix.count, segment.hasPrefix(prefix), segment.hasSuffix(suffix) else { return nil }
                parameters[name] = String(segment.dropFirst(prefix.count).dropLast(suffix.count))
            }
        }
        return parameters
    }

    /// How narrow it is: literals before suffixes before open holes, so that `/{n}.xml` is asked before `/{n}`.
    var rank: [Int] {
        parts.map { part in
            switch part {
            case .literal: 0
            case .hole(let prefix, _, let suffix): prefix.isEmpty && suffix.isEmpty ? 2 : 1
            }
        }
    }

    public var description: String { text }

    /// The decoded segments of a request's path; nil for broken escapes. An escaped slash stays inside its segment.
    static func segments(of path: String) -> [String]? {
        var segments: [String] = []
        for segment in path.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            guard let decoded = PercentCoding.decode(segment) else { return nil }
            segments.append(decoded)
        }
        return segments
    }
}
