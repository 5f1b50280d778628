internal import Metering
internal import Postgres
internal import VEE
internal import Values

/// A stored row of `day_block`, unpacked.
struct StoredBlock {
    let overlay: Overlay
    /// By which it was received; nil: made here.
    let delivery: Int64?
    var isDelivered: Bool { delivery != nil }
    /// Estimated because somebody asked for the period, also where nothing closes the gap.
    let isAsked: Bool
}

/// Who writes versions that no person and no sender wrote; the column `author` names them.
enum Machine {
    /// Estimates that follow from what is known.
    static let estimation = "VEE"
    /// Estimates that somebody asked for.
    static let asked = "VEE-period"
    /// Judgements made again.
    static let rules = "rules"
    static let all = [estimation, asked, rules]
}

/// A row of `day_block` to be written.
struct NewBlock {
    let register: Int64
    let day: Day
    let version: Int32
    let firstSlot: Int
    let slots: Int
    let values: [UInt8]
    let marks: [UInt8]
    /// nil: made here.
    let delivery: Identifier<Delivery>?
    var author = ""
}

/// The stored days of one channel.
struct ChannelDays {
    var days: [Day: [StoredBlock]] = [:]

    /// What holds on a day, or held as of an instant.
    func fold(_ day: Day, resolution: Resolution, asOf: Instant? = nil) -> DaySlots? {
        days[day].map { DayBlock.fold($0.map(\.overlay), slots: resolution.slots(of: day), asOf: asOf) }
    }
    /// What is known of a day besides what was estimated here: what was received, and what persons and rules made of it. Nothing that
    /// was received is an estimate of ours, whatever its sender calls its method.
    func known(_ day: Day, resolution: Resolution) -> DaySlots? {
        days[day].map { blocks in
            var slots = DaySlots(empty: resolution.slots(of: day))
            for block in blocks.sorted(by: { $0.overlay.version < $1.overlay.version }) {
                if block.isDelivered {
                    slots.lay(block.overlay)
                    continue
                }
                var overlay = block.overlay
                for place in overlay.marks.indices where overlay.marks[place].mark.isReplaceable { overlay.marks[place].mark = .absent }
                slots.lay(overlay)
            }
            return slots
        }
    }
    /// The versions of a day that somebody asked for.
    func asked(_ day: Day) -> Set<Int32> { Set((days[day] ?? []).filter(\.isAsked).map(\.overlay.version)) }
    func lastVersion(_ day: Day) -> Int32 { days[day]?.map(\.overlay.version).max() ?? 0 }
}

extension Connection {
    /// All versions of the days of these channels, each within its own range.
    ///
    /// `OFFSET 0` keeps the planner from joining the whole table: it is one walk down the key per range, whatever the
    /// statistics say.
    func dayBlocks(_ wanted: [(register: Int64, from: Day, until: Day)], asOf: Instant? = nil) throws -> [Int64: ChannelDays] {
        var found: [Int64: ChannelDays] = [:]
        guard !wanted.isEmpty else { return found }
        for row in try query(
            """
            SELECT b.register_id, b.day, b.version, b.known_since, b.delivery_id, b.first_slot, b.slots, b.values, b.marks, b.author = \(Machine.asked)
            FROM unnest(\(wanted.map(\.register)), \(wanted.map(\.from)), \(wanted.map(\.until))) AS w (register_id, low, high)
            CROSS JOIN LATERAL (
                SELECT * FROM day_block d WHERE d.register_id = w.register_id AND d.day >= w.low AND d.day < w.high
                AND (\(asOf)::timestamptz IS NULL OR d.known_since <= \(asOf)) OFFSET 0
            ) b
            ORDER BY b.register_id, b.day, b.version
            """)
        {
            let day: Day = try row.get(1)
            let first: Int32 = try row.get(5)
            let slots: Int32 = try row.get(6)
            let overlay = try Overlay(
                version: row.get(2), knownSince: row.get(3), firstSlot: Int(first), slots: Int(slots), packedValues: row.get(7),
                packedMarks: row.get(8))
            found[try row.get(0), default: ChannelDays()].days[day, default: []].append(
                StoredBlock(overlay: overlay, delivery: try row.get(4), isAsked: try row.get(9)))
        }
        return found
    }

    /// Adds versions; a version that somebody else has just written is a unique violation.
    func insert(_ blocks: [NewBlock], knownSince: Instant) throws {
        guard !blocks.isEmpty else { return }
        let columns = ["register_id", "known_since", "delivery_id", "day", "version", "first_slot", "slots", "values", "marks", "author"]
        try copyIn("day_block", columns: columns) { copy in
            for block in blocks {
                try copy.row { row in
                    row.append(block.register)
                    row.append(knownSince)
                    if let delivery = block.delivery { row.append(delivery.number) } else { row.appendNull() }
                    row.append(block.day)
                    row.append(block.version)
                    row.append(Int32(clamping: block.firstSlot))
                    row.append(Int32(clamping: block.slots))
                    row.append(block.values)
                    row.append(block.marks)
                    row.append(block.author)
                }
            }
        }
        try ReadingJournal(blocks).write(knownSince: knownSince, in: self)
    }
}
