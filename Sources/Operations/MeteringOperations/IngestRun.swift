internal import Metering
internal import Postgres
internal import ReadingFormats
internal import VEE
internal import Values

/// One transaction of the ingest, step by step. Lives on the connection's thread from BEGIN to COMMIT.
final class IngestRun {
    let connection: Connection
    let now: Instant
    let today: Day
    /// What is said beside each value stored: an exchange says so.
    let reason: EstimationReason
    let messages: [IngestMessage]
    /// Intervals by register and local day, readings by register: in the order of first appearance.
    var days: [DayWork] = []
    var registers: [RegisterWork] = []
    var blocks: [NewBlock] = []
    var readings: [NewReading] = []
    var findings: [FindingDraft] = []
    /// Spans between register readings that a new reading closed.
    var spans: [CloseSpan] = []
    /// What the total and tariff registers of a meter counted.
    var advances: [RegisterAdvance] = []
    /// What devices said beside their values.
    var reports: [IncomingReport] = []
    /// Channels whose gaps, estimates or sums are to be looked at again, with the days that were touched.
    var unsettled: [Int64: UnsettledChannel] = [:]
    /// Channels of which something stands 52 weeks later that may have been made of the touched days.
    var echoes: [Int64: UnsettledChannel] = [:]
    /// Registers of which a reading changed, or came between others: their neighbours are judged again.
    var unsettledRegisters: [Int64: UnsettledRegister] = [:]
    /// How many readings of a register were found to fall: what goes on as one finding counts in each answer.
    var fallen: [Int64: Int] = [:]
    /// Channels of pipes through which something flowed oddly, or of which something was corrected.
    var unsettledFlows: [Int64: UnsettledChannel] = [:]
    /// Totals of which a tariff register, or they themselves, were read or changed alone.
    var unsettledTariffs: [Int64: UnsettledRegister] = [:]
    /// What the directory remembers of the ends of series, and what it will be told when this run is durable.
    var ends = SeriesEnds()
    var visit: SeriesEnds.Visit?
    var lesson = SeriesEnds.Lesson()

    init(
        _ parcels: [IngestReadings.Parcel], now: Instant, reason: EstimationReason, connection: Connection
    ) {
        self.connection = connection
        self.now = now
        today = LocalTime.berlin.day(of: now)
        self.reason = reason
        messages = parcels.map { IngestMessage($0) }
    }

    /// Steps 2 and 3: what was here before, who the meters are, what cannot be stored; and the pieces of the rest.
    func resolve(with directory: MeterDirectory) throws {
        let sources = messages.map(\.batch.source)
        let ids = messages.map(\.batch.messageId)
        let answers = try connection.pipeline([
            // Everything below walks down keys. Without this, plans made while the tables were small would read them whole
            // when they are not, until somebody analyses them; and a thousand serials would be looked for, each, in what the
            // search index for parts of serials has not sorted in yet (measured: 150 ms a message after a large import).
            """
            SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
                set_config('enable_mergejoin', 'off', true), set_config('enable_bitmapscan', 'off', true)
            """,
            "SELECT version, (SELECT array_agg(epoch ORDER BY slot) FROM reading_epoch) FROM master_data_version",
            """
            SELECT d.source, d.message_id, d.content_hash, d.accepted + d.duplicates + d.revised, d.id,
                d.quarantine IS NULL AND d.taken IS NULL, d.taken::text
            FROM unnest(\(sources), \(ids)) AS w (source, message_id)
            CROSS JOIN LATERAL (SELECT * FROM delivery d WHERE d.source = w.source AND d.message_id = w.message_id
                AND NOT EXISTS (SELECT FROM delivery_cancellation c WHERE c.delivery_id = d.id
                    AND NOT EXISTS (SELECT FROM edit u WHERE u.undoes = c.edit_id)) OFFSET 0) d ORDER BY d.id
            """,
            "SELECT nextval(pg_get_serial_sequence('delivery', 'id')) FROM generate_series(1, \(messages.count))",
        ])
        let version: Int64 = try answers[1][0].get(0)
        ends = directory.ends
        visit = ends.visit(epochs: try answers[1][0].get(1))
        try recognise(answers[2])
        for (message, row) in zip(messages, answers[3]) { message.delivery = try row.get(0) }

        var places: [DayKey: Int] = [:]
        var registerPlaces: [Int64: Int] = [:]
        registerPlaces.reserveCapacity(messages.reduce(0) { $0 + min($1.batch.registers.count, $1.batch.meters.count * 4) })
        for (number, message) in messages.enumerated() where !message.isRepetition {
            let entries = try directory.meters(message.batch.meters, version: version, in: connection)
            message.takeFaults()
            if !message.batch.points.isEmpty { message.homes = try homes(of: message.batch, entries, directory, version) }
            if message.batch.deviceTime != nil { message.clockedRegisters = entries.compactMap { $0?.registers.first } }
            message.admitRegisters(entries, now: now, today: today) { entry, reading in
                var reading = reading
                reading.message = number
                if let place = registerPlaces[entry.id] {
                    registers[place].more.append(reading)
                } else {
                    registerPlaces[entry.id] = registers.count
                    registers.append(RegisterWork(entry, reading))
                }
            }
            message.admitIntervals(entries, now: now, today: today) { entry, day, piece in
                let key = DayKey(register: entry.id, day: day)
                let place = places[key] ?? days.count
                if place == days.count {
                    days.append(DayWork(entry, day: day))
                    places[key] = place
                }
                var piece = piece
                piece.message = number
                days[place].pieces.append(piece)
            }
            if !message.batch.reports.isEmpty {
                message.admitReports(entries) { reports.append(.init(meter: $0, report: $1, message: number)) }
            }
        }
    }

