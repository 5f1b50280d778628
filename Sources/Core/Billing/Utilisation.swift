public import Values

/// The hours of a year in which the highest load would have used the energy (Benutzungsdauer), and what it was told from: it chooses
/// between pairs of prices, so who asks why gets the numbers.
public struct Utilisation: Hashable, Sendable {
    /// What was divided.
    public struct Basis: Hashable, Sendable {
        /// 10^-6 kWh of the period.
        public let energy: Int64
        /// 10^-6 kW, the highest of the period.
        public let peak: Int64
        /// A shorter one than a year counts for its share of it.
        public let period: DayRange
    }
    /// 10^-6 h of a year; nil where nothing was drawn.
    public let hours: Int64?
    /// nil: it was agreed.
    public let basis: Basis?
}
