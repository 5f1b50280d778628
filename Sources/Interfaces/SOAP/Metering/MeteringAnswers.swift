internal import Metering
internal import ReadingFormats
internal import Values
internal import XML

/// What the operations of `/soap/metering` answer, as the children of their response elements.
enum MeteringAnswers {
    /// The answer to a delivery.
    static func receipt(_ receipt: DeliveryReceipt) -> [UInt8] {
        var writer = XMLWriter(declaration: false, reservingCapacity: 256 + receipt.errors.count * 192)
        writer.element("messageId", receipt.messageId)
        writer.element("accepted", receipt.accepted)
        writer.element("duplicates", receipt.duplicates)
        writer.element("revised", receipt.revised)
        writer.element("rejected", receipt.rejected)
        writer.element("findings", receipt.findings)
        for fault in receipt.errors {
            writer.element("errors") { writer in
                writer.element("index", fault.index)
                writer.element("path", fault.path)
                writer.element("code", fault.code.rawValue)
                writer.element("message", fault.message)
            }
        }
        return writer.bytes
    }

    /// A page of values.
    static func series(_ document: SeriesDocument) -> [UInt8] {
        var writer = XMLWriter(declaration: false, reservingCapacity: 256 + document.series.reduce(0) { $0 + $1.values.count * 224 })
        writer.element("meteringPoint", document.meteringPoint)
        for register in document.series {
            writer.element("series") { writer in
                writer.element("meter", register.meter)
                writer.element("obis", register.obis.description)
                writer.element("unit", register.unit.rawValue)
                writer.optional("resolution", register.resolution?.description)
                for value in register.values {
                    writer.element("values") { writer in
                        writer.element(register.resolution == nil ? "at" : "start", LocalTime.berlin.text(value.at))
                        writer.element("value", DecimalText.format(value.micro, scale: 6))
                        writer.element("status", value.status.word)
                        writer.optional("method", value.method)
                        writer.optional("reason", value.reason)
                        writer.element("version", value.version)
                        writer.element("knownSince", value.knownSince.description)
                    }
                }
            }
        }
        writer.optional("next", document.next)
        return writer.bytes
    }
}