    /// The points that a message names beside serials, of meters that ever hung elsewhere: the others need no look. A code that nobody
    /// knows here (the Marktlokation of a Messlokation, a sender's own) says nothing against a serial that is known.
    private func homes(
        of batch: ReadingBatch, _ entries: [MeterEntry?], _ directory: MeterDirectory, _ version: Int64
    ) throws -> [Int32: NamedHome] {
        let known = try directory.points(Array(Set(batch.points.values)), version: version, in: connection)
        var homes: [Int32: (point: Identifier<MeteringPoint>, code: String, others: Set<Identifier<MeteringPoint>>)] = [:]
        for (index, code) in batch.points {
            guard let point = known[code], let entry = entries[Int(index)]?.registers.first else { continue }
            let points = Set(entry.register.installations.entries.map(\.value))
            if points != [point] { homes[index] = (point, code, points) }
        }
        guard !homes.isEmpty else { return [:] }
        let others = homes.values.reduce(into: Set()) { $0.formUnion($1.others) }
        var codes: [Identifier<MeteringPoint>: String] = [:]
        for row in try connection.query("SELECT id, code FROM metering_point WHERE id = ANY(\(others.map(\.number)))") {
            codes[try row.get(0)] = try row.get(1)
        }
        return homes.mapValues { NamedHome(point: $0.point, code: $0.code, codes: codes) }
    }

    /// A message that was here with the same content and had nothing quarantined is answered from its row: all duplicates.
    ///
    /// Of any other only what was quarantined is looked at again, because it may have been mended since: a meter imported late.
    /// What was taken the first time is not taken again: somebody may have corrected it since.
    private func recognise(_ rows: Rows) throws {
        for row in rows {
            let source: String = try row.get(0)
            let id: String = try row.get(1)
            let hash: [UInt8] = try row.get(2)
            for message in messages where message.batch.source == source && message.batch.messageId == id {
                if message.parcel.hash != hash {
                    message.isReused = true
                    continue
                }
                message.original = try row.get(4)
                guard try row.get(5) else {
                    if let taken = try row.get(6, as: String?.self).flatMap(BatchPlaces.init) { message.leave(taken) }
                    continue
                }
                guard !message.isRepetition else { continue }
                message.isRepetition = true
                let known: Int32 = try row.get(3)
                message.receipt.duplicates = Int(known)
            }
        }
        // The same bytes as before are no reuse of the number, whatever came in between.
        for message in messages where message.isReused && message.original == nil { findings.append(reuse(of: message)) }
    }

