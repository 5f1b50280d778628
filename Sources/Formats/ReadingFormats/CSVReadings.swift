public import Metering
internal import Values

/// The contract's two CSV tables: registers `meter,obis,at,value,unit,status` and intervals
/// `meter,obis,start,resolution,unit,status,v1…vN`, separated by `,` or `;`. Columns may stand in any order; `status` may
/// be missing and then is measured. Two more columns may be there: `factor`, by which the sender multiplies, and `alarm`, what the
/// meter reports.
public enum CSVReadings {
    /// - Throws: `ReadingFormatError` if this is no UTF-8, the header names neither table, or a quote never closes.
    public static func parse(_ bytes: [UInt8], origin: ReadingFormat.Origin) throws(ReadingFormatError) -> ReadingBatch {
        do throws(UTF8.ValidationError) { _ = try UTF8Span(validating: bytes.span) } catch {
            let place = TextLines(bytes).place(of: error.byteOffsets.lowerBound)
            throw ReadingFormatError(
                code: "csv-encoding", offset: place.offset, line: place.line, column: place.column,
                message: "CSV is read as UTF-8, and this is none")
        }
        let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        let header = bytes[start...].prefix { $0 != 0x0A && $0 != 0x0D }
        let separator = header.contains(UInt8(ascii: ";")) ? UInt8(ascii: ";") : UInt8(ascii: ",")
        var rows = CSVRows(bytes, separator: separator, from: start)
        var fields: [CSVRows.Field] = []
        guard try rows.next(into: &fields) else { throw ReadingFormatError(code: "csv-header", message: "there is no header line") }
        let columns = try Columns(fields.map { rows.text($0) }, places: fields.map { rows.offset(of: 0, in: [$0]) })
        let behindHeader = rows
        var table = CSVTable(rows: rows, columns: columns, batch: ReadingBatch(messageId: origin.messageId, source: origin.source))
        var batch = try table.read()
        batch.tellPlaces(in: bytes)
        batch.locate = {
            let places = CSVPlaces(behindHeader, columns)
            return { places.location(list: $0, index: $1, member: $2) }
        }
        return batch
    }

    /// Where the columns of a table stand.
    struct Columns: Sendable {
        var meter = 0, obis = 0, unit = 0
        /// `at` of registers, `start` of intervals.
        var instant = 0
        var status: Int?
        /// What a row may say of its meter.
        var factor: Int?
        var alarm: Int?
        /// nil: a table of intervals.
        var value: Int?
        var resolution: Int?
        /// Columns of `v1…vN` in their order.
        var slots: [Int] = []
        /// How many slots a row of so many cells reaches: what it does not have is not kept as a gap.
        private(set) var reach: [Int] = []
        var count: Int

        init(_ names: [String], places offsets: [Int]) throws(ReadingFormatError) {
            var places: [String: Int] = [:]
            let end = (offsets.last ?? 0) + (names.last?.utf8.count ?? 0)
            for (place, name) in names.enumerated() {
                let key = name.filter { $0 != " " && $0 != "\t" }.lowercased()
                guard places.updateValue(place, forKey: key) == nil else {
                    throw Columns.error("column \"\(key.prefix(32))\" stands twice", at: offsets[place])
                }
            }
            count = names.count
            func required(_ name: String) throws(ReadingFormatError) -> Int {
                guard let place = places.removeValue(forKey: name) else { throw Columns.error("column \"\(name)\" is missing", at: end) }
                return place
            }
            meter = try required("meter")
            obis = try required("obis")
            unit = try required("unit")
            status = places.removeValue(forKey: "status")
            factor = places.removeValue(forKey: "factor")
            alarm = places.removeValue(forKey: "alarm")
            if places["start"] != nil {
                instant = try required("start")
                resolution = try required("resolution")
                while let place = places.removeValue(forKey: "v\(slots.count + 1)") { slots.append(place) }
                if slots.isEmpty { throw Columns.error("column \"v1\" is missing", at: end) }
                if slots.count > SlotLimit.perItem { throw Columns.error(FaultText.tooManySlots, at: offsets[slots[SlotLimit.perItem]]) }
                reach = [Int](repeating: 0, count: count + 1)
                for (slot, column) in slots.enumerated() { reach[column + 1] = slot + 1 }
                for width in 1...count { reach[width] = max(reach[width], reach[width - 1]) }
            } else {
                instant = try required("at")
                value = try required("value")
            }
            if let unknown = places.min(by: { $0.value < $1.value }) {
                throw Columns.error("unknown column \"\(unknown.key.prefix(32))\"", at: offsets[unknown.value])
            }
        }

