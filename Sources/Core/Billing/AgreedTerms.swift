public import Values

/// What was agreed with a customer from a day on.
public struct AgreedTerms: Hashable, Sendable {
    public var from: Day
    /// Of the contract; see ``BilledContract/attributes``.
    public var attributes: [String: String]

    public init(from: Day, attributes: [String: String]) {
        self.from = from
        self.attributes = attributes
    }

    /// Those that change something, in order of days; none where nothing changes.
    public static func changes(_ terms: [AgreedTerms]) -> [AgreedTerms] {
        var changes: [AgreedTerms] = []
        for terms in terms.sorted(by: { $0.from < $1.from }) where changes.last?.attributes != terms.attributes { changes.append(terms) }
        return changes.count > 1 ? changes : []
    }
}

extension [AgreedTerms] {
    /// What holds on a day: the first also before its own; nil where there are none.
    func attributes(on day: Day) -> [String: String]? { (last { $0.from <= day } ?? first)?.attributes }
}