    private func reuse(of message: IngestMessage) -> FindingDraft {
        let rule = RuleCatalog.messageIdReused
        message.receipt.findings += 1
        return FindingDraft(
            finding: Finding(
                rule: rule.name, severity: rule.severity, from: now, until: now,
                inputs: [.init("source", message.batch.source), .init("messageId", message.batch.messageId)],
                threshold: "one content per message number",
                explanation:
                    "Die Quelle \(message.batch.source) hat die Nachrichtennummer \(message.batch.messageId) mit anderem Inhalt erneut "
                    + "verwendet. Die Nachricht wurde nach ihrem Inhalt verarbeitet."),
            register: nil, point: nil, message: message)
    }

    /// Notes what a rule said about a register's values.
    func note(_ found: [Finding], _ entry: RegisterEntry, _ message: IngestMessage?) {
        for finding in found {
            message?.receipt.findings += 1
            findings.append(
                FindingDraft(finding: finding, register: entry.register.id, point: entry.point(at: finding.from), message: message))
        }
    }

    /// Writes the deliveries with their final counts; the receipts, in the order of the messages.
    func finish() throws -> [DeliveryReceipt] {
        let raised = try writeDeliveries()
        if let visit {
            lesson.unclear = Array(unsettledRegisters.keys)
            // An estimate may have been made of them, or taken back.
            for channel in unsettled.keys {
                lesson.channels.append((channel, nil))
                lesson.clean.append((channel, nil))
            }
            // Estimates follow from values that were written; without those nothing was.
            let wrote = !blocks.isEmpty || !readings.isEmpty
            connection.afterCommit { [ends, lesson] in ends.learn(lesson, from: visit, raised: wrote ? raised : nil) }
        }
        connection.afterCommit { [messages] in
            for message in messages {
                guard let part = message.parcel.part else { continue }
                for delivery in [message.original, message.delivery].compactMap(\.self) { part.parts.add(delivery.number, to: part.whole) }
            }
        }
        return messages.map(\.receipt)
    }
}

/// A register's local day.
struct DayKey: Hashable {
    let register: Int64
    let day: Day
}

/// A finding on its way to the table.
struct FindingDraft {
    let finding: Finding
    let register: Identifier<Register>?
    let point: Identifier<MeteringPoint>?
    let message: IngestMessage?
    /// For information: nobody has to do anything, so it never lies on the worklist.
    var isSettled = false
}

/// A channel to be looked at again once everything is written.
struct UnsettledChannel {
    let entry: RegisterEntry
    /// The days that were touched, as far as they reach.
    var first: Day
    var last: Day
    /// The message that touched it first; its receipt counts what is found.
    let message: IngestMessage?

    mutating func touch(_ day: Day) {
        first = min(first, day)
        last = max(last, day)
    }
}

/// A register of which readings were touched.
struct UnsettledRegister {
    let entry: RegisterEntry
    var first: Instant
    var last: Instant
    let message: IngestMessage?

    mutating func touch(_ at: Instant) {
        first = min(first, at)
        last = max(last, at)
    }
}

extension IngestRun {
    func unsettle(_ entry: RegisterEntry, _ day: Day, by message: Int?) {
        let message = message.map { messages[$0] }
        unsettled[entry.id, default: UnsettledChannel(entry: entry, first: day, last: day, message: message)].touch(day)
    }
    func unsettleFlow(_ entry: RegisterEntry, _ day: Day, by message: Int) {
        unsettledFlows[entry.id, default: UnsettledChannel(entry: entry, first: day, last: day, message: messages[message])].touch(day)
    }
    func echo(_ entry: RegisterEntry, _ day: Day, by message: Int?) {
        let message = message.map { messages[$0] }
        echoes[entry.id, default: UnsettledChannel(entry: entry, first: day, last: day, message: message)].touch(day)
    }
    func unsettle(_ entry: RegisterEntry, _ at: Instant, by message: Int) {
        unsettledRegisters[entry.id, default: UnsettledRegister(entry: entry, first: at, last: at, message: messages[message])].touch(at)
    }
}