        private static func error(_ message: String, at offset: Int) -> ReadingFormatError {
            ReadingFormatError(code: "csv-header", offset: offset, line: 1, message: message)
        }
    }
}

/// The rows below a header.
private struct CSVTable {
    var rows: CSVRows
    let columns: CSVReadings.Columns
    var batch: ReadingBatch
    private var fields: [CSVRows.Field] = []

    init(rows: CSVRows, columns: CSVReadings.Columns, batch: ReadingBatch) {
        self.rows = rows
        self.columns = columns
        self.batch = batch
    }

    private struct Flaw: Error {
        let member: String
        let code: ItemFault.Code
        let message: String
        init(_ member: String, _ code: ItemFault.Code, _ message: String) {
            self.member = member
            self.code = code
            self.message = message
        }
    }
    private struct Head {
        var meter: Int32
        var obis: ObisCode
        var unit: UnitCode
        var status: ValueStatus
        var instant: Instant
        var reports: [DeviceReport.Content] = []
    }

    mutating func read() throws(ReadingFormatError) -> ReadingBatch {
        var index = 0
        while try rows.next(into: &fields) {
            do throws(Flaw) {
                if columns.value != nil { try register(index) } else { try interval(index) }
            } catch {
                let list: StaticString = columns.value == nil ? "intervals" : "registers"
                batch.note(
                    list, index, error.member, error.code, error.message, values: columns.value == nil ? sentSlots : 1,
                    at: offset(of: error.member))
            }
            index += 1
        }
        return batch
    }

    private mutating func register(_ index: Int) throws(Flaw) {
        guard let column = columns.value else { return }
        let head = try head()
        do throws(DecimalText.Problem) {
            let micro = try DecimalText.parse(bytes(column), scale: 6)
            batch.registers.append(
                .init(
                    index: Int32(clamping: index), meter: head.meter, unit: head.unit, status: head.status, obis: head.obis,
                    at: head.instant, micro: micro))
            note(head, index)
        } catch {
            throw numberFlaw("value", error)
        }
    }

    private mutating func interval(_ index: Int) throws(Flaw) {
        let head = try head()
        guard let resolution = Resolution(text(columns.resolution)) else {
            throw Flaw("resolution", .badResolution, FaultText.badResolution)
        }
        let first = batch.values.count
        for (slot, column) in sentColumns.enumerated() {
            let cell = bytes(column)
            if cell.isEmpty {
                batch.values.append(0)
                batch.statuses.append(ValueStatus.absent.rawValue)
                continue
            }
            do throws(DecimalText.Problem) {
                batch.values.append(try DecimalText.parse(cell, scale: 6))
                batch.statuses.append(head.status.rawValue)
            } catch {
                batch.values.append(0)
                batch.statuses.append(ValueStatus.absent.rawValue)
                let flaw = numberFlaw("values/\(slot)", error)
                batch.note("intervals", index, flaw.member, flaw.code, flaw.message, values: 1, at: offset(of: flaw.member))
            }
        }
        batch.intervals.append(
            .init(
                index: Int32(clamping: index), meter: head.meter, unit: head.unit, obis: head.obis, start: head.instant,
                resolution: resolution,
                slots: first..<batch.values.count))
        note(head, index)
    }

