internal import Metering
internal import Values

/// One message from UNH to UNT. Its values are in `MSCONSParser+Values`.
struct MSCONSParser {
    /// What LOC, RFF, LIN and PIA said of the values that follow.
    struct Channel {
        var point = ""
        /// LOC qualifier; 172 is a Markt- or Messlokation.
        var pointKind = ""
        var meter = ""
        var configuration = ""
        var obis: ObisCode?
        var name = ""
        var version = ""
    }
    /// A QTY and what followed it.
    struct Quantity {
        var value = 0..<0
        var qualifier = 0..<0
        var unit = 0..<0
        var place = Place(offset: 0)
        var from: Instant?
        var until: Instant?
        /// DTM+7 (moment of use) and DTM+9 (day of reading).
        var usedAt: Instant?
        var readAt: Instant?
        /// Whether DTM+9 was a day alone.
        var readDay: Day?
        var details: [MarketReadings.Detail] = []
        var statuses: [ValueCode] = []
        var problem: (place: Place, code: ItemFault.Code, message: String)?
    }

    var scanner: EDIFACTScanner
    var out: MarketReadings
    var channel = Channel()
    var quantity: Quantity?
    var slots = MSCONSRun()
    /// Number of the QTY within the message, from 0.
    var index = -1
    private var function = ""
    private var process = ""
    private var withdraws = ""
    private var scopes: [Withdrawal.Scope] = []
    private var didNoteProcess = false
    private var didNoteUnused = false

    init(_ scanner: EDIFACTScanner, sender: MarketParty, recipient: MarketParty, origin: MarketOrigin) {
        self.scanner = scanner
        out = MarketReadings(format: .mscons, messageId: origin.messageId, source: sender.code.isEmpty ? origin.source : sender.code)
        out.sender = sender
        out.recipient = recipient
    }

    /// Reads the message whose UNH the scanner stands on, up to its UNT.
    /// - Throws: `MarketFormatError` if UNT is missing or counts otherwise.
    mutating func run() throws(MarketFormatError) -> MarketMessage {
        let first = scanner.number
        let header = scanner.place()
        let reference = scanner.text(1)
        let type = scanner.text(2)
        let version = scanner.text(2, 4)
        while true {
            guard try scanner.next() else {
                throw MarketFormatError(
                    .edifactIncomplete, Place(offset: scanner.bytes.count), "UNT is missing, the file is cut off; send it again")
            }
            if scanner.isTag(.unt) { break }
            if scanner.isTag(.unh) || scanner.isTag(.unz) || scanner.isTag(.unb) {
                throw MarketFormatError(
                    .edifactIncomplete, scanner.place(), "the message before has no UNT; something was lost, send the file again")
            }
            segment()
        }
        flush()
        close()
        let counted = scanner.number - first + 1
        guard scanner.text(1) == String(counted), scanner.text(2) == reference else {
            throw MarketFormatError(
                .edifactIncomplete, scanner.place(),
                "UNT must count \(counted) segments and repeat the reference of UNH; something was lost, send the file again")
        }
        guard type == "MSCONS" else {
            return .refused(
                MarketFormatError(.edifactOtherMessage, header, "\(type.prefix(6)) is no MSCONS; send it to the system that reads it"))
        }
        guard version.hasPrefix("2.") else {
            return .refused(MarketFormatError(.messageHeader, header, "MSCONS of version \(version.prefix(8)); 2.2e to 2.4c are read"))
        }
        if function == "1" || process == MSCONSProcess.withdrawal { return withdrawal(header) }
        guard !out.isEmpty else { return .refused(MarketFormatError(.noData, header, "a message without a value")) }
        return .readings(out)
    }

    private func withdrawal(_ header: Place) -> MarketMessage {
        guard !withdraws.isEmpty else {
            return .refused(MarketFormatError(.withdrawalWithoutReference, header, "a Storno must name the message it withdraws: RFF+ACW"))
        }
        return .withdrawal(Withdrawal(messageId: out.batch.messageId, source: out.batch.source, withdraws: withdraws, scopes: scopes))
    }

