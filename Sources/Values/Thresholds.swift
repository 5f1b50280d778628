/// Limits that an operator sets by name, for a commodity and class of customers, from a day on: those of the rules that judge readings,
/// those of the checks before a bill is issued.
public protocol Thresholds: Hashable, Sendable {
    /// What holds where nobody has set anything.
    static func defaults(for commodity: Commodity, of customer: CustomerClass) -> Self
    /// All of them by name, in the order in which people read them.
    static var settings: [ThresholdSetting<Self>] { get }
}

extension Thresholds {
    public static func setting(named name: String) -> ThresholdSetting<Self>? { settings.first { $0.name == name } }
}

/// One threshold as people and interfaces name it: how it is written and what it means.
public struct ThresholdSetting<Kind: Thresholds>: Sendable {
    /// As the property is called: `spikePercent`.
    public let name: String
    /// What goes by it: a rule (`B4`), a check (`huge-amount`).
    public let reference: String
    public let german: String
    public let english: String
    /// Whether it is written with numbers, which German hands write with a comma; names are not.
    public let isNumeric: Bool
    private let read: @Sendable (Kind) -> String?
    private let write: @Sendable (inout Kind, String?) -> Bool

    public init(
        _ name: String, _ reference: String, _ german: String, _ english: String, isNumeric: Bool = true,
        read: @escaping @Sendable (Kind) -> String?, write: @escaping @Sendable (inout Kind, String?) -> Bool
    ) {
        self.name = name
        self.reference = reference
        self.german = german
        self.english = english
        self.isNumeric = isNumeric
        self.read = read
        self.write = write
    }

    /// The value as text; nil: switched off.
    public func value(in thresholds: Kind) -> String? { read(thresholds) }
    /// Writes a value given as text; nil switches off.
    /// - Returns: false if the text is no such value, or the threshold cannot be switched off.
    public func set(_ text: String?, in thresholds: inout Kind) -> Bool { write(&thresholds, text) }

    /// A threshold of any kind that must be there.
    public static func required<Value>(
        _ name: String, _ reference: String, _ german: String, _ english: String,
        _ path: any WritableKeyPath<Kind, Value> & Sendable, isNumeric: Bool = true,
        text: @escaping @Sendable (Value) -> String, parse: @escaping @Sendable (String) -> Value?
    ) -> ThresholdSetting {
        ThresholdSetting(name, reference, german, english, isNumeric: isNumeric, read: { text($0[keyPath: path]) }) {
            guard let value = $1.flatMap(parse) else { return false }
            $0[keyPath: path] = value
            return true
        }
    }
    /// A whole number that must be there.
    public static func whole<Number: FixedWidthInteger & Sendable>(
        _ name: String, _ reference: String, _ german: String, _ english: String,
        _ path: any WritableKeyPath<Kind, Number> & Sendable, in range: ClosedRange<Number> = 0...1_000_000_000_000
    ) -> ThresholdSetting {
        required(name, reference, german, english, path, text: { String($0) }) { Number($0).flatMap { range.contains($0) ? $0 : nil } }
    }
    /// A whole number that may be switched off.
    public static func optional<Number: FixedWidthInteger & Sendable>(
        _ name: String, _ reference: String, _ german: String, _ english: String,
        _ path: any WritableKeyPath<Kind, Number?> & Sendable, in range: ClosedRange<Number> = 0...1_000_000
    ) -> ThresholdSetting {
        ThresholdSetting(name, reference, german, english, read: { $0[keyPath: path].map { String($0) } }) {
            guard let text = $1 else { $0[keyPath: path] = nil; return true }
            guard let number = Number(text), range.contains(number) else { return false }
            $0[keyPath: path] = number
            return true
        }
    }
    /// A share as a plain decimal, of at most a thousand.
    public static func share(
        _ name: String, _ reference: String, _ german: String, _ english: String, _ path: any WritableKeyPath<Kind, Ratio> & Sendable
    ) -> ThresholdSetting {
        required(name, reference, german, english, path, text: \.description) {
            Ratio($0).flatMap { (0...1_000_000_000).contains($0.millionths) ? $0 : nil }
        }
    }
}
