/// What to do about a finding, as a person's next step: one of few, so that a worklist can offer a button for it.
public enum Proposal: String, Hashable, Sendable, Codable, CaseIterable {
    /// Nothing: it says what happened.
    case none
    /// Look at it and let it stand.
    case accept
    /// Let a stand-in be made, or made anew.
    case estimate
    /// Correct the value by hand.
    case correct
    /// Have the meter read.
    case read
    /// Check the device and exchange it.
    case exchange
    /// Call the customer.
    case call
    /// Have the sender deliver again.
    case redeliver
    /// Correct the master data.
    case masterData = "master-data"

    public var german: String {
        switch self {
        case .none: "nichts zu tun"
        case .accept: "ansehen und bestätigen"
        case .estimate: "Ersatzwert bilden"
        case .correct: "von Hand berichtigen"
        case .read: "Zähler ablesen lassen"
        case .exchange: "Gerät prüfen, gegebenenfalls wechseln"
        case .call: "Kunden anrufen"
        case .redeliver: "vom Absender nachfordern"
        case .masterData: "Stammdaten berichtigen"
        }
    }
    public var english: String {
        switch self {
        case .none: "nothing to do"
        case .accept: "look and accept"
        case .estimate: "estimate"
        case .correct: "correct by hand"
        case .read: "have the meter read"
        case .exchange: "check the device, exchange it if needed"
        case .call: "call the customer"
        case .redeliver: "ask the sender to deliver again"
        case .masterData: "correct the master data"
        }
    }

    /// The usual next step for a rule, by its name; `accept` for a name of an older version.
    public static func of(rule name: String) -> Proposal { byRule[name] ?? .accept }

    private static let byRule: [String: Proposal] = [
        "identity": .masterData, "duplicate": .none, "message-id-reused": .redeliver, "interval-length": .redeliver, "clock": .exchange,
        "far-future": .redeliver, "future": .redeliver, "gap": .estimate, "gap-without-basis": .redeliver, "overlap": .redeliver,
        "collapsed-hour": .redeliver, "negative": .estimate, "zero-consumption": .call, "inactive-usage": .read, "spike": .accept,
        "step": .accept, "physical-ceiling": .estimate, "advance-ceiling": .read, "outlier": .accept, "unusual-usage": .call,
        "historical-peak": .accept, "advance-change": .read, "register-against-intervals": .read, "tariff-registers": .read,
        "register-backwards": .exchange, "rollover": .none, "digits": .masterData, "exchange": .none, "reading-estimated": .correct,
        "multiplier": .masterData,
        "misread": .correct, "reading-below-estimate": .estimate, "siblings": .redeliver, "prolonged-estimation": .read,
        "silence": .redeliver, "leak": .call, "burst": .call, "backflow": .exchange, "heat-balance": .exchange,
        "gas-synchrony": .exchange, "device-alarm": .exchange, "device-event": .none, "estimate-replaced": .none,
    ]
}

extension RuleText {
    /// The usual next step.
    public var proposal: Proposal { Proposal.of(rule: name) }
}
