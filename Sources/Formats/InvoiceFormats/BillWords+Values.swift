internal import Billing
internal import Metering
internal import Tariffs
internal import VEE
internal import Values

/// What stands behind a quantity, for people: readings and slots with their versions, and how they came about.
extension BillWords {
    /// The most sums of slots that are told one by one.
    private static let mostSums = 8

    /// "2.875 Viertelstunden gemessen (Version 1), 5 geschätzt (Version 2, Vergleichstage)".
    func told(_ slots: SlotRuns) -> String {
        let sums = slots.sums
        var told = sums.prefix(BillWords.mostSums).enumerated().map { place, sum in
            let noun = place == 0 ? " \(unit(of: slots.resolution, isOne: sum.count == 1))" : ""
            return "\(number(String(sum.count)))\(noun) \(said(sum.mark.status, sum.mark.method, sum.version))"
        }
        let rest = sums.dropFirst(BillWords.mostSums).reduce(0) { $0 + $1.count }
        if rest > 0 { told.append(say("\(number(String(rest))) in weiteren Versionen", "\(number(String(rest))) in further versions")) }
        return told.joined(separator: ", ")
    }

    /// "1-0:1.29.0: 2.880 Viertelstunden gemessen (Version 1); gezählt Mo–Fr 06:00–22:00".
    func told(dividing slots: SlotRuns, _ times: TariffTimes?) -> String {
        let channel = slots.channel.map(\.description) ?? say("Lastgang", "intervals")
        let counted = times.map { say("; gezählt \($0.words.de)", "; counted \($0.words.en)") } ?? ""
        return "\(channel): \(told(slots))\(counted)"
    }

    /// Which zone it was and when it holds, which market and which files; the series of a price clause.
    func told(prices line: Line) -> [String] {
        guard let origin = line.origin else { return [] }
        var texts: [String] = []
        if let zone = origin.zone, line.hasSlots { texts.append(say(zone.calendar.words(of: zone.name))) }
        if let spot = origin.spot {
            let files = spot.files.map { "\($0.id) (\($0.hash.prefix(12)))" }.joined(separator: ", ")
            texts.append(
                say(
                    "Preise der Reihe \(spot.series.key), \(spot.series.source)",
                    "Prices of the series \(spot.series.key), \(spot.series.source)")
                    + (files.isEmpty ? "" : say("; Dateien \(files)", "; files \(files)")))
        }
        for named in origin.series {
            let hash = named.hash.map { say(", Prüfsumme \($0.prefix(12))", ", hash \($0.prefix(12))") } ?? ""
            let source = named.index == nil ? named.series?.values[line.period.from].map { "; \($0.source)" } ?? "" : ""
            texts.append("\(named.index.map { "\($0): " } ?? "")\(say("Reihe", "series")) \(named.key)\(hash)\(source)")
        }
        return texts
    }

    /// "Höchste Last ab 10.02.2026 10:00: gemessen (Version 1)".
    func told(peak slots: SlotRuns) -> String {
        let sums = slots.sums.map { said($0.mark.status, $0.mark.method, $0.version) }.joined(separator: ", ")
        return say("Höchste Last ab \(moment(slots.start)): \(sums)", "Highest load from \(moment(slots.start)): \(sums)")
    }

    /// "Ende 01.07.2026: 1.234,5 kWh rechnerisch abgegrenzt, zwischen 12.03.2026 1.100 gemessen (Version 1) und …".
    func told(_ end: ReadingRef, _ basis: ReadingBasis?, isBegin: Bool) -> String {
        let value = measure(Measure(micro: end.micro, unit: end.unit))
        let name = isBegin ? say("Anfang", "begin") : say("Ende", "end")
        return "\(name) \(moment(end.at)): \(value) \(how(end, basis))"
    }

    /// "gemessen (Version 1)", "rechnerisch abgegrenzt, zwischen 12.03.2026 1.100 gemessen (Version 1) und …".
    func how(_ end: ReadingRef, _ basis: ReadingBasis?) -> String {
        if end.isRead { return said(end.status, end.method, end.version ?? 0) }
        guard let basis else { return division(end.origin) }
        let readings = basis.readings.map { reading in
            let value = number(DecimalText.format(reading.micro, scale: 6))
            return "\(moment(reading.at)) \(value) \(said(reading.status, reading.method, reading.version))"
        }
        let how = "\(division(end.origin)), "
        guard let last = readings.dropFirst().last else {
            return how + say("vom Stand \(readings[0]) an", "from the reading \(readings[0])")
        }
        let isBetween = basis.first.at <= end.at && end.at <= basis.second?.at ?? end.at
        return how
            + (isBetween
                ? say("zwischen \(readings[0]) und \(last)", "between \(readings[0]) and \(last)")
                : say("fortgeschrieben aus \(readings[0]) und \(last)", "carried on from \(readings[0]) and \(last)"))
    }

    /// A local day, with the time of day where that is not midnight.
    func moment(_ instant: Instant) -> String {
        let time = LocalTime.berlin
        let text = day(time.day(of: instant))
        return time.start(of: time.day(of: instant)) == instant ? text : "\(text) \(time.text(instant).dropFirst(11).prefix(5))"
    }

    /// "gemessen (Version 1)", "geschätzt (Version 2, Vergleichstage)"; only the status where nothing else is known.
    private func said(_ status: ValueStatus, _ method: UInt8, _ version: Int32) -> String {
        let details = [version > 0 ? say("Version \(version)", "version \(version)") : nil, method == 0 ? nil : self.method(method)]
            .compactMap(\.self)
        return details.isEmpty ? word(status) : "\(word(status)) (\(details.joined(separator: ", ")))"
    }

    /// How a value came about; a sender's code has one language.
    private func method(_ raw: UInt8) -> String? {
        guard let method = EstimationMethod(rawValue: raw) else { return SenderCode(raw: raw)?.text(isMethod: true) }
        return say(method.german, method.word.replacing("-", with: " "))
    }

    private func word(_ status: ValueStatus) -> String {
        switch status {
        case .absent: say("ohne Wert", "without a value")
        case .measured: say("gemessen", "measured")
        case .estimated: say("geschätzt", "estimated")
        case .substituted: say("ersetzt", "substituted")
        case .provisional: say("vorläufig", "provisional")
        case .rejected: say("verworfen", "rejected")
        }
    }

    private func unit(of resolution: Resolution, isOne: Bool) -> String {
        switch resolution {
        case .quarterHour: isOne ? say("Viertelstunde", "quarter hour") : say("Viertelstunden", "quarter hours")
        case .halfHour: isOne ? say("halbe Stunde", "half hour") : say("halbe Stunden", "half hours")
        case .hour: isOne ? say("Stunde", "hour") : say("Stunden", "hours")
        case .minute: isOne ? say("Minute", "minute") : say("Minuten", "minutes")
        case .day: isOne ? say("Tag", "day") : say("Tage", "days")
        case .gasDay: isOne ? say("Gastag", "gas day") : say("Gastage", "gas days")
        case .seconds: isOne ? say("Wert", "value") : say("Werte", "values")
        }
    }
}
