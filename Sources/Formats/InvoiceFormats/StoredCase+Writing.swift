internal import Billing
internal import JSON
internal import Metering
internal import Tariffs
internal import Values

extension StoredCase {
    /// As JSON with short names: it is read by `verify`, not by people.
    public var bytes: [UInt8] {
        var writer = JSONWriter(reservingCapacity: 2_048)
        writer.object { writer in
            writer.member("v", 1)
            write(contract, &writer)
            writer.range("period", period)
            writer.member("kind", kind.rawValue)
            // Most bills need no such list.
            var known: [RegisterReading]?
            func ends() -> [RegisterReading] {
                let ends = known ?? StoredReading.ends(of: usage)
                known = ends
                return ends
            }
            writer.list("usage") { writer in for piece in usage { write(piece, among: ends, &writer) } }
            if !intervals.isEmpty {
                writer.list("intervals") { writer in for entry in intervals { StoredIntervals.write(entry, &writer) } }
            }
            if form != .first { writer.member("form", form.rawValue) }
            if !terms.isEmpty {
                writer.list("terms") { writer in
                    for terms in terms {
                        writer.object { writer in
                            writer.member("from", terms.from.description)
                            write(terms.attributes, &writer)
                        }
                    }
                }
            }
            if isSelfBilled { writer.member("selfBilled", true) }
            writer.list("tariffs") { writer in for hash in tariffs { writer.string(hash) } }
            writer.member(
                "prices",
                object: { writer in
                    for (id, hash) in priceHashes.sorted(by: { $0.key < $1.key }) { writer.member(id, hash) }
                })
            writer.list("instalments") { writer in
                for instalment in instalments { StoredCase.write(instalment, &writer) }
            }
            if let previous { previous.write(to: &writer) }
            if let rule = instalmentRule {
                writer.member(
                    "rule",
                    object: { writer in
                        writer.member("count", rule.count)
                        writer.member("first", rule.firstDue.description)
                        writer.member("step", rule.step.cents)
                        if let day = rule.dueDay { writer.member("day", day) }
                        if let until = rule.until { writer.member("until", until.description) }
                        if let end = rule.yearEnd { writer.member("yearEnd", end.description) }
                        if rule.asked != 0 { writer.member("asked", rule.asked) }
                    })
            }
        }
        return writer.bytes
    }

    private func write(_ attributes: [String: String], _ writer: inout JSONWriter) {
        writer.member(
            "attributes",
            object: { writer in
                for (name, value) in attributes.sorted(by: { $0.key < $1.key }) { writer.member(name, value) }
            })
    }

    static func write(_ instalment: Instalment, _ writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("on", instalment.paidOn.description)
            writer.member("gross", instalment.gross.cents)
            writer.member("tax", instalment.tax.cents)
            if let number = instalment.number { writer.member("number", number) }
        }
    }

    private func write(_ contract: BilledContract, _ writer: inout JSONWriter) {
        writer.member(
            "contract",
            object: { writer in
                writer.member("number", contract.number)
                writer.member("key", contract.key)
                writer.member("account", contract.account)
                writer.member("tariff", contract.tariff.description)
                writer.range("valid", contract.valid)
                writer.member("began", contract.began?.description)
                writer.member("point", contract.meteringPoint)
                writer.list("place") { writer in for line in contract.place { writer.string(line) } }
                write(contract.attributes, &writer)
                let recipient = contract.recipient
                writer.member(
                    "recipient",
                    object: { writer in
                        writer.letterhead(of: recipient)
                        writer.member("email", recipient.email)
                        writer.member("electronicAddress", recipient.electronicAddress)
                        writer.member("vatId", recipient.vatId)
                        writer.member("leitwegId", recipient.leitwegId)
                    })
            })
    }

    private func write(_ piece: UsagePiece, among ends: () -> [RegisterReading], _ writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("s", piece.serial)
            writer.member("o", piece.obis.description)
            writer.member("f", piece.range.from.number)
            writer.member("t", piece.range.until?.number)
            writer.member("q", piece.quantity.micro)
            writer.member("u", piece.quantity.unit.rawValue)
            writer.member("k", piece.factor.millionths)
            writer.member("r", piece.rollovers)
            writer.member("d", piece.division.rawValue)
            if let begin = piece.begin { StoredReading.write("b", begin, piece.beginBasis, among: ends, &writer) }
            if let end = piece.end { StoredReading.write("e", end, piece.endBasis, among: ends, &writer) }
            if let slots = piece.slots { StoredIntervals.write(slots, &writer) }
        }
    }
}

extension PreviousPeriod {
    func write(to writer: inout JSONWriter) {
        writer.member(
            "previous",
            object: { writer in
                writer.range("period", period)
                writer.member("micro", consumption.micro)
                writer.member("unit", consumption.unit.rawValue)
                writer.member("gross", gross.cents)
                guard let sameDays else { return }
                writer.member(
                    "same",
                    object: { writer in
                        writer.range("period", sameDays.period)
                        writer.member("micro", sameDays.consumption.micro)
                        writer.member("unit", sameDays.consumption.unit.rawValue)
                        writer.member("basis", sameDays.basis.rawValue)
                    })
            })
    }
}