    private mutating func segment() {
        // The three segments that make up nearly all of a file come first.
        if scanner.isTag(.dtm) { return time() }
        if scanner.isTag(.qty) {
            flush()
            index += 1
            var next = Quantity()
            next.qualifier = scanner.range(1, 0)
            next.value = scanner.range(1, 1)
            next.unit = scanner.range(1, 2)
            next.place = scanner.place()
            quantity = next
            return
        }
        if scanner.isTag(.sts) {
            guard quantity != nil else { return }
            quantity?.statuses.append(ValueCode(scanner.text(1).limited(8), scanner.text(3).limited(16)))
            return
        }
        flush()
        close()
        if scanner.isTag(.pia) { return identification() }
        if scanner.isTag(.loc) { return location() }
        if scanner.isTag(.lin) {
            channel.obis = nil
            channel.name = ""
        } else if scanner.isTag(.rff) {
            self.reference()
        } else if scanner.isTag(.nad) {
            if scanner.isText(1, 0, "DP") { channel = Channel() }
        } else if scanner.isTag(.bgm) {
            if !scanner.text(2).isEmpty { out.batch.messageId = scanner.text(2).limited(64) }
            function = scanner.text(3)
        } else if !scanner.isTag(.uns), !didNoteUnused {
            didNoteUnused = true
            out.notes.append(
                MarketNote(.unusedRecord, scanner.place(), "segment \(scanner.text(0).prefix(3)) is passed over, and others of no reading"))
        }
    }

    private mutating func reference() {
        switch scanner.text(1, 0) {
        case "Z13": process = scanner.text(1, 1)
        case "ACW": withdraws = scanner.text(1, 1).limited(64)
        case "MG": channel.meter = scanner.text(1, 1).limited(256)
        case "AGK": channel.configuration = scanner.text(1, 1).limited(64)
        default: break
        }
    }

    private mutating func location() {
        channel = Channel()
        channel.pointKind = scanner.text(1)
        channel.point = scanner.text(2).limited(256)
        if process == MSCONSProcess.withdrawal || function == "1" { scopes.append(.init(meter: "@" + channel.point)) }
    }

    /// `PIA+5+1-0?:1.29.0:SRW`: an OBIS code, a code like one (Z02), or a medium (Z08).
    private mutating func identification() {
        channel.name = scanner.text(2, 0).limited(64)
        let kind = scanner.text(2, 1)
        channel.obis = kind == "Z08" ? nil : ObisCode(channel.name)
        if let obis = channel.obis, !scopes.isEmpty { scopes[scopes.count - 1].obis = obis }
        guard let obis = channel.obis, let isGas = MSCONSProcess.isGas(process), isGas != (obis.a == 7), !didNoteProcess else { return }
        didNoteProcess = true
        out.notes.append(
            MarketNote(
                .processAndChannelDiffer, scanner.place(2),
                "Pruefidentifikator \(process.prefix(5)) is for \(isGas ? "gas" : "electricity"), the OBIS code \(obis) is not; check the sender's mapping"
            ))
    }

    private mutating func time() {
        let qualifier = scanner.range(1, 0)
        let value = scanner.range(1, 1)
        let bytes = scanner.bytes
        func isQualifier(_ a: UInt8, _ b: UInt8, _ c: UInt8) -> Bool {
            qualifier.count == 3 && bytes[qualifier.lowerBound] == a && bytes[qualifier.lowerBound + 1] == b
                && bytes[qualifier.lowerBound + 2] == c
        }
        do throws(MSCONSTime.Problem) {
            if quantity == nil {
                if isQualifier(0x31, 0x33, 0x37) { out.created = try MSCONSTime.instant(bytes, value, release: scanner.release) }
                if isQualifier(0x32, 0x39, 0x33) { channel.version = scanner.text(1, 1).limited(32) }
                if !scopes.isEmpty, isQualifier(0x31, 0x36, 0x33) {
                    scopes[scopes.count - 1].from = try MSCONSTime.instant(bytes, value, release: scanner.release)
                }
                if !scopes.isEmpty, isQualifier(0x31, 0x36, 0x34) {
                    scopes[scopes.count - 1].until = try MSCONSTime.instant(bytes, value, release: scanner.release)
                }
                return
            }
            if isQualifier(0x31, 0x36, 0x33) {
                quantity?.from = try MSCONSTime.instant(bytes, value, release: scanner.release)
            } else if isQualifier(0x31, 0x36, 0x34) {
                quantity?.until = try MSCONSTime.instant(bytes, value, release: scanner.release)
            } else if scanner.isText(1, 0, "7") {
                quantity?.usedAt = try MSCONSTime.instant(bytes, value, release: scanner.release)
            } else if scanner.isText(1, 0, "9") {
                quantity?.readAt = try MSCONSTime.instant(bytes, value, release: scanner.release)
                if value.count == 8 { quantity?.readDay = DigitTime.day(bytes, at: value.lowerBound, end: value.upperBound) }
            } else {
                quantity?.details.append(.init("DTM+" + scanner.text(1, 0).prefix(8), scanner.text(1, 1) + ":" + scanner.text(1, 2)))
            }
        } catch {
            let problem: (Place, ItemFault.Code, String) = (scanner.place(1), error == .noOffset ? .noOffset : .badTime, error.message)
            if quantity != nil, quantity?.problem == nil { quantity?.problem = problem }
        }
    }
}
