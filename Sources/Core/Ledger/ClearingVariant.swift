/// The order in which a payment looks for what it pays, as data: a utility may have another per payment channel.
public struct ClearingVariant: Hashable, Sendable, Codable {
    /// One way of choosing items. Each takes what it can; what is left goes to the next step, and at the end stays on account.
    public enum Step: String, Sendable, Hashable, Codable, CaseIterable {
        /// Items whose document number the payer wrote.
        case namedDocument = "named-document"
        /// The one item that is open with exactly this amount.
        case exactAmount = "exact-amount"
        /// All items that are due, if they sum to exactly this amount.
        case exactSumOfDue = "exact-sum-of-due"
        /// Due before not due, older before newer, costs before interest before principal, equals in proportion; in parts, too.
        case oldestDue = "oldest-due"

        /// The sentence shown beside an allocation.
        public var reason: String {
            switch self {
            case .namedDocument: "§ 366 Abs. 1 BGB: vom Zahler benannt"
            case .exactAmount: "§ 366 Abs. 1 BGB: Betrag passt auf genau einen Posten"
            case .exactSumOfDue: "§ 366 Abs. 1 BGB: Betrag ist die Summe der fälligen Posten"
            case .oldestDue: "§ 366 Abs. 2, § 367 BGB: fällige zuerst, die ältesten zuerst"
            }
        }
    }

    public let name: String
    public let steps: [Step]

    public init(name: String, steps: [Step]) {
        self.name = name
        self.steps = steps
    }

    /// What §§ 366, 367 BGB say where nobody agreed otherwise.
    public static let statutory = ClearingVariant(name: "statutory", steps: [.namedDocument, .exactAmount, .exactSumOfDue, .oldestDue])
}
