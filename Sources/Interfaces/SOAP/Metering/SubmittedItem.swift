internal import Metering
internal import ReadingFormats
internal import Values

/// One `<registers>` or `<intervals>` element while it is read. Its elements may come in any order.
struct SubmittedItem {
    /// The names of a message, in the order of ``SubmittedReadings/words``.
    enum Word: Int, CaseIterable {
        case submitReadings, messageId, source, registers, intervals, reports
        case meter, obis, at, start, resolution, value, values, unit, status
        case factor, alarm, until, conversion, flowTemperature, returnTemperature

        var name: String {
            switch self {
            case .submitReadings: "SubmitReadings"
            default: "\(self)"
            }
        }
        fileprivate var bit: UInt32 { 1 << UInt32(rawValue) }
    }

    /// The first thing wrong with an item decides what is said about it.
    struct Flaw {
        let word: Word
        let code: ItemFault.Code
        let message: String
    }

    /// Position among the elements of its name.
    let index: Int
    private var seen: UInt32 = 0
    private var present: UInt32 = 0
    private(set) var flaw: Flaw?
    var meter: Int32 = 0
    var obis = ObisCode(0, 0, 0, 0, 0)
    var unit = UnitCode.kilowattHour
    var status = ValueStatus.measured
    var instant = Instant(microseconds: 0)
    var micro: Int64 = 0
    var resolution = Resolution.quarterHour
    /// What is said of the meter beside its values, or in a report of its own.
    var factor: Ratio?
    var alarms: [DeviceAlarm] = []
    var until: Instant?
    var conversion: Ratio?
    var flow: Int32?
    var back: Int32?

    static let ofRegister: [Word] = [.meter, .obis, .at, .value, .unit]
    static let ofInterval: [Word] = [.meter, .obis, .start, .resolution, .unit, .values]

    init(index: Int) { self.index = index }

    /// Notes that the element began; an element given twice spoils the item, because nobody knows which was meant.
    mutating func begin(_ word: Word) {
        if seen & word.bit != 0 { spoil(word, .badMember, FaultText.twice) }
        seen |= word.bit
    }

    /// Notes that the element has a value, and not `xsi:nil`.
    mutating func fill(_ word: Word) { present |= word.bit }

    mutating func spoil(_ word: Word, _ code: ItemFault.Code, _ message: String) {
        if flaw == nil { flaw = Flaw(word: word, code: code, message: message) }
    }

    mutating func spoil(_ word: Word, _ problem: DecimalText.Problem) {
        let isLong = problem == .tooManyPlaces
        spoil(word, isLong ? .tooManyDigits : .badNumber, isLong ? FaultText.tooManyPlaces : FaultText.noDecimal)
    }

    /// The flaw, or that something required never came.
    func verdict(required: [Word]) -> Flaw? {
        if let flaw { return flaw }
        guard let lacking = required.first(where: { present & $0.bit == 0 }) else { return nil }
        return Flaw(word: lacking, code: .missingMember, message: "<\(lacking.name)> is required")
    }

    /// Whether the element came with a value.
    func has(_ word: Word) -> Bool { present & word.bit != 0 }

    /// What the item says of its meter. A factor is of the register named, of all where none is.
    var contents: [DeviceReport.Content] {
        var contents: [DeviceReport.Content] = alarms.map { .alarm($0) }
        if let factor { contents.append(.factor(has(.obis) ? obis : nil, factor)) }
        if let conversion, until != nil { contents.append(.conversion(conversion)) }
        if let flow, let back, until != nil { contents.append(.temperatures(flow: flow, back: back)) }
        return contents
    }
}
