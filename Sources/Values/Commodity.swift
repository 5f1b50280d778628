/// What is supplied and measured (Sparte).
public enum Commodity: String, Sendable, Hashable, Codable, CaseIterable {
    case electricity, gas, water, heat

    /// The medium group A of OBIS codes that belongs to it.
    public static func of(medium: UInt8) -> Commodity? {
        switch medium {
        case 1: .electricity
        case 7: .gas
        case 8, 9: .water
        case 5, 6: .heat
        default: nil
        }
    }
}
