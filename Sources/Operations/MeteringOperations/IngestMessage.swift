internal import Metering
internal import VEE
internal import Values

/// One message on its way through the ingest.
final class IngestMessage {
    let parcel: IngestReadings.Parcel
    var batch: ReadingBatch { parcel.batch }
    var receipt: DeliveryReceipt
    /// The number its row will have.
    var delivery: Identifier<Delivery> = .init(0)
    /// The same content is stored under its number, and nothing of it was quarantined.
    var isRepetition = false
    /// The delivery that stored the same content under its number.
    var original: Identifier<Delivery>?
    /// Of a message that was here before, what was not taken then; nil: all of it.
    private(set) var wanted: BatchPlaces?
    /// What is quarantined: a meter imported late may mend it.
    private(set) var refused: BatchPlaces
    /// Whether something was kept of what devices said beside their values.
    var keepsReports = false
    /// The deliveries that hold what its sender says in the same breath: its own, and those of the other parts of its file.
    private(set) lazy var breath: Set<Int64> = (parcel.part?.deliveries ?? []).union([delivery.number])
    /// What its values say besides where the device's clock is off (rule A4): ZA0, unless their sender gave a reason.
    var clockReason: UInt8 = 0
    /// Whether any of its values says more than its status.
    var hasMarks: Bool { clockReason != 0 || batch.hasMarks }
    /// Its number was used for other content.
    var isReused = false
    /// Values in the unit of the register, where the message had another; else those of the batch.
    private(set) var values: [Int64]
    /// By commodity; the last is of what no register was found for.
    private var counts = [Tally](repeating: Tally(), count: Commodity.allCases.count + 1)

    struct Tally {
        var accepted: Int32 = 0
        var duplicates: Int32 = 0
        var revised: Int32 = 0
        var rejected: Int32 = 0
        var isEmpty: Bool { accepted | duplicates | revised | rejected == 0 }

        mutating func add(_ count: Int32, _ verdict: Verdict) {
            switch verdict {
            case .accepted: accepted += count
            case .duplicates: duplicates += count
            case .revised: revised += count
            case .rejected: rejected += count
            }
        }
    }
    enum Verdict { case accepted, duplicates, revised, rejected }

    init(_ parcel: IngestReadings.Parcel) {
        self.parcel = parcel
        receipt = DeliveryReceipt(messageId: parcel.batch.messageId)
        values = parcel.batch.values
        refused = parcel.batch.unresolved
    }

    /// An earlier delivery of the same content took these: they are not taken again, because somebody may have corrected them since.
    func leave(_ taken: BatchPlaces) { wanted = (wanted ?? .all).subtracting(taken) }

    /// What this delivery answers for, so that the message sent again leaves it alone; nil: all of it.
    var taken: BatchPlaces? {
        wanted == nil && receipt.errors.isEmpty ? nil : (wanted ?? .all).subtracting(refused)
    }

    /// Values that were taken when the message came first.
    private func repeats(_ count: Int, _ commodity: Commodity?) {
        receipt.duplicates += count
        self.count(.duplicates, count, commodity)
    }

    /// Counts values; the commodity is nil for what no register was found for.
    func count(_ verdict: Verdict, _ count: Int, _ commodity: Commodity?) {
        guard count > 0 else { return }
        counts[IngestMessage.place(of: commodity)].add(Int32(clamping: count), verdict)
    }

    /// Meters that the message says to hang at a point, as far as they ever hung elsewhere; by their index.
    var homes: [Int32: NamedHome] = [:]
    /// One register of each of its meters, if the sender told its time: what rule A4 speaks of.
    var clockedRegisters: [RegisterEntry] = []
    /// The counts that are not zero.
    var tallies: [(commodity: Commodity?, tally: Tally)] {
        ([nil] + Commodity.allCases.map(Optional.some)).map { ($0, counts[IngestMessage.place(of: $0)]) }.filter { !$0.1.isEmpty }
    }

    private static func place(of commodity: Commodity?) -> Int {
        switch commodity {
        case .electricity: 0
        case .gas: 1
        case .water: 2
        case .heat: 3
        case nil: 4
        }
    }

    /// Made when the first item is refused.
    private var locator: ReadingBatch.Locate?

    /// Beyond this many errors only their values are counted, with the last one told: the parser's limit, too.
    private static let faultLimit = 10_000

    private func reject(
        _ list: String, _ index: Int32, _ member: String, _ code: ItemFault.Code, _ message: String, values: Int, _ commodity: Commodity?
    ) {
        count(.rejected, values, commodity)
        receipt.rejected += values
        if receipt.errors.count >= IngestMessage.faultLimit {
            receipt.errors[receipt.errors.count - 1].values += values
            return
        }
        if locator == nil { locator = batch.locate?() }
        if let place = locator?(list, index, member) {
            receipt.errors.append(
                ItemFault(
                    index: place.index, path: place.path, code: code, message: "\(place.words): \(message)", values: values,
                    place: place.place))
            return
        }
        receipt.errors.append(
            ItemFault(index: Int(index), path: "/\(list)/\(index)/\(member)", code: code, message: message, values: values))
    }