    private mutating func note(_ head: Head, _ index: Int) {
        for content in head.reports {
            batch.reports.append(DeviceReport(index: Int32(clamping: index), meter: head.meter, at: head.instant, content: content))
        }
    }

    private mutating func head() throws(Flaw) -> Head {
        if fields.count > columns.count { throw Flaw("", .badMember, "more cells than the header has columns") }
        let named = [
            (columns.meter, "meter"), (columns.obis, "obis"), (columns.instant, columns.value == nil ? "start" : "at"),
            (columns.unit, "unit"),
        ]
        for (column, name) in named where bytes(column).isEmpty { throw Flaw(name, .missingMember, FaultText.missing(name)) }
        let serial = text(columns.meter)
        guard SerialText.isSound(serial) else { throw Flaw("meter", .badMember, FaultText.badText) }
        guard let obis = ObisCode(utf8: bytes(columns.obis)) else { throw Flaw("obis", .badMember, FaultText.badObis) }
        let instant: Instant
        do throws(Instant.Problem) { instant = try Instant(utf8: bytes(columns.instant)) } catch {
            let name = columns.value == nil ? "start" : "at"
            throw error == .noOffset ? Flaw(name, .noOffset, FaultText.noOffset) : Flaw(name, .badTime, FaultText.badTime)
        }
        guard let unit = UnitCode(name: text(columns.unit)) else { throw Flaw("unit", .wrongUnit, FaultText.badUnit) }
        var status = ValueStatus.measured
        if let column = columns.status, !bytes(column).isEmpty {
            guard let named = ValueStatus(word: text(column)) else { throw Flaw("status", .badStatus, FaultText.badStatus) }
            status = named
        }
        var head = Head(meter: batch.meter(serial), obis: obis, unit: unit, status: status, instant: instant)
        if columns.factor != nil || columns.alarm != nil { head.reports = try reports(obis) }
        return head
    }

    private func reports(_ obis: ObisCode) throws(Flaw) -> [DeviceReport.Content] {
        var reports: [DeviceReport.Content] = []
        if let column = columns.factor, !bytes(column).isEmpty {
            guard let factor = Ratio(text(column)), factor.millionths > 0 else { throw Flaw("factor", .badNumber, FaultText.badFactor) }
            reports.append(.factor(obis, factor))
        }
        if let column = columns.alarm, !bytes(column).isEmpty {
            let alarms = DeviceAlarm.named(text(column))
            if alarms.isEmpty { throw Flaw("alarm", .badMember, FaultText.badAlarm) }
            reports += alarms.map { .alarm($0) }
        }
        return reports
    }

    private func numberFlaw(_ member: String, _ problem: DecimalText.Problem) -> Flaw {
        switch problem {
        case .empty: Flaw(member, .missingMember, FaultText.missing(member))
        case .tooManyPlaces: Flaw(member, .tooManyDigits, FaultText.tooManyPlaces)
        case .unexpected, .tooLarge: Flaw(member, .badNumber, FaultText.noDecimal)
        }
    }

    private func offset(of member: String) -> Int { rows.offset(of: columns.place(of: member), in: fields) }

    /// The cell's bytes without blanks around them; empty where the row is too short.
    private func bytes(_ column: Int) -> ArraySlice<UInt8> {
        guard column < fields.count else { return [] }
        var slice = rows.bytes[fields[column].range]
        while slice.first == 0x20 || slice.first == 0x09 { slice.removeFirst() }
        while slice.last == 0x20 || slice.last == 0x09 { slice.removeLast() }
        return slice
    }
    private func text(_ column: Int?) -> String {
        guard let column, column < fields.count else { return "" }
        if fields[column].isEscaped { return rows.text(fields[column]) }
        return String(decoding: bytes(column), as: UTF8.self)
    }
    /// The columns of the slots that this row has; it may end early.
    private var sentColumns: ArraySlice<Int> { columns.slots.prefix(columns.reach[min(fields.count, columns.count)]) }
    private var sentSlots: Int { sentColumns.count { !bytes($0).isEmpty } }
}
