internal import Metering
internal import Values

/// Puts a feed together: which usage point and which reading type an interval block belongs to is said by links.
struct ESPIJoin {
    private let feed: ESPIFeed
    private var lines: LineStarts
    private var out: MarketReadings
    private var byLink: [String: Int] = [:]
    /// The meter reading to which a collection of blocks belongs: one of its related links.
    private var byRelated: [String: Int] = [:]
    private var index = -1

    init(_ reader: ESPIReader, bytes: [UInt8], origin: MarketOrigin) {
        feed = reader.feed
        lines = LineStarts(bytes)
        out = MarketReadings(format: .espi, messageId: origin.messageId, source: origin.source)
        out.created = try? Instant(feed.updated)
        for (number, entry) in feed.entries.enumerated() {
            if !entry.selfLink.isEmpty { byLink[entry.selfLink] = number }
            if case .meterReading = entry.content { for link in entry.related { byRelated[link] = number } }
        }
        for (number, entry) in feed.entries.enumerated() {
            if case .usagePoint = entry.content { for link in entry.related where byRelated[link] == nil { byRelated[link] = number } }
        }
    }

    mutating func run() throws(MarketFormatError) -> MarketReadings {
        var hasBlocks = false
        for entry in feed.entries {
            guard case .blocks(let blocks) = entry.content else { continue }
            hasBlocks = true
            let meterReading = byRelated[entry.up] ?? byRelated[entry.selfLink] ?? parent(of: entry.selfLink)
            for block in feed.blocks[blocks] { take(block, of: entry, meterReading: meterReading) }
        }
        guard hasBlocks, !out.isEmpty else {
            throw MarketFormatError(
                .noData, Place(offset: 0), "the feed holds no IntervalBlock with readings; ask for a feed with usage data")
        }
        return out
    }

    /// The entry whose address is the beginning of this one.
    private func parent(of link: String) -> Int? {
        var address = Substring(link)
        while let slash = address.lastIndex(of: "/") {
            address = address[..<slash]
            if let number = byLink[String(address)], case .meterReading = feed.entries[number].content { return number }
        }
        return nil
    }

    private mutating func take(_ block: ESPIFeed.Block, of entry: ESPIFeed.Entry, meterReading: Int?) {
        index += 1
        let place = lines.place(block.offset)
        guard let meterReading else {
            return out.fault(
                index, place, .unknownRegister, "no MeterReading links to this IntervalBlock; send the entry it belongs to",
                values: block.readings.count)
        }
        let reading = feed.entries[meterReading]
        var type: (link: String, type: ESPIReadingType)?
        for link in reading.related {
            if let number = byLink[link], case .readingType(let found) = feed.entries[number].content { type = (link, found) }
        }
        guard let type else {
            return out.fault(
                index, place, .wrongUnit, "the MeterReading of this block links to no ReadingType; send the entry that tells its unit",
                values: block.readings.count)
        }
        let point = byRelated[reading.up] ?? usagePoint(of: reading.selfLink)
        let address = point.map { feed.entries[$0].selfLink } ?? reading.selfLink
        let name = String(address.split(separator: "/").last ?? "").prefix(63)
        let origin = MarketReadings.Origin(
            point: String(name), channel: String(reading.selfLink.split(separator: "/").last ?? ""), unit: type.type.fields["uom"] ?? "",
            details: [
                .init("title", point.map { feed.entries[$0].title } ?? ""), .init("readingTitle", reading.title),
                .init("readingType", type.link),
            ]
                + type.type.fields.sorted { $0.key < $1.key }.map { MarketReadings.Detail($0.key, $0.value) })
        values(block, origin, type.type)
    }

    private func usagePoint(of link: String) -> Int? {
        var address = Substring(link)
        while let slash = address.lastIndex(of: "/") {
            address = address[..<slash]
            if let number = byLink[String(address)], case .usagePoint = feed.entries[number].content { return number }
        }
        return nil
    }

