internal import MarketFormats
internal import Metering

/// What a Reply says went wrong.
struct CIMError: Error, Hashable {
    /// Codes of IEC 61968-9, annex on error codes (confirm against the standard).
    enum Code: String {
        case none = "0.0"
        /// There is more than fits into one reply.
        case partial = "0.2"
        case headerMissing = "1.1"
        case requestMissing = "1.2"
        case payloadMissing = "1.3"
        case badFormat = "1.4"
        case invalidMeter = "2.4"
        case invalidNoun = "2.5"
        case invalidReadingType = "2.6"
        case invalidUsagePoint = "2.9"
        case invalidVerb = "2.12"
        case invalidValue = "2.13"
    }
    /// How bad it is, in the words of the message schema.
    enum Level: String { case inform = "INFORM", warning = "WARNING", fatal = "FATAL" }

    let code: Code
    let level: Level
    /// Stable, for programs: the code that REST gives.
    var reason: String
    let details: String
    let path: String
    /// The meter or point it is about.
    var id: String?

    init(_ code: Code, _ details: String, level: Level = .fatal, reason: String? = nil, path: String = "", id: String? = nil) {
        self.code = code
        self.level = level
        self.reason = reason ?? "\(code)"
        self.details = details
        self.path = path
        self.id = id
    }

    /// A message that cannot be read.
    init(_ error: MarketFormatError) {
        let code: Code =
            switch error.code {
            case .cimVerb: .invalidVerb
            case .noData, .messageHeader: .payloadMissing
            default: .badFormat
            }
        self.init(code, "\(error.place): \(error.message)", reason: error.code.rawValue, path: error.place.path)
    }

    /// An item that was quarantined; the rest of the message was taken.
    init(_ fault: ItemFault) {
        let code: Code =
            switch fault.code {
            case .unknownMeter: .invalidMeter
            case .unknownRegister, .wrongUnit: .invalidReadingType
            default: .invalidValue
            }
        self.init(code, fault.message, level: .warning, reason: fault.code.rawValue, path: fault.path)
    }
}
