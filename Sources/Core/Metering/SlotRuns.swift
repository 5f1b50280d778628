public import Values

/// Slots that a quantity is the sum of, and what they say of themselves, from a first moment on.
public struct SlotRuns: Hashable, Sendable {
    public var start: Instant
    public var resolution: Resolution
    /// They cover the slots without a gap: where nothing is known, a run says so.
    public var runs: [VersionRun]
    /// The channel that was read, such as `1-0:1.29.0`; nil on bills from before it was kept.
    public var channel: ObisCode?

    public init(start: Instant, resolution: Resolution, runs: [VersionRun], channel: ObisCode? = nil) {
        self.channel = channel
        self.start = start
        self.resolution = resolution
        self.runs = runs
    }

    /// Whether it is known which versions they are: on bills from before they were kept, the statuses alone are.
    public var hasVersions: Bool { runs.contains { $0.version > 0 } }

    public var count: Int { runs.slotCount }
    public var end: Instant { resolution.instant(count, after: start) }

    /// A run with its time, half open.
    public struct Span: Hashable, Sendable {
        public let from: Instant
        public let until: Instant
        public let run: VersionRun
    }
    /// The runs in order of time.
    public var spans: [Span] {
        var slot = 0
        return runs.map { run in
            let from = slot
            slot += run.count
            return Span(from: resolution.instant(from, after: start), until: resolution.instant(slot, after: start), run: run)
        }
    }

    /// How many slots bear which status.
    public var statuses: [ValueStatus: Int] {
        var counts: [ValueStatus: Int] = [:]
        for run in runs { counts[run.mark.status, default: 0] += run.count }
        return counts
    }

    /// How many slots say the same, wherever they stand: the most first, then in order of version, status and method.
    public var sums: [VersionRun] {
        struct Key: Hashable {
            let version: Int32
            let status: ValueStatus
            let method: UInt8
        }
        var counts: [Key: Int] = [:]
        for run in runs { counts[Key(version: run.version, status: run.mark.status, method: run.mark.method), default: 0] += run.count }
        return counts.map { key, count in
            VersionRun(count: count, version: key.version, mark: Mark(status: key.status, method: key.method))
        }.sorted {
            let (left, right) = ($0.mark, $1.mark)
            if $0.count != $1.count { return $0.count > $1.count }
            return ($0.version, left.status.rawValue, left.method) < ($1.version, right.status.rawValue, right.method)
        }
    }
}
