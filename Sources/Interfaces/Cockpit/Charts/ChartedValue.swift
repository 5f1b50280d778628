internal import Values

/// A value at a moment, as a picture shows it: a register's reading, or a slot of a load curve.
struct ChartedValue: Sendable, Hashable {
    let at: Instant
    let micro: Int64
    let status: ValueStatus
}

extension [ChartedValue] {
    /// What lines are drawn through.
    var usable: [ChartedValue] { filter { $0.status != .rejected && $0.status != .absent } }
}
