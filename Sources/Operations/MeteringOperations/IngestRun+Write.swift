internal import JSON
internal import Metering
internal import Postgres
internal import VEE
internal import Values

extension IngestRun {
    /// Step 7: the values, in a handful of statements. Deliveries and findings follow when their counts are final.
    func write() throws {
        try connection.insert(blocks, knownSince: now)
        try connection.insert(readings, knownSince: now)
    }

    /// Registers before intervals, then by place: as the sender would look for them.
    private static func isBefore(_ left: ItemFault, _ right: ItemFault) -> Bool {
        let (first, second) = (left.path.hasPrefix("/registers"), right.path.hasPrefix("/registers"))
        return first == second ? left.index < right.index : first
    }

    /// The deliveries with their counts, once these are final.
    /// - Returns: the counter of `reading_epoch` that this transaction raises when it writes values.
    func writeDeliveries() throws -> (slot: Int, epoch: Int64) {
        // The same message again changes nothing, not even the archive; that it came is noted.
        var stored: [IngestMessage] = []
        var repeated: [Identifier<Delivery>] = []
        for message in messages {
            let takes = message.receipt.accepted + message.receipt.revised > 0 || message.keepsReports
            if let original = message.original, message.isRepetition || !takes {
                repeated.append(original)
            } else {
                stored.append(message)
            }
        }
        if !repeated.isEmpty {
            try connection.execute(
                "INSERT INTO delivery_repeat (delivery_id, received_at) SELECT id, \(now) FROM unnest(\(repeated)) AS r (id)")
        }
        for message in messages { message.receipt.errors.sort(by: IngestRun.isBefore) }
        var statements: [SQL] = []
        if !stored.isEmpty {
            let parcels = stored.map(\.parcel)
            let receipts = stored.map(\.receipt)
            // What is withdrawn is looked up anew each time: its places are none of the message's.
            let taken = stored.map { reason == .withdrawn ? nil : $0.taken?.text }
            let tallies = stored.flatMap { message in message.tallies.map { (message.delivery, $0.commodity, $0.tally) } }
            statements = [
                """
                INSERT INTO delivery (id, source, message_id, received_at, format, content_hash, body, body_length,
                    accepted, duplicates, revised, rejected, findings, quarantine, taken)
                OVERRIDING SYSTEM VALUE
                SELECT id, source, message_id, \(now), format, content_hash, body, body_length, accepted, duplicates, revised, rejected, findings, quarantine::jsonb, taken::int8multirange
                FROM unnest(\(stored.map(\.delivery)), \(parcels.map(\.batch.source)), \(parcels.map(\.batch.messageId)), \(parcels.map(\.format)),
                    \(parcels.map(\.hash)), \(parcels.map(\.compressed)), \(parcels.map { Int64($0.length) }),
                    \(receipts.map { Int32(clamping: $0.accepted) }), \(receipts.map { Int32(clamping: $0.duplicates) }),
                    \(receipts.map { Int32(clamping: $0.revised) }), \(receipts.map { Int32(clamping: $0.rejected) }),
                    \(receipts.map { Int32(clamping: $0.findings) }), \(receipts.map { IngestRun.quarantine($0.errors) }), \(taken))
                    AS d (id, source, message_id, format, content_hash, body, body_length, accepted, duplicates, revised, rejected, findings, quarantine, taken)
                """,
                """
                INSERT INTO delivery_tally (delivery_id, commodity, accepted, duplicates, revised, rejected)
                SELECT * FROM unnest(\(tallies.map(\.0)), \(tallies.map { $0.1?.rawValue ?? "unknown" }), \(tallies.map(\.2.accepted)),
                    \(tallies.map(\.2.duplicates)), \(tallies.map(\.2.revised)), \(tallies.map(\.2.rejected)))
                """,
            ]
        }
        statements.append("SELECT slot, epoch FROM reading_epoch WHERE slot = pg_backend_pid() & 31")
        guard let row = try connection.pipeline(statements).last?.first else { return (-1, 0) }
        let slot: Int32 = try row.get(0)
        return (Int(slot), try row.get(1))
    }

