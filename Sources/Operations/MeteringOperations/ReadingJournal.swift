internal import Metering
internal import Postgres
internal import Values

/// What a transaction wrote, as `reading_change` keeps it: registers that share a range of days share a row, so that a
/// delivery of a day for a thousand meters is one row.
struct ReadingJournal {
    enum Kind: String {
        case delivery, estimate, edit, device
    }
    private struct Key: Hashable {
        let kind: Kind
        let from: Day
        let until: Day?
    }
    private var hulls: [Kind: [Int64: (first: Day, last: Day)]] = [:]
    private var open: [Key: [Int64]] = [:]

    /// A register has new versions on a day.
    mutating func note(_ register: Int64, _ day: Day, _ kind: Kind) {
        if let known = hulls[kind]?[register] {
            hulls[kind]?[register] = (min(known.first, day), max(known.last, day))
        } else {
            hulls[kind, default: [:]][register] = (day, day)
        }
    }
    /// A register, or a formula (its number beyond `StoredFormula.offset`), means something else from a day on, or within days.
    mutating func note(_ register: Int64, _ days: DayRange, _ kind: Kind) {
        open[Key(kind: kind, from: days.from, until: days.until), default: []].append(register)
    }

    /// One small row per kind and range of days.
    func write(knownSince: Instant, in connection: Connection) throws {
        var rows = open
        for (kind, registers) in hulls {
            for (register, hull) in registers {
                rows[Key(kind: kind, from: hull.first, until: hull.last.adding(days: 1)), default: []].append(register)
            }
        }
        guard !rows.isEmpty else { return }
        try connection.copyIn("reading_change", columns: ["known_since", "kind", "days", "count", "registers"]) { copy in
            for (key, registers) in rows {
                try copy.row { row in
                    row.append(knownSince)
                    row.append(key.kind.rawValue)
                    row.append(DayRange(from: key.from, until: key.until))
                    row.append(Int32(clamping: registers.count))
                    // Sorted numbers differ by little.
                    row.append(DayBlock.pack(registers.sorted()))
                }
            }
        }
    }
}

extension ReadingJournal {
    init(_ blocks: [NewBlock]) {
        for block in blocks { note(block.register, block.day, ReadingJournal.kind(block.delivery != nil, block.author)) }
    }
    init(_ readings: [NewReading]) {
        for reading in readings {
            note(reading.register, LocalTime.berlin.day(of: reading.at), ReadingJournal.kind(reading.delivery != nil, reading.author))
        }
    }
    private static func kind(_ isDelivered: Bool, _ author: String) -> Kind {
        if isDelivered { return .delivery }
        return Machine.all.contains(author) ? .estimate : .edit
    }
}
