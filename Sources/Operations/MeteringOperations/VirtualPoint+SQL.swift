internal import Metering
internal import Postgres
internal import VEE
internal import Values

/// A formula as it is kept, and the days on which it holds.
struct StoredFormula {
    let id: Int64
    let point: Identifier<MeteringPoint>
    /// Code of the point, in place of a meter's serial.
    let code: String
    let commodity: Commodity
    let valid: DayRange
    let knownSince: Instant
    let formula: VirtualFormula

    /// A channel that nobody delivers, for readers who know channels only. Its numbers lie beyond those of the tables.
    var channel: Register {
        Register(
            id: Identifier(StoredFormula.offset + id), meter: Identifier(StoredFormula.offset + point.number), serial: code,
            obis: formula.obis, unit: formula.unit, resolution: formula.resolution,
            parameters: Timeline(constant: .init(decimals: 6)), commodity: commodity,
            installations: (try? Timeline([.init(valid, point)])) ?? Timeline(), capacity: nil)
    }
    static let offset: Int64 = 1 << 60
}

/// Computes virtual series from what is stored of their sources.
struct VirtualReader {
    let connection: Connection
    /// nil: what is known now.
    var asOf: Instant?

    /// The formulas of points, by point, code and begin: of each the days on which no later one is known.
    func formulas(of points: [Identifier<MeteringPoint>]) throws -> [StoredFormula] {
        let rows = try connection.query(
            """
            SELECT f.id, f.metering_point_id, p.code, p.commodity, d.days, f.obis, f.unit, f.resolution_seconds, f.known_since
            FROM virtual_formula f JOIN metering_point p ON p.id = f.metering_point_id
            CROSS JOIN LATERAL unnest(datemultirange(f.valid) - coalesce((
                SELECT range_agg(l.valid) FROM virtual_formula l
                WHERE l.metering_point_id = f.metering_point_id AND l.obis = f.obis AND (l.known_since, l.id) > (f.known_since, f.id)
                AND (\(asOf)::timestamptz IS NULL OR l.known_since <= \(asOf))
            ), '{}'::datemultirange)) AS d (days)
            WHERE f.metering_point_id = ANY(\(points)) AND (\(asOf)::timestamptz IS NULL OR f.known_since <= \(asOf))
            ORDER BY f.metering_point_id, f.obis, d.days
            """)
        guard !rows.isEmpty else { return [] }
        var terms: [Int64: [VirtualFormula.Term]] = [:]
        for row in try connection.query(
            """
            SELECT formula_id, source_point_id, obis, factor_micro FROM virtual_term
            WHERE formula_id = ANY(\(try rows.map { try $0.get(0, as: Int64.self) })) ORDER BY formula_id, place
            """)
        {
            terms[try row.get(0), default: []].append(
                .init(
                    source: try row.get(1), obis: try StoredValueError.parsed(row.get(2), "an OBIS code") { ObisCode($0) },
                    factorMicro: try row.get(3)))
        }
        return try rows.map { row in
            let id: Int64 = try row.get(0)
            let seconds: Int32 = try row.get(7)
            return StoredFormula(
                id: id, point: try row.get(1), code: try row.get(2),
                commodity: try StoredValueError.parsed(row.get(3), "a commodity") { Commodity(rawValue: $0) }, valid: try row.get(4),
                knownSince: try row.get(8),
                formula: VirtualFormula(
                    obis: try StoredValueError.parsed(row.get(5), "an OBIS code") { ObisCode($0) },
                    unit: try StoredValueError.parsed(row.get(6), "a unit") { UnitCode(rawValue: $0) },
                    resolution: try StoredValueError.parsed("\(seconds)", "a resolution") { _ in Resolution(storedSeconds: seconds) },
                    terms: terms[id] ?? []))
        }
    }

    /// Deeper than this nobody builds; a cycle is refused when it is defined.
    static let deepest = 16

    /// A computed day, and of each slot since when the last of what it is made of is known.
    struct ComputedDay {
        let slots: DaySlots
        let knownSince: [Instant]
    }
    private struct Source {
        let part: VirtualFormula.Part
        let knownSince: [Instant]

        /// Since when the last of a slot is known, if the day had so many.
        func since(_ slot: Int, of count: Int) -> Instant? {
            guard count > 0, knownSince.count >= count, knownSince.count.isMultiple(of: count) else { return nil }
            let finer = knownSince.count / count
            return knownSince[slot * finer..<(slot + 1) * finer].max()
        }
    }

    /// The days of a formula on which anything of it is known.
    func days(_ stored: StoredFormula, _ period: DayRange, depth: Int = 0) throws -> [Day: ComputedDay] {
        guard let range = stored.valid.intersection(period), range.until != nil, depth < VirtualReader.deepest else { return [:] }
        let columns = try stored.formula.terms.map { try parts(of: $0, range, depth: depth) }
        var result: [Day: ComputedDay] = [:]
        for day in range.days where columns.contains(where: { $0[day] != nil }) {
            let sources = columns.map { $0[day] }
            let slots = try stored.formula.day(day, parts: sources.map { $0?.part })
            result[day] = ComputedDay(
                slots: slots,
                knownSince: (0..<slots.count).map { slot in
                    sources.compactMap { $0?.since(slot, of: slots.count) }.reduce(stored.knownSince, max)
                })
        }
        return result
    }

    /// What is known of a source: of the channels that hung there, or of a formula.
    private func parts(of term: VirtualFormula.Term, _ range: DayRange, depth: Int) throws -> [Day: Source] {
        var parts: [Day: Source] = [:]
        let channels = try connection.registers(ofMeters: connection.meterIds(ofPoints: [term.source])).filter {
            $0.obis == term.obis && $0.resolution != nil
        }
        for channel in channels {
            guard let resolution = channel.resolution else { continue }
            for stay in channel.installations.pieces(in: range) where stay.value == term.source {
                guard let until = stay.range.until else { continue }
                let stored = try connection.dayBlocks([(channel.id.number, stay.range.from, until)], asOf: asOf)[channel.id.number]
                for (day, blocks) in stored?.days ?? [:] {
                    guard let slots = stored?.fold(day, resolution: resolution) else { continue }
                    let since = Dictionary(blocks.map { ($0.overlay.version, $0.overlay.knownSince) }) { $1 }
                    parts[day] = Source(
                        part: .init(slots: slots, unit: channel.unit, factor: channel.parameters(on: day).factor),
                        knownSince: slots.versions.map { since[$0] ?? Instant(microseconds: .min) })
                }
            }
        }
        for formula in try formulas(of: [term.source]) where formula.formula.obis == term.obis {
            for (day, computed) in try days(formula, range, depth: depth + 1) {
                parts[day] = Source(
                    part: .init(slots: computed.slots, unit: formula.formula.unit, factor: .one), knownSince: computed.knownSince)
            }
        }
        return parts
    }
}
