internal import Metering
internal import Postgres
internal import VEE
internal import Values

/// A channel's local day with what arrived for it.
struct DayWork {
    let entry: RegisterEntry
    let day: Day
    var pieces: [IncomingPiece] = []
    /// What is stored, unpacked; only where it has to be compared with.
    var stored: [StoredBlock] = []
    /// The slots that are stored where nothing but measured values are, in one range.
    var coverage: Range<Int>?
    var lastVersion: Int32 = 0
    /// Whether anything was written, and where the day then has no usable value.
    var isWritten = false
    var shape = DayShape()
    /// Behind the last slot with a usable value.
    var reaches = 0

    init(_ entry: RegisterEntry, day: Day) {
        self.entry = entry
        self.day = day
    }
    var resolution: Resolution { entry.register.resolution ?? .day }

    /// Whether one piece brings slots of which nothing is known.
    func isPlain(slotsOf count: (IncomingPiece) -> Int) -> Bool {
        guard stored.isEmpty, pieces.count == 1, let piece = pieces.first else { return false }
        return coverage.map { !$0.overlaps(piece.firstSlot..<piece.firstSlot + count(piece)) } ?? true
    }
}

/// Where a day has holes: slots that are absent, rejected, or made here and so open to better knowledge.
struct DayShape {
    var begins = false
    var inside = false
    var ends = false
    var isFull: Bool { !begins && !inside && !ends }

    init() {}
    /// A day of which one range of slots is measured and nothing else known.
    init(covering slots: Range<Int>, of count: Int) {
        begins = slots.lowerBound > 0
        ends = slots.upperBound < count
    }
    init(_ day: DaySlots) {
        let holes = (0..<day.count).filter { slot in
            let mark = day.mark(slot)
            return !mark.status.isUsable || (mark.status == .estimated && EstimationMethod(rawValue: mark.method)?.isCascade == true)
        }
        guard let first = holes.first, let last = holes.last else { return }
        begins = first == 0
        ends = last == day.count - 1
        // A run from the begin or up to the end is none inside.
        var low = 0
        var high = day.count - 1
        for hole in holes where hole == low { low += 1 }
        for hole in holes.reversed() where hole == high { high -= 1 }
        inside = holes.contains { $0 > low && $0 < high }
    }
}

extension IngestRun {
    /// Consecutive days of one channel.
    struct DayRun {
        let entry: RegisterEntry
        var first: Day
        var last: Day
        var works: [Int]
    }

    func dayRuns() -> [DayRun] {
        var runs: [DayRun] = []
        let order = days.indices.sorted { (days[$0].entry.id, days[$0].day) < (days[$1].entry.id, days[$1].day) }
        for index in order {
            let work = days[index]
            if let last = runs.last, last.entry.id == work.entry.id, last.last.adding(days: 1) == work.day {
                runs[runs.count - 1].last = work.day
                runs[runs.count - 1].works.append(index)
            } else {
                runs.append(DayRun(entry: work.entry, first: work.day, last: work.day, works: [index]))
            }
        }
        return runs
    }

    /// Reads what is stored of the days and returns the shapes of the days beside the runs.
    ///
    /// The database says of each day which slots its rows cover. A day that comes in quarter hour by quarter hour has dozens
    /// of rows; they are unpacked only if they are not all plain measurements side by side, or if a value arrives for a slot
    /// that is taken.
    func loadDays(_ runs: [DayRun]) throws -> [DayKey: DayShape] {
        guard !runs.isEmpty else { return [:] }
        var places: [DayKey: Int] = [:]
        places.reserveCapacity(days.count)
        for run in runs { for index in run.works { places[DayKey(register: run.entry.id, day: days[index].day)] = index } }
        var shapes: [DayKey: DayShape] = [:]
        var unclear: [(key: DayKey, resolution: Resolution)] = []
        // Marks of a single run of measured values: a length of one or two bytes, then status 1.
        for row in try connection.query(
            """
            SELECT w.place, b.day, b.version, b.low, b.high, b.is_plain
            FROM unnest(\(runs.map(\.entry.id)), \(runs.map(\.first)), \(runs.map(\.last))) WITH ORDINALITY AS w (register_id, first, last, place)
            CROSS JOIN LATERAL (
                SELECT d.day, max(d.version) AS version, min(d.first_slot) AS low, max(d.first_slot + d.slots) AS high,
                    bool_and(d.delivery_id IS NOT NULL AND length(d.marks) <= 5 AND get_byte(d.marks, length(d.marks) - 3) = 1)
                    AND sum(d.slots) = max(d.first_slot + d.slots) - min(d.first_slot)
                    AND CASE WHEN count(*) = 1 THEN true ELSE (
                        SELECT int4multirange(range_merge(range_agg(r))) = range_agg(r)
                        FROM (SELECT int4range(x.first_slot, x.first_slot + x.slots) AS r FROM day_block x WHERE x.register_id = w.register_id AND x.day = d.day) x
                    ) END AS is_plain
                FROM day_block d WHERE d.register_id = w.register_id AND d.day BETWEEN w.first - 1 AND w.last + 1 GROUP BY d.day
            ) b
            """)
        {
            let run = runs[Int(try row.get(0, as: Int64.self)) - 1]
            let key = DayKey(register: run.entry.id, day: try row.get(1))
            let resolution = run.entry.register.resolution ?? .day
            let low: Int32 = try row.get(3)
            let high: Int32 = try row.get(4)
            let isPlain: Bool = try row.get(5)
            guard let place = places[key] else {
                if isPlain {
                    shapes[key] = DayShape(covering: Int(low)..<Int(high), of: resolution.slots(of: key.day))
                } else {
                    unclear.append((key, resolution))
                }
                continue
            }
            days[place].lastVersion = try row.get(2)
            if isPlain { days[place].coverage = Int(low)..<Int(high) }
            if !isPlain || !days[place].isPlain(slotsOf: { $0.range.count }) { unclear.append((key, resolution)) }
        }
        guard !unclear.isEmpty else { return shapes }
        let stored = try connection.dayBlocks(unclear.map { ($0.key.register, $0.key.day, $0.key.day.adding(days: 1)) })
        for (key, resolution) in unclear {
            guard let channel = stored[key.register] else { continue }
            if let place = places[key] {
                days[place].stored = channel.days[key.day] ?? []
            } else if let fold = channel.fold(key.day, resolution: resolution) {
                shapes[key] = DayShape(fold)
            }
        }
        return shapes
    }
}
