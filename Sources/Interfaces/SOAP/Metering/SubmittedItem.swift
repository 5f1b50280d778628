internal import Metering
internal import Values

/// One `<registers>` or `<intervals>` element while it is read. Its elements may come in any order.
struct SubmittedItem {
    /// The names of a message, in the order of ``SubmittedReadings/words``.
    enum Word: Int, CaseIterable {
        case submitReadings, messageId, source, registers, intervals
        case meter, obis, at, start, resolution, value, values, unit, status

        var name: String {
            switch self {
            case .submitReadings: "SubmitReadings"
            default: "\(self)"
            }
        }
        fileprivate var bit: UInt16 { 1 << UInt16(rawValue) }
    }

    /// The first thing wrong with an item decides what is said about it.
    struct Flaw {
        let word: Word
        let code: ItemFault.Code
        let message: String
    }

    /// Position among the elements of its name.
    let index: Int
    private var seen: UInt16 = 0
    private var present: UInt16 = 0
    private(set) var flaw: Flaw?
    var meter: Int32 = 0
    var obis = ObisCode(0, 0, 0, 0, 0)
    var unit = UnitCode.kilowattHour
    var status = ValueStatus.measured
    var instant = Instant(microseconds: 0)
    var micro: Int64 = 0
    var resolution = Resolution.quarterHour

    static let ofRegister: [Word] = [.meter, .obis, .at, .value, .unit]
    static let ofInterval: [Word] = [.meter, .obis, .start, .resolution, .unit, .values]

    init(index: Int) { self.index = index }

    /// Notes that the element began; an element given twice spoils the item, because nobody knows which was meant.
    mutating func begin(_ word: Word) {
        if seen & word.bit != 0 { spoil(word, .badMember, Sentence.twice) }
        seen |= word.bit
    }

    /// Notes that the element has a value, and not `xsi:nil`.
    mutating func fill(_ word: Word) { present |= word.bit }

    mutating func spoil(_ word: Word, _ code: ItemFault.Code, _ message: String) {
        if flaw == nil { flaw = Flaw(word: word, code: code, message: message) }
    }

    mutating func spoil(_ word: Word, _ problem: DecimalText.Problem) {
        let isLong = problem == .tooManyPlaces
        spoil(word, isLong ? .tooManyDigits : .badNumber, isLong ? Sentence.tooManyPlaces : Sentence.noDecimal)
    }

    /// The flaw, or that something required never came.
    func verdict(required: [Word]) -> Flaw? {
        if let flaw { return flaw }
        guard let lacking = required.first(where: { present & $0.bit == 0 }) else { return nil }
        return Flaw(word: lacking, code: .missingMember, message: "<\(lacking.name)> is required")
    }

    /// What is said about flaws; the codes beside them are those of JSON.
    enum Sentence {
        static let noDecimal = "no plain decimal: digits with a point"
        static let tooManyPlaces = "more than six decimals"
        static let noOffset = "a time needs its offset: 2026-01-01T00:00:00+01:00"
        static let badTime = "no time of RFC 3339"
        static let badObis = "no OBIS code of the form 1-0:1.8.0"
        static let badUnit = "unknown unit"
        static let badStatus = "status is measured, estimated, substituted, provisional or rejected"
        static let badResolution = "no resolution: PT15M, PT1H, P1D, or another part of the hour"
        static let badText = "empty, longer than 64 bytes, or with control characters"
        static let twice = "given twice"
    }
}
