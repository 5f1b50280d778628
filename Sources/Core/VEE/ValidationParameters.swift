public import Values

/// The thresholds of the rules for one commodity. The defaults are starting values; each is data, none is hidden in a rule.
public struct ValidationParameters: Hashable, Sendable, Codable {
    /// B6, C3: what may flow, in percent of the point's capacity.
    public var ceilingPercent: Int64 = 110
    /// A5: further ahead than one interval warns; further than this is refused, in seconds.
    public var futureLimitSeconds: Int64 = 86_400
    /// C1: k, in least digits of the register. Both readings are rounded to one.
    public var sumLeastDigits: Int64 = 2
    /// C1: p, the share of the interval sum.
    public var sumShare = Ratio(millionths: 1_000)
    /// C2: least digits per register.
    public var tariffLeastDigits: Int64 = 2
    /// B2: days without consumption on an active point; nil: the rule is off.
    public var zeroDays: Int?

    public init() {}

    /// The defaults for a commodity. B2 is off by default: without the vacancy of a home it warns about holidays.
    public static func defaults(for commodity: Commodity) -> ValidationParameters { ValidationParameters() }

    /// Days after which B2 speaks once it is switched on (reference, table B).
    public static func suggestedZeroDays(for commodity: Commodity) -> Int {
        switch commodity {
        case .electricity: 7
        case .gas: 14
        case .water: 30
        case .heat: 30
        }
    }
}
