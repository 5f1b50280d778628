public import TariffFiles
public import Tariffs
public import Values

/// A tariff version that is being written.
public struct TariffDraft: Hashable, Sendable {
    public enum State: String, Sendable, Hashable { case open, published, dropped }

    public let id: Int64
    /// Where its file will stand below `Tariffs/`.
    public let path: String
    public let key: TariffKey
    public let from: Day
    public let state: State
    public let createdAt: Instant
    public let createdBy: String
    public let savedAt: Instant
    /// Everybody who wrote a part of it, the first one first.
    public let authors: [String]
    /// How often it was saved.
    public let version: Int32
    public let closedBy: String?
}

/// A draft with its text and what the program says about it.
public struct TariffDraftReview: Sendable {
    public let draft: TariffDraft
    public let text: [UInt8]
    /// The text cut into cells; nil while it is no YAML at all.
    public let sheet: TariffSheet?
    /// What keeps it from being published; also examples that do not come out.
    public let faults: [TariffFileError]
    /// Against the file it grew from.
    public let difference: [TextDifference.Line]
    /// The prices, if the text can be read.
    public let tariff: TariffVersion?
    /// Prices that a slip of the pen would make: below zero, nothing, or five times and more off those before.
    public let leaps: [Leap]

    /// A price beside that of the version before.
    public struct Leap: Hashable, Sendable {
        /// The component.
        public let owner: String
        public let before: String?
        public let now: String
    }

    static func leaps(from basis: TariffSheet?, to sheet: TariffSheet?) -> [Leap] {
        func prices(_ sheet: TariffSheet?) -> [(owner: String, name: String, value: String)] {
            (sheet?.cells ?? []).filter { $0.group == "components" && ($0.name == "price" || $0.name.hasSuffix(".price")) }.map {
                ($0.owner, $0.name, $0.value)
            }
        }
        let known = Dictionary(prices(basis).map { (["\($0.owner)", $0.name], $0.value) }) { first, _ in first }
        return prices(sheet).compactMap { cell in
            let before = known[[cell.owner, cell.name]]
            guard let now = DecimalText.parse(cell.value, scale: 8) else { return nil }
            let old = before.flatMap { DecimalText.parse($0, scale: 8) }
            let isFar = old.map { old in
                old != 0 && (now == 0 || now.magnitude / 5 >= old.magnitude || old.magnitude / 5 >= now.magnitude)
            }
            let isNegative = now < 0 && (old ?? 0) >= 0
            return isNegative || isFar == true ? Leap(owner: cell.owner, before: before, now: cell.value) : nil
        }
    }
}

/// Why a draft is not opened, saved or published. Nothing was written.
public enum TariffDraftRefusal: Error, Hashable, Sendable {
    case unknownTariff(String)
    case unknownDraft(Int64)
    /// The version would not begin after the last published one.
    case notAfter(Day)
    /// Somebody writes this version already.
    case alreadyOpen(Int64)
    case closed(TariffDraft.State)
    /// Somebody saved in the meantime; the text of the form was an older one.
    case overtaken(by: String)
    /// A value that is no number or day, or a text that belongs to another version.
    case unreadable(TariffFileError)
    /// Who wrote a part of it does not publish it.
    case sameperson(String)
    case faulty([TariffFileError])

    /// A stable word for interfaces.
    public var code: String {
        switch self {
        case .unknownTariff: "unknown-tariff"
        case .unknownDraft: "unknown-tariff-draft"
        case .notAfter: "draft-not-after"
        case .alreadyOpen: "draft-already-open"
        case .closed: "draft-closed"
        case .overtaken: "draft-overtaken"
        case .unreadable: "draft-unreadable"
        case .sameperson: "second-person-needed"
        case .faulty: "faulty-tariffs"
        }
    }
}
