public import VEE
public import Values

/// What a person does to values. Each is a new version with author and reason; nothing is overwritten.
public enum EditAction: String, Hashable, Sendable, CaseIterable {
    /// What was received counts, whatever a rule said of it; where nothing was received, the estimate is confirmed.
    case accept
    /// The estimate that stands there stays: later knowledge of the cascade does not change it any more.
    case confirm
    /// What stands there is no longer believed and estimated, by the cascade or by a method that is named.
    case estimate
    /// Values that the person knows.
    case replace
    /// What stands there is no longer believed. What can be estimated, is.
    case withdraw
    /// Findings were closed; no value changed.
    case settle
    /// Takes back another edit.
    case undo
    /// A whole delivery is withdrawn.
    case cancelDelivery = "cancel-delivery"

    /// Those that can be asked for over values.
    public static let ofValues: [EditAction] = [.accept, .confirm, .estimate, .replace, .withdraw]
}

/// An edit as it is kept.
public struct EditRecord: Hashable, Sendable {
    public var id: Int64
    public var action: EditAction
    public var author: String
    public var reason: String
    public var at: Instant
    /// The edit it takes back.
    public var undoes: Int64?
    /// The edit that took it back.
    public var undoneBy: Int64?
    /// Values it wrote.
    public var slots: Int
    /// Codes of the metering points it touched, in order.
    public var meteringPoints: [String]
    /// Findings it closed, or opened again.
    public var findings: [Int64]
}

/// Why an edit is not possible; nothing was written.
public enum EditRefusal: Error, Hashable, Sendable {
    /// Whoever changes a value says who and why.
    case missingReason
    case missingAuthor
    case unknownRegister(meteringPoint: String, obis: ObisCode, meter: String?)
    /// `until` lies before `from`, or beyond 400 days behind it.
    case badSpan
    /// There is no value of the kind the action is about.
    case nothingThere
    /// `replace` needs a value for each slot, or for each reading.
    case wrongCount(expected: Int, given: Int)
    /// A value a register cannot show, or a quantity below zero.
    case impossibleValue(String)
    /// The method cannot be asked for, or has no basis here.
    case noBasis(EstimationMethod?)
    case unknownEdit(Int64)
    case alreadyUndone(Int64)
    /// An undo is taken back by doing again what was done.
    case isUndo(Int64)
    case unknownDelivery(Int64)
    case alreadyCancelled(Int64)
    case notWithFindings(EditAction)
    case unknownFinding(Int64)

    /// Stable, for programs.
    public var code: String {
        switch self {
        case .missingReason: "missing-reason"
        case .missingAuthor: "missing-author"
        case .unknownRegister: "unknown-register"
        case .badSpan: "bad-span"
        case .nothingThere: "nothing-there"
        case .wrongCount: "wrong-count"
        case .impossibleValue: "impossible-value"
        case .noBasis: "no-basis"
        case .unknownEdit: "unknown-edit"
        case .alreadyUndone: "already-undone"
        case .isUndo: "is-undo"
        case .unknownDelivery: "unknown-delivery"
        case .alreadyCancelled: "already-cancelled"
        case .notWithFindings: "not-with-findings"
        case .unknownFinding: "unknown-finding"
        }
    }

    public var explanation: String {
        switch self {
        case .missingReason: "Say in `reason` why; it is kept with the values."
        case .missingAuthor: "An edit needs an author."
        case .unknownRegister(let point, let obis, let meter):
            "Metering point \(point.prefix(80)) has no register \(obis)\(meter.map { " of meter \($0.prefix(64))" } ?? "") in that time."
        case .badSpan: "`until` must lie behind `from`, at most 400 days; for a reading both are its moment."
        case .nothingThere: "There is no value in that time that the action could be about."
        case .wrongCount(let expected, let given): "Give one value per slot or reading: \(expected), not \(given)."
        case .impossibleValue(let why): why
        case .noBasis(let method):
            if let method {
                "The method \(method.word) has no basis here; ask for one of \(Estimation.choosable.map(\.word).joined(separator: ", ")), or name none."
            } else {
                "There is nothing from which this could be estimated."
            }
        case .unknownEdit(let id): "There is no edit \(id)."
        case .alreadyUndone(let id): "Edit \(id) was taken back already."
        case .isUndo(let id): "Edit \(id) is an undo; do again what it took back."
        case .unknownDelivery(let id): "There is no delivery \(id)."
        case .alreadyCancelled(let id): "Delivery \(id) was cancelled already."
        case .notWithFindings(let action): "\(action.rawValue) is not something to do with findings."
        case .unknownFinding(let id): "There is no finding \(id)."
        }
    }
}
