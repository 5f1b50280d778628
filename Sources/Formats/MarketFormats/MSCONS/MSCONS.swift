internal import Metering
internal import Values

/// MSCONS, the EDIFACT message for metered values in the German market (edi@energy, MIG 2.2e to 2.4c).
///
/// Each message of an interchange becomes a message of its own: readings, a withdrawal (Storno), or a refusal. What is wrong with
/// the interchange refuses all of it, for then something is missing.
public enum MSCONS {
    /// - Throws: `MarketFormatError` if the interchange is cut off, counts otherwise, or is no MSCONS at all.
    public static func parse(_ bytes: [UInt8], origin: MarketOrigin) throws(MarketFormatError) -> MarketDelivery {
        var scanner = try EDIFACTScanner(bytes)
        guard try scanner.next(), scanner.isTag(.unb) else {
            throw MarketFormatError(.messageHeader, Place(offset: 0), "an interchange begins with UNB; send it whole")
        }
        let sender = MarketParty(scanner.text(2).limited(64), issuer: scanner.text(2, 1).limited(8))
        let recipient = MarketParty(scanner.text(3).limited(64), issuer: scanner.text(3, 1).limited(8))
        let reference = scanner.text(5)
        let rawReference = Array(bytes[scanner.range(5)])
        let envelope = 0..<scanner.end
        var messages: [MarketMessage] = []
        var parts: [Range<Int>] = []
        while try scanner.next() {
            if scanner.isTag(.unz) {
                guard scanner.text(1) == String(messages.count), scanner.text(2) == reference else {
                    throw MarketFormatError(
                        .edifactIncomplete, scanner.place(),
                        "UNZ must count \(messages.count) messages and repeat the reference of UNB; something was lost, send the file again"
                    )
                }
                guard try !scanner.next() else {
                    throw MarketFormatError(.edifactSyntax, scanner.place(), "segments behind UNZ; send one interchange a file")
                }
                guard !messages.isEmpty else { throw MarketFormatError(.noData, Place(offset: 0), "an interchange without a message") }
                let closing =
                    Array("UNZ".utf8) + [scanner.elementSeparator, 0x31, scanner.elementSeparator] + rawReference + [scanner.terminator]
                return MarketDelivery(
                    format: .mscons, messages: messages, parts: .init(envelope: envelope, messages: parts, closing: closing))
            }
            guard scanner.isTag(.unh) else {
                throw MarketFormatError(.edifactSyntax, scanner.place(), "UNH or UNZ is expected here; a message begins with UNH")
            }
            var parser = MSCONSParser(scanner, sender: sender, recipient: recipient, origin: origin)
            let start = scanner.start
            messages.append(try parser.run())
            scanner = parser.scanner
            parts.append(start..<scanner.end)
        }
        throw MarketFormatError(.edifactIncomplete, Place(offset: bytes.count), "UNZ is missing, the file is cut off; send it again")
    }
}