    /// Makes what the parser could not understand part of the answer; before anything else is refused.
    func takeFaults() {
        receipt.errors = batch.faults
        let values = batch.faults.reduce(0) { $0 + $1.values }
        receipt.rejected += values
        count(.rejected, values, nil)
    }

    /// Who reads the answer may see nothing of the message but a place in it: the meter that nobody knows is named.
    private func told(_ refusal: Refusal, _ meter: Int32) -> String {
        refusal.code == .unknownMeter ? unknownMeter(meter) : refusal.message
    }
    private func unknownMeter(_ meter: Int32) -> String {
        "no meter has the serial \(batch.meters[Int(meter)].prefix(64)); import it with the master data"
    }

    /// Splits register readings into those that may be stored, handed to `take`, and the refused.
    func admitRegisters(
        _ meters: [MeterEntry?], now: Instant, today: Day, take: (RegisterEntry, IncomingReading) -> Void
    ) {
        // Items of one meter and code tend to stand together.
        var last: (meter: Int32, obis: ObisCode, entry: RegisterEntry?)?
        for item in batch.registers {
            let meter = meters[Int(item.meter)]
            let entry: RegisterEntry?
            if let last, last.meter == item.meter, last.obis == item.obis {
                entry = last.entry
            } else {
                entry = meter?.register(item.obis)
                last = (item.meter, item.obis, entry)
            }
            if let wanted, !wanted.contains(reading: item.index) {
                repeats(1, entry?.register.commodity)
                continue
            }
            if let refusal = Admission.refusal(
                of: item, meterIsKnown: meter != nil, register: entry?.register, now: now,
                parameters: entry?.parameters(on: today) ?? .init())
            {
                refused.insert(reading: item.index)
                reject(
                    "registers", item.index, refusal.code.member(instant: "at"), refusal.code, told(refusal, item.meter), values: 1,
                    entry?.register.commodity)
                continue
            }
            guard let entry else { continue }
            if let home = homes[item.meter], !entry.register.hangs(at: home.point, reading: item.at) {
                refused.insert(reading: item.index)
                reject("registers", item.index, "meter", .wrongPoint, home.words(entry, at: item.at), values: 1, entry.register.commodity)
                continue
            }
            var micro = item.micro
            if item.unit != entry.register.unit, let converted = try? item.unit.convert(micro: micro, to: entry.register.unit) {
                micro = converted
            }
            take(entry, IncomingReading(at: item.at, micro: micro, status: item.status, method: item.method, reason: item.reason))
        }
    }

    /// Splits intervals into pieces within one local day, handed to `take`, and the refused.
    func admitIntervals(
        _ meters: [MeterEntry?], now: Instant, today: Day, take: (RegisterEntry, Day, IncomingPiece) -> Void
    ) {
        for item in batch.intervals {
            let meter = meters[Int(item.meter)]
            let place = item.slots.lowerBound
            guard let wanted else {
                admit(item, place, meter, now: now, today: today, take)
                continue
            }
            let commodity = meter?.register(item.obis)?.register.commodity
            var next = place
            for run in wanted.runs(of: item.slots) {
                repeats(sent(next..<run.lowerBound), commodity)
                next = run.upperBound
                var part = item
                part.start = item.begin(of: run.lowerBound - place)
                part.slots = run
                admit(part, place, meter, now: now, today: today, take)
            }
            repeats(sent(next..<item.slots.upperBound), commodity)
        }
    }

    /// - Parameter origin: where the item begins in the columns, of which this may be a part.
    private func admit(
        _ item: ReadingBatch.IntervalItem, _ origin: Int, _ meter: MeterEntry?, now: Instant, today: Day,
        _ take: (RegisterEntry, Day, IncomingPiece) -> Void
    ) {
        let entry = meter?.register(item.obis)
        let commodity = entry?.register.commodity
        if let refusal = Admission.refusal(
            of: item, meterIsKnown: meter != nil, register: entry?.register, now: now,
            parameters: entry?.parameters(on: today) ?? .init())
        {
            refused.insert(slots: item.slots)
            reject(
                "intervals", item.index, refusal.code.member(instant: "start"), refusal.code, told(refusal, item.meter),
                values: sent(item.slots), commodity)
            return
        }
        guard let entry, let resolution = entry.register.resolution else { return }
        let admitted = Admission.admittedSlots(of: item, now: now, parameters: entry.parameters(on: today))
        let ahead = item.slots.dropFirst(admitted)
        let late = sent(ahead)
        if late > 0 {
            refused.insert(slots: ahead.startIndex..<ahead.endIndex)
            reject(
                "intervals", item.index, "values/\(ahead.startIndex - origin)", .future, "more than 24 hours ahead from here on",
                values: late, commodity)
        }
        if item.unit != entry.register.unit { convert(item, to: entry.register) }
        var day = LocalTime.berlin.day(of: item.start)
        var slot = resolution.slot(at: item.start, of: day) ?? 0
        var rest = item.slots.prefix(admitted)
        while !rest.isEmpty {
            let count = min(rest.count, resolution.slots(of: day) - slot)
            let piece = rest.prefix(count)
            admit(IncomingPiece(firstSlot: slot, range: piece.startIndex..<piece.endIndex), item, origin, entry, resolution, day, take)
            rest = rest.dropFirst(count)
            day = day.adding(days: 1)
            slot = 0
        }
    }

