public import Metering
public import Values

/// What is written about a rule: the list of these is the specification.
public struct RuleText: Hashable, Sendable, Codable {
    /// What happens to the value.
    public enum Effect: String, Hashable, Sendable, Codable {
        /// Stored as sent.
        case keeps
        /// Stored with the status `rejected`, and estimated.
        case rejects
        /// Not stored; kept in the delivery.
        case refuses
    }

    /// Stable name, as in `Finding.rule`.
    public let name: String
    /// Its number in the reference: A1 … E4.
    public let reference: String
    public let severity: Finding.Severity
    public let effect: Effect
    public let german: String
    public let english: String
    /// What a person is to do, in German: the last sentence of each explanation. Empty where the explanation says it itself,
    /// because it depends on the numbers.
    public let action: String

    public init(
        _ name: String, _ reference: String, _ severity: Finding.Severity, _ effect: Effect, german: String, english: String,
        action: String = ""
    ) {
        self.name = name
        self.reference = reference
        self.severity = severity
        self.effect = effect
        self.german = german
        self.english = english
        self.action = action
    }
}

/// A rule is a name and a pure function. A new rule is a new element of a list.
public struct Rule<Subject: Sendable>: Sendable {
    public let text: RuleText
    /// What the rule objects to; empty for nearly all subjects.
    public let check: @Sendable (Subject, ValidationParameters) -> [Hit]

    public init(_ text: RuleText, check: @escaping @Sendable (Subject, ValidationParameters) -> [Hit]) {
        self.text = text
        self.check = check
    }

    /// What the rule objects to, unless it is switched off.
    public func hits(_ subject: Subject, _ parameters: ValidationParameters) -> [Hit] {
        parameters.switchedOff.isEmpty || !parameters.switchedOff.contains(text.name) ? check(subject, parameters) : []
    }
}

/// What a rule looks at: something about one register, whose meter the finding names.
public protocol RuleSubject: Sendable {
    var register: Register { get }
}

extension Rule where Subject: RuleSubject {
    /// What the rule finds. Most rules about periods, devices and deliveries are asked one by one, where what they need is known.
    public func findings(on subject: Subject, parameters: ValidationParameters = .init()) -> [Finding] {
        hits(subject, parameters).map { $0.finding(of: text, subject.register) }
    }
}

/// One objection of a rule.
public struct Hit: Hashable, Sendable {
    public var from: Instant
    public var until: Instant
    /// Slots of the local day that it speaks of; nil if it speaks of none.
    public var slots: Range<Int>?
    /// Where it differs from the rule's own.
    public var severity: Finding.Severity?
    public var inputs: [Finding.Input]
    public var threshold: String
    /// A German sentence with the numbers.
    public var explanation: String

    public init(
        from: Instant, until: Instant, slots: Range<Int>? = nil, severity: Finding.Severity? = nil, inputs: [Finding.Input],
        threshold: String, explanation: String
    ) {
        self.from = from
        self.until = until
        self.slots = slots
        self.severity = severity
        self.inputs = inputs
        self.threshold = threshold
        self.explanation = explanation
    }

    func finding(of rule: RuleText, _ register: Register) -> Finding {
        Finding(
            rule: rule.name, severity: severity ?? rule.severity, from: from, until: until,
            inputs: [.init("meter", register.serial), .init("obis", register.obis.description)] + inputs,
            threshold: threshold,
            explanation: "Zähler \(register.serial), \(register.obis): " + explanation + (rule.action.isEmpty ? "" : " " + rule.action))
    }
}

/// Where the rules live, one file each.
public enum Rules {}
