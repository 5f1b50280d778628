internal import Synchronization
internal import Values

/// Counts, levels and times, in the text form that Prometheus reads.
///
/// Times are kept in whole microseconds and written as decimals: a sum of binary fractions drifts, and nothing is gained by it.
public final class Metrics: Sendable {
    /// One label of a series.
    public struct Label: Sendable, Hashable {
        public let name: String
        public let value: String
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    private struct Key: Hashable {
        let name: String
        let labels: [Label]
    }
    private struct Histogram {
        var buckets = [Int64](repeating: 0, count: Metrics.bounds.count)
        var count: Int64 = 0
        var sum: Int64 = 0
    }
    private struct State {
        var counters: [Key: Int64] = [:]
        var gauges: [Key: Int64] = [:]
        var histograms: [Key: Histogram] = [:]
        var helps: [String: String] = [:]
        var sources: [@Sendable (Metrics) -> Void] = []
    }

    /// Upper bounds in microseconds: 1 ms to 30 s.
    static let bounds: [Int64] = [
        1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 10_000_000, 30_000_000,
    ]
    private let state = Mutex(State())

    /// A registry that has counted nothing.
    public init() {}

    /// Says what a series means; shown in the text form.
    public func describe(_ name: String, _ help: String) { state.withLock { $0.helps[name] = help } }

    /// Adds to a counter; its name ends in `_total`.
    public func count(_ name: String, by amount: Int64 = 1, _ labels: [Label] = []) {
        state.withLock { $0.counters[Key(name: name, labels: labels), default: 0] += amount }
    }

    /// Raises or lowers a level.
    public func add(_ name: String, _ amount: Int64, _ labels: [Label] = []) {
        state.withLock { $0.gauges[Key(name: name, labels: labels), default: 0] += amount }
    }

    /// Sets a level.
    public func set(_ name: String, _ value: Int64, _ labels: [Label] = []) {
        state.withLock { $0.gauges[Key(name: name, labels: labels)] = value }
    }

    /// Notes how long something took.
    public func observe(_ name: String, _ duration: Duration, _ labels: [Label] = []) {
        let micro = Metrics.microseconds(duration)
        state.withLock { state in
            var histogram = state.histograms[Key(name: name, labels: labels)] ?? Histogram()
            histogram.count += 1
            histogram.sum += micro
            if let place = Metrics.bounds.firstIndex(where: { micro <= $0 }) { histogram.buckets[place] += 1 }
            state.histograms[Key(name: name, labels: labels)] = histogram
        }
    }

    /// Asked before each reading of the text: for levels that somebody else knows, such as a pool's.
    public func source(_ body: @escaping @Sendable (Metrics) -> Void) { state.withLock { $0.sources.append(body) } }

    /// The text form (version 0.0.4), series in order of their names.
    public func text() -> String {
        for source in state.withLock({ $0.sources }) { source(self) }
        return state.withLock { state in
            var out = ""
            Metrics.write(state.counters, "counter", helps: state.helps, to: &out) { "\($0) \($1)\n" }
            Metrics.write(state.gauges, "gauge", helps: state.helps, to: &out) { "\($0) \($1)\n" }
            Metrics.write(state.histograms, helps: state.helps, to: &out)
            return out
        }
    }

    /// Whole microseconds of a duration.
    static func microseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    }

    private static func write(
        _ series: [Key: Int64], _ type: String, helps: [String: String], to out: inout String, _ line: (String, Int64) -> String
    ) {
        for (name, group) in grouped(series) {
            head(name, type, helps, &out)
            for (key, value) in group { out += line(name + text(of: key.labels), value) }
        }
    }

    private static func write(_ series: [Key: Histogram], helps: [String: String], to out: inout String) {
        for (name, group) in grouped(series) {
            head(name, "histogram", helps, &out)
            for (key, histogram) in group {
                var running: Int64 = 0
                for (bound, count) in zip(bounds, histogram.buckets) {
                    running += count
                    out += "\(name)_bucket\(text(of: key.labels + [Label("le", DecimalText.format(bound, scale: 6))])) \(running)\n"
                }
                out += "\(name)_bucket\(text(of: key.labels + [Label("le", "+Inf")])) \(histogram.count)\n"
                out += "\(name)_sum\(text(of: key.labels)) \(DecimalText.format(histogram.sum, scale: 6))\n"
                out += "\(name)_count\(text(of: key.labels)) \(histogram.count)\n"
            }
        }
    }

    private static func grouped<Value>(_ series: [Key: Value]) -> [(String, [(Key, Value)])] {
        Dictionary(grouping: series.map { ($0.key, $0.value) }, by: \.0.name)
            .sorted { $0.key < $1.key }
            .map { ($0.key, $0.value.sorted { text(of: $0.0.labels) < text(of: $1.0.labels) }) }
    }

    private static func head(_ name: String, _ type: String, _ helps: [String: String], _ out: inout String) {
        if let help = helps[name] { out += "# HELP \(name) \(help)\n" }
        out += "# TYPE \(name) \(type)\n"
    }

    private static func text(of labels: [Label]) -> String {
        guard !labels.isEmpty else { return "" }
        let parts = labels.map { label in
            let value = label.value.flatMap { character -> [Character] in
                switch character {
                case "\\": ["\\", "\\"]
                case "\"": ["\\", "\""]
                case "\n": ["\\", "n"]
                default: [character]
                }
            }
            return "\(label.name)=\"\(String(value))\""
        }
        return "{\(parts.joined(separator: ","))}"
    }
}