    private static func quarantine(_ faults: [ItemFault]) -> String? {
        guard !faults.isEmpty else { return nil }
        var writer = JSONWriter(reservingCapacity: faults.count * 128)
        writer.array { writer in
            for fault in faults {
                writer.object { writer in
                    writer.member("index", fault.index)
                    writer.member("path", fault.path)
                    writer.member("code", fault.code.rawValue)
                    writer.member("message", fault.message)
                    writer.member("values", fault.values)
                }
            }
        }
        return writer.text
    }
}

extension Connection {
    func insert(_ readings: [NewReading], knownSince: Instant) throws {
        guard !readings.isEmpty else { return }
        let columns = ["register_id", "at", "known_since", "delivery_id", "value_micro", "version", "status", "method", "reason", "author"]
        try copyIn("register_reading", columns: columns) { copy in
            for reading in readings {
                try copy.row { row in
                    row.append(reading.register)
                    row.append(reading.at)
                    row.append(knownSince)
                    if let delivery = reading.delivery { row.append(delivery.number) } else { row.appendNull() }
                    row.append(reading.micro)
                    row.append(reading.version)
                    row.append(Int16(reading.mark.status.rawValue))
                    row.append(Int16(reading.mark.method))
                    row.append(Int16(reading.mark.reason))
                    row.append(reading.author)
                }
            }
        }
        try ReadingJournal(readings).write(knownSince: knownSince, in: self)
    }

    /// A finding that is open already is not opened twice, but says what is true now.
    /// - Returns: how many were not open before.
    @discardableResult
    func insert(_ drafts: [FindingDraft], now: Instant) throws -> Int {
        guard !drafts.isEmpty else { return 0 }
        struct Key: Hashable {
            let rule: String
            let register: Identifier<Register>?
            let from: Instant
            let until: Instant
            let alarm: String
        }
        // One statement cannot touch a row twice; of equal findings the last one speaks.
        var places: [Key: Int] = [:]
        var findings: [FindingDraft] = []
        for draft in drafts {
            let key = Key(
                rule: draft.finding.rule, register: draft.register, from: draft.finding.from, until: draft.finding.until,
                alarm: draft.finding.alarm)
            if draft.register != nil, let place = places.updateValue(findings.count, forKey: key) {
                places[key] = place
                findings[place] = draft
            } else {
                findings.append(draft)
            }
        }
        let rows = try query(
            """
            INSERT INTO finding (rule, severity, metering_point_id, register_id, from_at, until_at, inputs, threshold, explanation, delivery_id, created_at, proposal,
                state, resolved_at, resolved_by, resolution)
            SELECT rule, severity, point, register, from_at, until_at, inputs::jsonb, threshold, explanation, delivery, \(now), proposal,
                CASE WHEN settled THEN 'resolved' ELSE 'open' END, CASE WHEN settled THEN \(now)::timestamptz END,
                CASE WHEN settled THEN 'system' END, CASE WHEN settled THEN 'Zur Kenntnis' END
            FROM unnest(\(findings.map(\.finding.rule)), \(findings.map(\.finding.severity.rawValue)), \(findings.map { $0.point?.number }),
                \(findings.map { $0.register?.number }), \(findings.map(\.finding.from)), \(findings.map(\.finding.until)),
                \(findings.map { Connection.json($0.finding.inputs) }), \(findings.map(\.finding.threshold)), \(findings.map(\.finding.explanation)),
                \(findings.map { $0.message?.delivery.number }), \(findings.map { Proposal.of(rule: $0.finding.rule).rawValue }), \(findings.map(\.isSettled)))
                AS f (rule, severity, point, register, from_at, until_at, inputs, threshold, explanation, delivery, proposal, settled)
            ON CONFLICT (rule, register_id, from_at, until_at, alarm) WHERE state = 'open' DO UPDATE
            SET severity = excluded.severity, inputs = excluded.inputs, threshold = excluded.threshold, explanation = excluded.explanation,
                delivery_id = coalesce(excluded.delivery_id, finding.delivery_id)
            RETURNING xmax = 0
            """)
        return try rows.reduce(0) { $0 + (try $1.get(0, as: Bool.self) ? 1 : 0) }
    }

    static func json(_ inputs: [Finding.Input]) -> String {
        var writer = JSONWriter()
        writer.array { writer in
            for input in inputs {
                writer.object { writer in
                    writer.member("name", input.name)
                    writer.member("value", input.value)
                }
            }
        }
        return writer.text
    }
}
