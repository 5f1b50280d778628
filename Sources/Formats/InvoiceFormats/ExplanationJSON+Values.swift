internal import Billing
internal import JSON
internal import Metering
internal import VEE
internal import Values

/// Lines back to what is stored of the meters: with version, status and method, each as a word.
extension ExplanationJSON {
    /// The most runs that are told one by one; what is left out is counted. A year of quarter hours has a handful, and more than this
    /// only where hardly two slots in a row came about alike.
    static let mostRuns = 5_000

    /// What is the sum of intervals has no readings at its ends: from when to when they reach, and what they say of themselves.
    static func slots(_ slots: SlotRuns, _ writer: inout JSONWriter) {
        writer.member(
            "slots",
            object: { writer in
                writer.member("begin", LocalTime.berlin.text(slots.start))
                writer.member("end", LocalTime.berlin.text(slots.end))
                writer.member("seconds", Int(slots.resolution.nominalSeconds))
                writer.member("count", slots.count)
                let counts = slots.statuses
                writer.list("statuses") { writer in
                    for status in ValueStatus.allCases {
                        guard let count = counts[status] else { continue }
                        writer.object {
                            $0.member("status", status.word); $0.member("count", count)
                        }
                    }
                }
                // On bills from before versions were kept, the statuses are all that is known.
                if slots.hasVersions { runs(slots, &writer) }
            })
    }

    /// What divided an advance: the channel, which of its slots the register counts, and what they say of themselves.
    static func dividing(_ basis: ReadingBasis?, _ writer: inout JSONWriter) {
        guard let told = basis?.slots else { return }
        if let channel = told.channel { writer.member("obis", channel.description) }
        if let times = basis?.times {
            writer.member("counted", times.words.en)
            writer.member("counted.de", times.words.de)
        }
        slots(told, &writer)
    }

    /// The time of the highest load, and what its slots say of themselves.
    static func peak(_ slots: SlotRuns, _ writer: inout JSONWriter) {
        writer.member(
            "peak",
            object: { writer in
                writer.member("begin", LocalTime.berlin.text(slots.start))
                writer.member("end", LocalTime.berlin.text(slots.end))
                runs(slots, &writer)
            })
    }

    private static func runs(_ slots: SlotRuns, _ writer: inout JSONWriter) {
        let spans = slots.spans
        writer.list("runs") { writer in
            for span in spans.prefix(mostRuns) {
                let mark = span.run.mark
                writer.object { writer in
                    writer.member("from", LocalTime.berlin.text(span.from))
                    writer.member("to", LocalTime.berlin.text(span.until))
                    writer.member("version", span.run.version == 0 ? nil : span.run.version)
                    writer.member("status", mark.status.word)
                    writer.member("method", EstimationMethod.word(raw: mark.method))
                    if let reason = EstimationReason.word(raw: mark.reason) { writer.member("reason", reason) }
                    writer.member("count", span.run.count)
                }
            }
        }
        if spans.count > mostRuns { writer.member("runsLeftOut", spans.count - mostRuns) }
    }

    /// An end of a piece: a reading, or a figure that was worked out from readings. The invoice itself says the same with the number of
    /// the method, which is what its hash stands for.
    static func reading(_ name: String, _ reading: ReadingRef?, _ basis: ReadingBasis?, _ writer: inout JSONWriter) {
        guard let reading else { writer.member(name, String?.none); return }
        writer.member(
            name,
            object: { writer in
                let method = reading.isRead ? EstimationMethod.word(raw: reading.method) : reading.origin.rawValue
                InvoiceJSON.members(of: reading, method: { $0.member("method", method) }, &writer)
                guard let basis else { return }
                writer.list("between") { writer in
                    for reading in basis.readings {
                        writer.object { writer in
                            writer.member("at", LocalTime.berlin.text(reading.at))
                            writer.member("value", DecimalText.format(reading.micro, scale: 6))
                            writer.member("status", reading.status.word)
                            writer.member("method", EstimationMethod.word(raw: reading.method))
                            if let reason = EstimationReason.word(raw: reading.reason) { writer.member("reason", reason) }
                            // What a device showed when it was reset has no version: it is no stored reading.
                            writer.member("version", reading.version == 0 ? nil : reading.version)
                        }
                    }
                }
            })
    }
}
