internal import MasterDataFormat
internal import Metering
internal import Postgres
internal import Values

extension MasterDataWriter {
    /// Where a meter hangs, as it is stored or is to be.
    private struct Stay {
        var point: Identifier<MeteringPoint>
        var range: DayRange
        /// The first day as stored; nil: not stored yet.
        var stored: Day?
        var isChanged = false
    }

    /// Brings the installations in line with the document.
    ///
    /// The same meter at the same point: its end may be set, its begin may move back. At another point: an open stay there
    /// ends on the day the new one begins. Anything else that would overlap is a conflict.
    mutating func install(_ devices: [Device]) throws {
        var stays: [Identifier<Meter>: [Stay]] = [:]
        for row in try connection.query(
            """
            SELECT meter_id, metering_point_id, valid FROM installation WHERE meter_id = ANY(\(devices.map(\.id))) ORDER BY meter_id, lower(valid)
            """)
        {
            let range: DayRange = try row.get(2)
            stays[try row.get(0), default: []].append(Stay(point: try row.get(1), range: range, stored: range.from))
        }
        for device in devices.sorted(by: { $0.meter.from < $1.meter.from }) {
            var list = stays[device.id] ?? []
            place(device, in: &list)
            stays[device.id] = list
        }
        for device in devices {
            let ranges = (stays[device.id] ?? []).map { Timeline<Bool>.Entry($0.range, true) }
            do { _ = try Timeline(ranges) } catch {
                refuse("\(device.path)/from", "meter \(device.meter.serial) would hang in two places: \(error.first) and \(error.second)")
            }
        }
        guard problems.isEmpty else { return }
        try store(stays)
    }

    private mutating func place(_ device: Device, in list: inout [Stay]) {
        let from = device.meter.from
        if let index = list.firstIndex(where: { $0.point == device.point && $0.range.contains(from) }) {
            guard let until = device.meter.until, list[index].range.until != until else { return }
            list[index].range = DayRange(from: list[index].range.from, until: until)
            list[index].isChanged = true
            return
        }
        // The document knows of an earlier begin of the stay that follows.
        if let index = list.firstIndex(where: { $0.point == device.point && $0.range.from > from }),
            device.meter.until.map({ $0 >= list[index].range.from }) ?? true
        {
            list[index].range = DayRange(from: from, until: device.meter.until ?? list[index].range.until)
            list[index].isChanged = true
            return
        }
        if let index = list.firstIndex(where: { $0.range.contains(from) && $0.range.from < from && $0.range.until == nil }) {
            list[index].range = DayRange(from: list[index].range.from, until: from)
            list[index].isChanged = true
        }
        list.append(Stay(point: device.point, range: DayRange(from: from, until: device.meter.until), stored: nil, isChanged: true))
    }

    private mutating func store(_ stays: [Identifier<Meter>: [Stay]]) throws {
        for (meter, list) in stays {
            for stay in list where stay.isChanged {
                // What hung there before is known of no other way than by the earlier of both begins.
                let day = min(stay.range.from, stay.stored ?? stay.range.from)
                moved[meter] = min(moved[meter] ?? day, day)
            }
        }
        let changed = stays.flatMap { meter, list in list.filter { $0.isChanged && $0.stored != nil }.map { (meter, $0) } }
        if !changed.isEmpty {
            // One statement: the exclusion constraint looks at its end only where it is deferrable, so ends that move back
            // come before begins that do.
            let closing = changed.filter { $0.1.range.from == $0.1.stored }
            let moving = changed.filter { $0.1.range.from != $0.1.stored }
            for group in [closing, moving] where !group.isEmpty {
                try connection.execute(
                    """
                    UPDATE installation i SET valid = u.valid
                    FROM unnest(\(group.map(\.0)), \(group.map { $0.1.stored ?? $0.1.range.from }), \(group.map(\.1.range))) AS u (meter_id, stored, valid)
                    WHERE i.meter_id = u.meter_id AND lower(i.valid) = u.stored
                    """)
            }
        }
        let added = stays.flatMap { meter, list in list.filter { $0.stored == nil }.map { (meter, $0) } }
        guard !added.isEmpty else { return }
        try connection.execute(
            """
            INSERT INTO installation (meter_id, metering_point_id, valid)
            SELECT * FROM unnest(\(added.map(\.0)), \(added.map(\.1.point)), \(added.map(\.1.range)))
            """)
    }
}
