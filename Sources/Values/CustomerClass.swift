/// Whose consumption it is, as far as rules, profiles and checks care.
public enum CustomerClass: String, Hashable, Sendable, Codable, CaseIterable {
    case household, commercial, industrial

    /// The word on German pages.
    public var german: String {
        switch self {
        case .household: "Haushalt"
        case .commercial: "Gewerbe"
        case .industrial: "Industrie"
        }
    }
}
