public import Values

/// Who sends or receives, as the message names them.
public struct MarketParty: Hashable, Sendable {
    /// BDEW, GS1 or DVGW code, participant ID, name of a system.
    public var code: String
    /// Who issued the code: MSCONS `500` BDEW, `14` GS1, `502` DVGW; empty where the format has none.
    public var issuer: String
    public init(_ code: String = "", issuer: String = "") {
        self.code = code
        self.issuer = issuer
    }
}

/// What the format itself does not say, handed in by who received the bytes.
public struct MarketOrigin: Hashable, Sendable {
    /// Used where the message has no number of its own; for example the content's hash.
    public var messageId: String
    /// Used where the message names no sender.
    public var source: String
    /// The moment of reception: a telegram without a time of its own was read then.
    public var receivedAt: Instant
    public init(messageId: String, source: String, receivedAt: Instant) {
        self.messageId = messageId
        self.source = source
        self.receivedAt = receivedAt
    }
}

/// One file, read: its messages in their order.
public struct MarketDelivery: Sendable {
    public var format: MarketFormat
    public var messages: [MarketMessage]
    /// Where the messages of an interchange of several lie in its bytes.
    public struct Parts: Hashable, Sendable {
        /// What stands before the first message.
        public var envelope: Range<Int>
        public var messages: [Range<Int>]
        /// Closes an interchange of one message.
        public var closing: [UInt8]
    }
    public var parts: Parts?
    public init(format: MarketFormat, messages: [MarketMessage], parts: Parts? = nil) {
        self.format = format
        self.messages = messages
        self.parts = parts
    }

    /// The bytes that say what one message says and nothing else: the file, or an interchange of that message alone. This is what
    /// the archive keeps, so that a message costs its own size and can be read again by itself.
    public func body(of number: Int, in bytes: [UInt8]) -> [UInt8] {
        guard messages.count > 1, let parts, parts.messages.indices.contains(number) else { return bytes }
        return Array(bytes[parts.envelope]) + bytes[parts.messages[number]] + parts.closing
    }

    /// The messages with readings.
    public var readings: [MarketReadings] {
        messages.compactMap { if case .readings(let readings) = $0 { readings } else { nil } }
    }
    /// The withdrawals.
    public var withdrawals: [Withdrawal] {
        messages.compactMap { if case .withdrawal(let withdrawal) = $0 { withdrawal } else { nil } }
    }
    /// The messages that could not be taken.
    public var refusals: [MarketFormatError] {
        messages.compactMap { if case .refused(let error) = $0 { error } else { nil } }
    }
}

/// What one message wants.
public enum MarketMessage: Sendable {
    case readings(MarketReadings)
    /// Takes back what an earlier message said; never data (MSCONS Storno 13006, CIM cancel).
    case withdrawal(Withdrawal)
    /// This message cannot be taken; the others of the file are.
    case refused(MarketFormatError)
}

/// Takes back an earlier message, or values of it.
public struct Withdrawal: Hashable, Sendable {
    /// Values named by place and time; an empty channel means all of the point.
    public struct Scope: Hashable, Sendable {
        /// Serial, or `@` and the point's code, as in `ReadingBatch.meters`.
        public var meter: String
        public var obis: ObisCode?
        public var from: Instant?
        public var until: Instant?
        public init(meter: String, obis: ObisCode? = nil, from: Instant? = nil, until: Instant? = nil) {
            self.meter = meter
            self.obis = obis
            self.from = from
            self.until = until
        }
    }
    public var messageId: String
    public var source: String
    /// The number of the message that is withdrawn (MSCONS RFF+ACW, CIM CorrelationID).
    public var withdraws: String
    /// Empty: all the message said.
    public var scopes: [Scope]
    public init(messageId: String, source: String, withdraws: String, scopes: [Scope]) {
        self.messageId = messageId
        self.source = source
        self.withdraws = withdraws
        self.scopes = scopes
    }
}

/// Something odd that costs no value: told, not refused.
public struct MarketNote: Hashable, Sendable {
    /// Stable names.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// A Pruefidentifikator for gas with an electricity OBIS code, or the other way round.
        case processAndChannelDiffer = "process-and-channel-differ"
        /// The advance of two readings is not the quantity beside them.
        case quantityDiffers = "quantity-differs"
        /// A record or segment that no reading needs.
        case unusedRecord = "unused-record"
        /// A telegram without a usable time: the moment of reception was taken.
        case receptionTime = "reception-time"
    }
    public var code: Code
    public var place: Place
    public var message: String
    public init(_ code: Code, _ place: Place, _ message: String) {
        self.code = code
        self.place = place
        self.message = message
    }
}
