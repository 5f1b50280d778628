internal import MarketFormats
internal import Metering
internal import Values
internal import XML

/// The children of a ResponseMessage: header, result with errors, and the readings asked for.
struct CIMReply {
    private enum Result: String { case ok = "OK", partial = "PARTIAL", failed = "FAILED" }
    private let correlation: String
    private let id: String
    private let now: Instant
    private var result = Result.ok
    private var errors: [CIMError] = []
    private var payload: [UInt8] = []
    private var counts: DeliveryReceipt?
    /// More nobody reads; REST and the cockpit list all.
    private static let errorsTold = 100

    init(to message: CIMMessage.Read, at now: Instant, id: String) {
        correlation = message.header?.value("CorrelationID") ?? message.messageID
        self.now = now
        self.id = id
    }

    /// Nothing was done.
    mutating func fail(_ error: CIMError) {
        result = .failed
        errors.append(error)
    }

    /// Something of it was done, and this was not.
    mutating func limit(_ error: CIMError) {
        if result == .ok { result = .partial }
        errors.append(error)
    }

    /// What became of a delivery.
    mutating func take(_ receipt: DeliveryReceipt) {
        counts = receipt
        guard receipt.rejected > 0 || !receipt.errors.isEmpty else { return }
        let taken = receipt.accepted + receipt.duplicates + receipt.revised
        result = taken > 0 ? .partial : .failed
        errors += receipt.errors.prefix(CIMReply.errorsTold).map { CIMError($0) }
    }

    /// The readings asked for: `<MeterReadings>…`.
    mutating func answer(_ readings: [UInt8]) {
        payload = readings
        if readings.isEmpty, result == .partial { result = .failed }
    }

    var bytes: [UInt8] {
        var xml = XMLWriter(declaration: false, reservingCapacity: payload.count + 1024)
        xml.element("Header") { xml in
            xml.element("Verb", "reply")
            xml.element("Noun", "MeterReadings")
            xml.element("Revision", "2.0")
            xml.element("Timestamp", now.description)
            xml.element("Source", "zaehlwerk")
            xml.element("MessageID", id)
            if !correlation.isEmpty { xml.element("CorrelationID", correlation) }
            if let counts {
                for (name, count) in [
                    ("accepted", counts.accepted), ("duplicates", counts.duplicates), ("revised", counts.revised),
                    ("rejected", counts.rejected), ("findings", counts.findings),
                ] {
                    xml.element("Property") { xml in
                        xml.element("Name", name)
                        xml.element("Value", count)
                    }
                }
            }
        }
        xml.element("Reply") { xml in
            xml.element("Result", result.rawValue)
            let told = errors.isEmpty ? [CIMError(.none, "No errors", level: .inform, reason: "ok")] : errors
            for error in told {
                xml.element("Error") { xml in
                    xml.element("code", error.code.rawValue)
                    xml.element("level", error.level.rawValue)
                    xml.element("reason", error.reason)
                    xml.element("details", error.details)
                    if !error.path.isEmpty { xml.element("xpath", error.path) }
                    if let id = error.id { xml.element("ID", id) }
                }
            }
        }
        if !payload.isEmpty { xml.element("Payload") { $0.raw(payload) } }
        return xml.bytes
    }
}