    /// Leaves out the slots at which the meter did not hang.
    private func admit(
        _ piece: IncomingPiece, _ item: ReadingBatch.IntervalItem, _ origin: Int, _ entry: RegisterEntry, _ resolution: Resolution,
        _ day: Day, _ take: (RegisterEntry, Day, IncomingPiece) -> Void
    ) {
        let first = resolution.start(of: piece.firstSlot, of: day)
        let last = resolution.start(of: piece.firstSlot + piece.range.count - 1, of: day)
        if let home = homes[item.meter], entry.holdsSlot(at: first), !entry.register.hangs(at: home.point, slot: first) {
            refused.insert(slots: piece.range)
            return reject(
                "intervals", item.index, "meter", .wrongPoint, home.words(entry, at: first), values: sent(piece.range),
                entry.register.commodity)
        }
        if entry.holdsSlot(at: first), entry.holdsSlot(at: last) { return take(entry, day, piece) }
        var held = 0
        var outside = 0
        var firstOutside = piece.range.lowerBound
        for place in piece.range where batch.statuses[place] != ValueStatus.absent.rawValue {
            let slot = piece.firstSlot + place - piece.range.lowerBound
            if entry.holdsSlot(at: resolution.start(of: slot, of: day)) {
                held += 1
            } else {
                if outside == 0 { firstOutside = place }
                refused.insert(slots: place..<place + 1)
                outside += 1
            }
        }
        guard outside > 0 else { return take(entry, day, piece) }
        reject(
            "intervals", item.index, "values/\(firstOutside - origin)", .notInstalled,
            "meter \(entry.register.serial) is not installed at any metering point here", values: outside, entry.register.commodity)
        guard held > 0 else { return }
        // Installations begin and end with days, so that this happens at most in daily series.
        for place in piece.range {
            let slot = piece.firstSlot + place - piece.range.lowerBound
            guard entry.holdsSlot(at: resolution.start(of: slot, of: day)) else { continue }
            take(entry, day, IncomingPiece(firstSlot: slot, range: place..<place + 1))
        }
    }

    /// Splits reports into those of known meters, handed to `take`, and the refused. They are no values and count nowhere.
    func admitReports(_ meters: [MeterEntry?], take: (MeterEntry, DeviceReport) -> Void) {
        var named: Set<Int32>?
        for report in batch.reports {
            guard let meter = meters[Int(report.meter)], !meter.registers.isEmpty else {
                // Where values of the same meter were sent, they say so already.
                let values = named ?? Set(batch.registers.map(\.meter)).union(batch.intervals.map(\.meter))
                named = values
                if values.contains(report.meter) { continue }
                reject(
                    "reports", report.index, "meter", .unknownMeter, unknownMeter(report.meter), values: 0, nil)
                continue
            }
            if let home = homes[report.meter], let entry = meter.registers.first, entry.holdsReading(at: report.at),
                !entry.register.hangs(at: home.point, reading: report.at)
            {
                let values = named ?? Set(batch.registers.map(\.meter)).union(batch.intervals.map(\.meter))
                named = values
                if values.contains(report.meter) { continue }
                reject("reports", report.index, "meter", .wrongPoint, home.words(entry, at: report.at), values: 0, nil)
                continue
            }
            take(meter, report)
        }
    }

    private func convert(_ item: ReadingBatch.IntervalItem, to register: Register) {
        for place in item.slots {
            // What does not fit stays as it was sent and then fails the physical ceiling.
            if let converted = try? item.unit.convert(micro: values[place], to: register.unit) { values[place] = converted }
        }
    }

    private func sent(_ slots: some Sequence<Int>) -> Int {
        slots.reduce(0) { $0 + (batch.statuses[$1] == ValueStatus.absent.rawValue ? 0 : 1) }
    }
}

extension ItemFault.Code {
    /// The member of an item that a refusal speaks of.
    fileprivate func member(instant: String) -> String {
        switch self {
        case .unknownMeter, .unknownPoint, .wrongPoint: "meter"
        case .unknownRegister, .noObis, .ambiguousRegister: "obis"
        case .wrongUnit: "unit"
        case .notInstalled, .future, .noOffset, .badTime, .offRaster: instant
        case .badResolution: "resolution"
        case .badStatus: "status"
        case .badNumber, .tooManyDigits, .negativeReading, .missingMember, .badMember, .unreadableMessage, .nothingToWithdraw: "value"
        }
    }
}

/// A register reading that may be stored.
struct IncomingReading {
    let at: Instant
    /// In the register's unit.
    let micro: Int64
    let status: ValueStatus
    /// As its sender said.
    var method: UInt8 = 0
    var reason: UInt8 = 0
    var message = 0
}

/// Consecutive slots of one local day that may be stored.
struct IncomingPiece {
    let firstSlot: Int
    /// Where its slots lie in the message's columns.
    let range: Range<Int>
    var message = 0
}
