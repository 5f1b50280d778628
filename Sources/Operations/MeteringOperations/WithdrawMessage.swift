internal import Compression
internal import JSON
internal import MarketFormats
internal import Metering
internal import Postgres
internal import ReadingFormats
internal import VEE
internal import Values

/// Takes back what an earlier message said (MSCONS Storno, CIM cancel): of each of its values that still holds, what the message before
/// it said holds again, as a new version; where none said anything, the value gets a version with the status rejected. The history stays,
/// and what is around is judged and estimated again, as after any delivery.
///
/// It is a message of its sender, who says that there is no value; `CancelDelivery` is what our own staff does, after which a
/// delivery counts as never received. A value that another message has corrected since is that message's and stays. A withdrawal that finds nothing is kept and
/// counts as one rejected value: it is tried again when it is sent again, and by itself when the message it names arrives
/// (``WakeWithdrawals``).
struct WithdrawMessage: Sendable {
    private let ingest: IngestReadings
    init(_ ingest: IngestReadings) { self.ingest = ingest }

    func callAsFunction(
        _ withdrawal: Withdrawal, points: PointResolution, body: [UInt8], format: String, now: Instant
    ) async throws -> DeliveryReceipt {
        let directory = ingest.directory
        // Deliveries and edits of these meters wait, as they wait for each other; what is withdrawn is looked for again behind the gate.
        let meters = try await ingest.pool.transaction(readOnly: true) { try $0.withdrawn(by: withdrawal, points: points).meters }
        return try await directory.gate.pass(Set(meters)) {
            try await withdraw(withdrawal, points: points, body: body, format: format, now: now)
        }
    }

    private func withdraw(
        _ withdrawal: Withdrawal, points: PointResolution, body: [UInt8], format: String, now: Instant
    ) async throws -> DeliveryReceipt {
        let directory = ingest.directory
        return try await ingest.pool.transaction(retries: VersionCollision.retries) { connection in
            var batch = try connection.withdrawn(by: withdrawal, points: points)
            let isEarly = batch.registers.isEmpty && batch.intervals.isEmpty
            if isEarly {
                let isPeriodMissing = withdrawal.scopes.contains { $0.from == nil || $0.until == nil }
                batch.faults.append(
                    ItemFault(
                        index: 0, path: "", code: .nothingToWithdraw,
                        message: withdrawal.withdraws.isEmpty || !isPeriodMissing && !withdrawal.scopes.isEmpty
                            ? "none of the named values is known; name meter, register and times as they were sent"
                            : "no message \(withdrawal.withdraws.prefix(64)) of \(withdrawal.source.prefix(64)) holds a value here; send it again when that has arrived",
                        values: 1))
            }
            let parcel = IngestReadings.Parcel(batch: batch, body: body, format: format)
            let receipts = try IngestReadings.run([parcel], directory: directory, now: now, reason: .withdrawn, in: connection)
            try connection.keepWithdrawal(withdrawal)
            try connection.keepWaiting(withdrawal, isEarly: isEarly)
            return receipts.first ?? DeliveryReceipt(messageId: withdrawal.messageId)
        }
    }
}

/// A stretch of one register.
private struct Reach {
    var register: Register
    var from: Instant
    var until: Instant
}

extension Connection {
    /// The values that a withdrawal takes back, as a message that says they are rejected.
    fileprivate func withdrawn(by withdrawal: Withdrawal, points: PointResolution) throws -> ReadingBatch {
        var batch = ReadingBatch(messageId: withdrawal.messageId, source: withdrawal.source)
        let originals = withdrawal.withdraws.isEmpty ? [] : try deliveries(withdrawal.withdraws, of: withdrawal.source)
        var reaches: [Reach] = []
        if originals.isEmpty {
            reaches = try self.reaches(withdrawal.scopes, points)
        } else {
            for original in originals { reaches += try self.reaches(original) }
        }
        var done: Set<Int64> = []
        for reach in reaches.sorted(by: { $0.register.id < $1.register.id }) where done.insert(reach.register.id.number).inserted {
            let same = reaches.filter { $0.register.id == reach.register.id }
            guard let from = same.map(\.from).min(), let until = same.map(\.until).max() else { continue }
            // Of the messages named, or of anybody where values are named; then only where they are named.
            let ids = originals.isEmpty ? nil : Set(originals.map(\.id.number))
            let values = WithdrawnValues(register: reach.register, deliveries: ids) { at in
                ids != nil || same.contains { $0.from <= at && at < $0.until }
            }
            if reach.register.resolution == nil {
                try values.addReadings(from, until, to: &batch, in: self)
            } else {
                try values.addSlots(from, until, to: &batch, in: self)
            }
        }
        return batch
    }

    private struct Original {
        let id: Identifier<Delivery>
        let format: String
        let body: [UInt8]
    }

