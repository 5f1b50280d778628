internal import Metering
internal import Postgres
internal import VEE
internal import Values

/// What was ever known of a slot of a computed series: it has a new version whenever a part of it has one, or its formula.
///
/// Nothing of it is stored. Each version is computed as of its moment, by the same reader that answers `as_of`.
struct ComputedHistory {
    let connection: Connection
    /// A moment within the slot.
    let at: Instant
    let asOf: Instant?

    /// A channel among the parts.
    private struct Leaf: Hashable {
        let point: Identifier<MeteringPoint>
        let obis: ObisCode
    }
    /// What the series is made of since a moment.
    private struct Tree {
        let since: Instant
        var leaves: Set<Leaf> = []
        var formulas: Set<Int64> = []
    }
    /// A formula of the series, or of a part of it, with the person's words.
    private struct Said {
        let id: Int64
        let knownSince: Instant
        let author: String
        let reason: String
    }

    /// - Returns: oldest first; none if the series was never computed, or not for that day.
    func versions(of point: Identifier<MeteringPoint>, _ code: String, _ obis: ObisCode) throws -> [ReadHistory.Version] {
        let said = try formulas(of: point, obis)
        guard !said.isEmpty else { return [] }
        // Which channels are parts changes with formulas only.
        let trees = try Set(said.map(\.knownSince)).sorted().map { moment in
            var tree = Tree(since: moment)
            try grow(&tree, point, obis, VirtualReader(connection: connection, asOf: moment))
            return tree
        }
        var parts: [Leaf: [ReadHistory.Version]] = [:]
        for leaf in trees.reduce(into: Set<Leaf>(), { $0.formUnion($1.leaves) }) { parts[leaf] = try versions(of: leaf) }
        let moments = Set(said.map(\.knownSince) + parts.values.joined().map(\.knownSince))
            .filter { moment in asOf.map { moment <= $0 } ?? true }.sorted()
        var history: [ReadHistory.Version] = []
        var told: Set<ReadHistory.Version> = []
        var formulas: Set<Int64> = []
        for moment in moments {
            let reader = VirtualReader(connection: connection, asOf: moment)
            guard let stored = try series(of: point, obis, reader).first else { continue }
            let (day, slot) = stored.formula.resolution.slot(at: at)
            guard let computed = try reader.days(stored, DayRange(from: day, until: day.adding(days: 1)))[day],
                computed.slots.status(slot) != .absent
            else { continue }
            let start = stored.formula.resolution.start(of: slot, of: day)
            let span = start..<stored.formula.resolution.instant(1, after: start)
            let tree = trees.last { $0.since <= moment } ?? Tree(since: moment)
            let sources = tree.leaves.flatMap { parts[$0] ?? [] }.filter {
                $0.knownSince <= moment && span.contains($0.at) && !told.contains($0)
            }.sorted { ComputedHistory.place($0) < ComputedHistory.place($1) }
            let added = tree.formulas.subtracting(formulas)
            guard !added.isEmpty || !sources.isEmpty else { continue }
            told.formUnion(sources)
            formulas = tree.formulas
            let words = said.last { added.contains($0.id) }
            history.append(
                ReadHistory.Version(
                    meteringPoint: code, meter: code, obis: obis, at: start, version: computed.slots.versions[slot], knownSince: moment,
                    micro: computed.slots.values[slot], unit: stored.formula.unit, status: computed.slots.status(slot),
                    method: EstimationMethod.word(raw: computed.slots.methods[slot]), reason: nil, author: words?.author ?? "",
                    editReason: words?.reason, sources: sources))
        }
        return history
    }

    private static func place(_ version: ReadHistory.Version) -> (Instant, String, String, Instant, Int32) {
        (version.knownSince, version.meteringPoint, version.meter, version.at, version.version)
    }

    /// The formula that holds on the day of the moment, as the reader knows it.
    private func series(of point: Identifier<MeteringPoint>, _ obis: ObisCode, _ reader: VirtualReader) throws -> [StoredFormula] {
        try reader.formulas(of: [point]).filter { $0.formula.obis == obis && $0.valid.contains($0.formula.resolution.slot(at: at).day) }
    }

    /// Every formula that was ever said of the series and of its parts, for that day.
    private func formulas(of point: Identifier<MeteringPoint>, _ obis: ObisCode) throws -> [Said] {
        // A gas day may have begun the day before.
        let day = LocalTime.berlin.day(of: at)
        let days = DayRange(from: day.adding(days: -1), until: day.adding(days: 1))
        return try connection.query(
            """
            WITH RECURSIVE below AS (
                SELECT id FROM virtual_formula WHERE metering_point_id = \(point) AND obis = \(obis.description) AND valid && \(days)
                UNION
                SELECT f.id FROM below b JOIN virtual_term t ON t.formula_id = b.id
                JOIN virtual_formula f ON f.metering_point_id = t.source_point_id AND f.obis = t.obis AND f.valid && \(days)
            )
            SELECT f.id, f.known_since, f.author, f.reason FROM below JOIN virtual_formula f USING (id) ORDER BY f.known_since, f.id
            """
        ).map { Said(id: try $0.get(0), knownSince: try $0.get(1), author: try $0.get(2), reason: try $0.get(3)) }
    }

    private func grow(
        _ tree: inout Tree, _ point: Identifier<MeteringPoint>, _ obis: ObisCode, _ reader: VirtualReader, depth: Int = 0
    ) throws {
        guard depth < VirtualReader.deepest else { return }
        for stored in try series(of: point, obis, reader) {
            tree.formulas.insert(stored.id)
            for term in stored.formula.terms {
                tree.leaves.insert(Leaf(point: term.source, obis: term.obis))
                try grow(&tree, term.source, term.obis, reader, depth: depth + 1)
            }
        }
    }

    /// All that was ever known of a channel on the day, whatever the raster of the formula: it may change.
    private func versions(of leaf: Leaf) throws -> [ReadHistory.Version] {
        let code: String = try connection.one("SELECT code FROM metering_point WHERE id = \(leaf.point)")
        return try ReadHistory.registers(leaf.point, leaf.obis, at: at, connection).flatMap { register -> [ReadHistory.Version] in
            guard let resolution = register.resolution else { return [] }
            let day = resolution.slot(at: at).day
            return try ReadHistory.slots(register, resolution, day, 0..<resolution.slots(of: day), of: code, connection)
        }
    }
}

extension Resolution {
    /// The day and the slot in which a moment lies.
    func slot(at moment: Instant) -> (day: Day, slot: Int) {
        let day = self == .gasDay ? LocalTime.berlin.gasDay(of: moment) : LocalTime.berlin.day(of: moment)
        return (day, (0..<slots(of: day)).last { start(of: $0, of: day) <= moment } ?? 0)
    }
}