    private mutating func values(_ block: ESPIFeed.Block, _ origin: MarketReadings.Origin, _ type: ESPIReadingType) {
        let scale = UnitScale.symbol(type.number("uom") ?? 0, powerOfTen: type.number("powerOfTenMultiplier") ?? 0)
        // 4 is delta data; 1, 3 and 9 are what a register shows.
        let accumulation = type.number("accumulationBehaviour") ?? 4
        let isRegister = [1, 3, 9].contains(accumulation)
        let obis = scale.flatMap {
            ESPICodes.obis(
                .init(
                    commodity: type.number("commodity") ?? 0, flow: type.number("flowDirection") ?? 1, unit: $0.unit.dimension,
                    tariff: type.number("tou") ?? 0,
                    isInterval: !isRegister))
        }
        guard let scale, let obis, isRegister || accumulation == 4 else { return leave(block, origin) }
        let number = out.number(of: origin)
        let meter = out.batch.meter(origin.batchMeter)
        let usual = type.number("intervalLength").map { Int64($0) }
        var run: (start: Instant, next: Int64, width: Int64, first: Int, offset: Int32)?
        func close() {
            guard let done = run, let resolution = resolution(done.start, done.width) else { return }
            out.batch.intervals.append(
                .init(
                    index: Int32(clamping: index), meter: meter, unit: scale.unit, obis: obis, start: done.start, resolution: resolution,
                    slots: done.first..<out.batch.values.count))
            out.intervalSides.append(.init(origin: number, place: lines.place(Int(done.offset))))
            run = nil
        }
        for reading in feed.readings[block.readings] {
            let width = reading.duration ?? usual ?? 0
            guard let start = reading.start, (0...253_402_300_799).contains(start) else {
                close()
                out.fault(
                    index, lines.place(Int(reading.flawOffset ?? reading.offset)), .badTime, "no timePeriod/start in seconds since 1970",
                    values: 1)
                continue
            }
            let instant = Instant(seconds: start)
            guard let raw = reading.value, reading.problem == nil, let micro = DecimalField.shifted(raw, by: 6 + scale.shift) else {
                close()
                let problem = reading.problem ?? (reading.value == nil ? .empty : .tooLarge)
                out.fault(
                    index, lines.place(Int(reading.flawOffset ?? reading.offset)), problem == .empty ? .missingMember : .badNumber,
                    problem.message, values: 1)
                continue
            }
            let qualities = feed.qualities[Int(reading.quality)]
            let set = out.codes.number(of: qualities.map { ValueCode(ValueCode.espiQuality, $0) })
            let status = qualities.map(ESPICodes.status).max { rank($0) < rank($1) } ?? .measured
            if isRegister {
                out.batch.registers.append(
                    .init(
                        index: Int32(clamping: index), meter: meter, unit: scale.unit, status: status, obis: obis, at: instant, micro: micro
                    ))
                out.registerSides.append(.init(origin: number, codes: set, place: lines.place(Int(reading.flawOffset ?? reading.offset))))
                continue
            }
            guard let length = resolution(instant, width) else {
                close()
                out.fault(
                    index, lines.place(Int(reading.flawOffset ?? reading.offset)), .badResolution,
                    "a duration of \(width) s is no part of the hour and no day",
                    values: 1)
                continue
            }
            // Days of 23 and 25 hours go on in the same row.
            let span = length == .day ? 86_400 : width
            if run == nil || run?.next != start || run?.width != span {
                close()
                run = (instant, start, span, out.batch.values.count, reading.offset)
            }
            run?.next = next(instant, span)
            append(micro, status, set, reading.cost)
        }
        close()
    }

    private mutating func append(_ micro: Int64, _ status: ValueStatus, _ set: Int32, _ cost: Int64?) {
        if cost != nil || !out.costs.isEmpty {
            while out.costs.count < out.batch.values.count { out.costs.append(0) }
            out.costs.append(cost ?? 0)
        }
        out.batch.values.append(micro)
        out.batch.statuses.append(status.rawValue)
        out.codes.append(set, count: 1)
    }

    /// The worse of several qualities counts.
    private func rank(_ status: ValueStatus) -> Int {
        switch status {
        case .measured, .absent: 0
        case .provisional: 1
        case .substituted: 2
        case .estimated: 3
        case .rejected: 4
        }
    }

    /// Where what follows begins. A day ends at the next local midnight, or at 06:00, also when the clock is changed.
    private func next(_ start: Instant, _ width: Int64) -> Int64 {
        let time = LocalTime.berlin
        let day = time.day(of: start)
        guard width > 3_600 else { return start.seconds + width }
        if time.start(of: day) == start { return time.start(of: day.adding(days: 1)).seconds }
        if time.gasDayStart(day) == start { return time.gasDayStart(day.adding(days: 1)).seconds }
        return start.seconds + width
    }

    private func resolution(_ start: Instant, _ width: Int64) -> Resolution? {
        // 23 and 25 hours are a day where a local one is as long.
        let isDay = width == 86_400 || (width == 82_800 || width == 90_000) && next(start, 86_400) == start.seconds + width
        return isDay ? .day : width > 0 && width <= 3_600 ? Resolution(storedSeconds: Int32(width)) : nil
    }

    private mutating func leave(_ block: ESPIFeed.Block, _ origin: MarketReadings.Origin) {
        let readings = feed.readings[block.readings].filter { $0.value != nil }
        guard let first = readings.first else { return }
        let sets = readings.map { out.codes.number(of: feed.qualities[Int($0.quality)].map { ValueCode(ValueCode.espiQuality, $0) }) }
        let start = first.start.flatMap { (0...253_402_300_799).contains($0) ? Instant(seconds: $0) : nil }
        out.untaken.append(
            .init(
                origin: origin, place: lines.place(block.offset), start: start,
                resolution: start.flatMap { resolution($0, first.duration ?? 0) },
                until: nil, values: readings.map { $0.value.flatMap { DecimalField.shifted($0, by: 6) } ?? 0 },
                statuses: readings.map { _ in ValueStatus.measured.rawValue }, codes: sets, details: [],
                reason: "no register of ours counts ReadingType uom \(origin.unit.prefix(8)) of commodity \(origin["commodity"].prefix(8))")
        )
    }
}