    /// The deliveries under a number; of a large file, its pieces.
    private func deliveries(_ message: String, of source: String) throws -> [Original] {
        func read(_ condition: SQL) throws -> [Original] {
            try query(
                "SELECT id, format, body, body_length FROM delivery WHERE source = \(source) AND body IS NOT NULL AND \(condition) ORDER BY id"
            ).map {
                row in
                let length: Int64 = try row.get(3)
                return Original(
                    id: try row.get(0), format: try row.get(1), body: try Deflate.decompress(try row.get(2), limit: Int(clamping: length)))
            }
        }
        let whole = try read("message_id = \(message)")
        return whole.isEmpty ? try read("starts_with(message_id, \(message + "#"))") : whole
    }

    /// Where the values of a stored message lie: it is read again, as it was when it came.
    private func reaches(_ original: Original) throws -> [Reach] {
        let origin = MarketOrigin(messageId: "", source: "", receivedAt: Instant(microseconds: 0))
        var batches: [ReadingBatch] = []
        if let format = MarketFormat(rawValue: original.format) {
            let readings = try format.parse(original.body, origin: origin).readings
            let codes = Set(
                readings.flatMap { message in
                    message.batch.meters.filter { $0.hasPrefix("@") }.map { String($0.dropFirst()) } + message.untaken.map(\.origin.point)
                })
            let points = PointResolution(points: try measuringPoints(codes.filter { !$0.isEmpty && !$0.utf8.contains(0) }.sorted()))
            batches = readings.map { points.batch(of: $0) }
        } else if let format = ReadingFormat(rawValue: original.format), format == .json || format == .csv {
            batches = [try format.parse(original.body, origin: .init(messageId: "", source: ""))]
        }
        var reaches: [Reach] = []
        for batch in batches {
            let registers = try registers(ofMeters: meterIds(ofSerials: batch.meters).map(\.id))
            func register(_ meter: Int32, _ obis: ObisCode) -> Register? {
                registers.first { $0.serial == batch.meters[Int(meter)] && $0.obis == obis }
            }
            for item in batch.registers {
                guard let register = register(item.meter, item.obis) else { continue }
                reaches.append(Reach(register: register, from: item.at, until: Instant(microseconds: item.at.microseconds + 1)))
            }
            for item in batch.intervals {
                guard let register = register(item.meter, item.obis) else { continue }
                let end = item.resolution.instant(item.slots.count, after: item.start)
                reaches.append(Reach(register: register, from: item.start, until: end))
            }
        }
        return reaches
    }

    /// Where the values lie that a withdrawal names itself. Without begin and end it names nothing: nobody withdraws a life's
    /// readings by leaving a date out.
    private func reaches(_ scopes: [Withdrawal.Scope], _ points: PointResolution) throws -> [Reach] {
        var reaches: [Reach] = []
        let serials = scopes.map(\.meter).filter { !$0.hasPrefix("@") && !$0.utf8.contains(0) }
        let registers = serials.isEmpty ? [] : try registers(ofMeters: meterIds(ofSerials: serials).map(\.id))
        for scope in scopes {
            guard let from = scope.from, let until = scope.until, from < until else { continue }
            if scope.meter.hasPrefix("@") {
                for span in points.spans(of: String(scope.meter.dropFirst()), where: { scope.obis == nil || $0.obis == scope.obis })
                where span.from < until && from <= span.until {
                    reaches.append(Reach(register: span.register, from: max(from, span.from), until: min(until, span.until)))
                }
            } else {
                for register in registers where register.serial == scope.meter && (scope.obis == nil || register.obis == scope.obis) {
                    reaches.append(Reach(register: register, from: from, until: until))
                }
            }
        }
        return reaches
    }

    /// What came before the message it names waits for it, and no longer once it has found it.
    fileprivate func keepWaiting(_ withdrawal: Withdrawal, isEarly: Bool) throws {
        guard !withdrawal.withdraws.isEmpty else { return }
        let own: SQL = "d.source = \(withdrawal.source) AND d.message_id = \(withdrawal.messageId)"
        if isEarly, try deliveries(withdrawal.withdraws, of: withdrawal.source).isEmpty {
            try execute(
                """
                INSERT INTO waiting_withdrawal (source, message_id, delivery_id)
                SELECT \(withdrawal.source), \(withdrawal.withdraws), d.id FROM delivery d WHERE \(own) ON CONFLICT DO NOTHING
                """)
        } else {
            try execute("DELETE FROM waiting_withdrawal w USING delivery d WHERE w.delivery_id = d.id AND \(own)")
        }
    }

    /// Remembers which deliveries were withdrawn by which: what they said does not come back when another one is withdrawn.
    fileprivate func keepWithdrawal(_ withdrawal: Withdrawal) throws {
        guard !withdrawal.withdraws.isEmpty else { return }
        let originals = try deliveries(withdrawal.withdraws, of: withdrawal.source).map(\.id)
        guard !originals.isEmpty else { return }
        try execute(
            """
            INSERT INTO delivery_withdrawal (delivery_id, withdrawn_by)
            SELECT o.id, w.id FROM unnest(\(originals)) AS o (id)
            JOIN delivery w ON w.source = \(withdrawal.source) AND w.message_id = \(withdrawal.messageId) AND w.accepted + w.revised > 0
            ON CONFLICT DO NOTHING
            """)
    }
}
