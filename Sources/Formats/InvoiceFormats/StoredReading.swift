internal import JSON
internal import Metering
internal import Values

/// The ends of pieces as they are stored: a list of seven parts, eleven where intervals told them, and one more where they were worked
/// out: from which readings.
///
/// Those stand at other ends of the same case as a rule and are named by their place among the ends that were read, so that a bill that
/// a price change cuts grows by a dozen bytes.
enum StoredReading {
    /// The ends that were read, in the order in which they are written: what a figure that was worked out names by place.
    static func ends(of usage: [UsagePiece]) -> [RegisterReading] {
        usage.flatMap { [$0.begin, $0.end] }.compactMap { end in
            guard let end, let version = end.version, version > 0 else { return nil }
            return RegisterReading(at: end.at, micro: end.micro, status: end.status, method: end.method, version: version)
        }
    }

    /// - Parameter ends: of the case; asked for only where something was worked out.
    static func write(
        _ name: String, _ reading: ReadingRef, _ basis: ReadingBasis?, among ends: () -> [RegisterReading], _ writer: inout JSONWriter
    ) {
        writer.list(name) { writer in
            writer.integer(reading.at.microseconds)
            writer.integer(reading.micro)
            writer.string(reading.unit.rawValue)
            writer.integer(reading.status.rawValue)
            writer.integer(reading.method)
            writer.integer(reading.version ?? 0)
            writer.string(reading.origin.rawValue)
            if let share = reading.share {
                for number in [share.since.microseconds, share.until.microseconds, share.part, share.whole] { writer.integer(number) }
            }
            guard let basis else { return }
            let ends = ends()
            writer.array { writer in
                for reading in basis.readings {
                    if let place = ends.firstIndex(of: reading) { writer.integer(place) } else { write(reading, &writer) }
                }
                if let slots = basis.slots { StoredIntervals.write(dividing: slots, basis.times, &writer) }
            }
        }
    }

    private static func write(_ reading: RegisterReading, _ writer: inout JSONWriter) {
        writer.array { writer in
            writer.integer(reading.at.microseconds)
            writer.integer(reading.micro)
            for number in [reading.status.rawValue, reading.method, reading.reason] { writer.integer(number) }
            writer.integer(reading.version)
        }
    }

    /// An end without what it was worked out from: see ``basis(_:among:)``.
    static func read(_ node: JSONNode?) throws(JSONError) -> ReadingRef? {
        guard let node else { return nil }
        let parts = try node.elements()
        guard [7, 8, 11, 12].contains(parts.count) else {
            throw node.fault("expected seven or eleven parts of a reading, and one more where it was worked out")
        }
        let version = try parts[5].integer(in: 0...Int(Int32.max))
        return ReadingRef(
            at: Instant(microseconds: try parts[0].integer()), micro: try parts[1].integer(),
            unit: try parts[2].parsed("a unit") { UnitCode(rawValue: $0) }, status: try status(parts[3]), method: try byte(parts[4]),
            version: version == 0 ? nil : Int32(version), origin: try parts[6].parsed("a division") { Division(rawValue: $0) },
            share: parts.count < 11
                ? nil
                : IntervalShare(
                    since: Instant(microseconds: try parts[7].integer()), until: Instant(microseconds: try parts[8].integer()),
                    part: try parts[9].integer(), whole: try parts[10].integer()))
    }

    /// What an end was worked out from; nil for one that was read, and on bills from before this was kept.
    /// - Parameter ends: of all pieces of the case.
    static func basis(_ node: JSONNode?, among ends: [RegisterReading]) throws(JSONError) -> ReadingBasis? {
        guard let node, let last = try node.elements().last, last.value.array != nil else { return nil }
        var readings: [RegisterReading] = []
        var dividing: JSONNode?
        for item in try last.elements() {
            if item.value.object != nil {
                dividing = item
                continue
            }
            if item.value.array != nil {
                readings.append(try reading(item))
                continue
            }
            guard !ends.isEmpty else { throw item.fault("expected a reading: none stands at an end of this case") }
            readings.append(ends[try item.integer(in: 0...ends.count - 1)])
        }
        guard let first = readings.first, readings.count <= 2 else { throw last.fault("expected one reading or two") }
        var basis = ReadingBasis(first, readings.dropFirst().first)
        if let dividing { try StoredIntervals.dividing(dividing, &basis) }
        return basis
    }

    private static func reading(_ node: JSONNode) throws(JSONError) -> RegisterReading {
        let parts = try node.elements()
        guard parts.count == 6 else { throw node.fault("expected six parts of a reading") }
        return RegisterReading(
            at: Instant(microseconds: try parts[0].integer()), micro: try parts[1].integer(), status: try status(parts[2]),
            method: try byte(parts[3]), reason: try byte(parts[4]), version: Int32(try parts[5].integer(in: 0...Int(Int32.max))))
    }

    private static func byte(_ node: JSONNode) throws(JSONError) -> UInt8 { UInt8(try node.integer(in: 0...255)) }
    private static func status(_ node: JSONNode) throws(JSONError) -> ValueStatus {
        guard let status = ValueStatus(rawValue: try byte(node)) else { throw node.fault("expected a status") }
        return status
    }
}
