internal import Metering
internal import Postgres
internal import VEE
internal import Values

/// What a withdrawal makes of the values of one register: what stood before them stands again, and where nothing did, nothing is
/// believed.
struct WithdrawnValues {
    let register: Register
    /// What is withdrawn; nil: the values that are named, whoever sent them, with all that stood before.
    let deliveries: Set<Int64>?
    /// Whether a value is named.
    let inside: (Instant) -> Bool

    /// One value as the withdrawal says it.
    private struct Said {
        var micro: Int64
        var mark: Mark
        init(_ micro: Int64, _ mark: Mark) {
            self.micro = micro
            // What a rule of ours doubted is judged anew.
            self.mark = mark.status == .rejected && mark.reason == EstimationReason.failedValidation.rawValue ? .measured : mark
        }
        /// Nothing is believed of it.
        init(taken micro: Int64) {
            self.micro = micro
            mark = Mark(status: .rejected)
        }
    }

    /// Adds the readings between two moments to a message that says so.
    func addReadings(_ from: Instant, _ until: Instant, to batch: inout ReadingBatch, in connection: Connection) throws {
        // What was received at each moment; an estimate of ours in between is no statement of a sender's.
        var received: [Instant: [(delivery: Int64, micro: Int64, mark: Mark)]] = [:]
        for row in try connection.query(
            """
            SELECT at, version, value_micro, status, method, reason, delivery_id FROM register_reading
            WHERE register_id = \(register.id) AND at >= \(from) AND at < \(until) AND delivery_id IS NOT NULL ORDER BY at, version
            """)
        {
            let reading = try RegisterReading(row, from: 0)
            let delivery: Int64 = try row.get(6)
            received[reading.at, default: []].append((delivery: delivery, micro: reading.micro, mark: reading.mark))
        }
        let void = try self.void(received.values.flatMap { $0.map(\.delivery) }, in: connection)
        for at in received.keys.sorted() where inside(at) {
            let versions = received[at] ?? []
            guard
                let said = said(
                    versions.last { !void.contains($0.delivery) },
                    before: { gone in
                        versions.last { !void.contains($0.delivery) && !gone.contains($0.delivery) }
                    })
            else { continue }
            batch.registers.append(
                .init(
                    index: Int32(clamping: batch.registers.count), meter: batch.meter(register.serial), unit: register.unit,
                    status: said.mark.status, obis: register.obis, at: at, micro: said.micro, method: said.mark.method,
                    reason: said.mark.reason))
        }
    }

    private func said(
        _ standing: (delivery: Int64, micro: Int64, mark: Mark)?,
        before: (Set<Int64>) -> (delivery: Int64, micro: Int64, mark: Mark)?
    ) -> Said? {
        guard let standing, standing.mark.status != .absent else { return nil }
        let isDoubted = standing.mark.status == .rejected && standing.mark.reason == EstimationReason.failedValidation.rawValue
        guard let deliveries else { return standing.mark.status == .rejected ? nil : Said(taken: standing.micro) }
        guard deliveries.contains(standing.delivery), standing.mark.status != .rejected || isDoubted else { return nil }
        return before(deliveries).map { Said($0.micro, $0.mark) } ?? Said(taken: standing.micro)
    }

    /// Adds the slots between two moments to a message that says so.
    func addSlots(_ from: Instant, _ until: Instant, to batch: inout ReadingBatch, in connection: Connection) throws {
        guard let resolution = register.resolution, from < until else { return }
        let (first, end) = (
            LocalTime.berlin.day(of: from), LocalTime.berlin.day(of: Instant(microseconds: until.microseconds - 1)).adding(days: 1)
        )
        guard let channel = try connection.dayBlocks([(register.id.number, first, end)])[register.id.number] else { return }
        let void = try self.void(channel.days.values.flatMap { $0.compactMap(\.delivery) }, in: connection)
        for day in channel.days.keys.sorted() {
            let slots = resolution.slots(of: day)
            let blocks = (channel.days[day] ?? []).filter { $0.delivery.map { !void.contains($0) } ?? false }
            let received = DayBlock.fold(blocks.map(\.overlay), slots: slots)
            let senders = Dictionary(
                blocks.compactMap { block in block.delivery.map { (block.overlay.version, $0) } }, uniquingKeysWith: { first, _ in first })
            let others = blocks.filter { block in block.delivery.map { !(deliveries?.contains($0) ?? true) } ?? false }
            let before = DayBlock.fold(others.map(\.overlay), slots: slots)
            func said(_ slot: Int) -> Said? {
                guard inside(resolution.start(of: slot, of: day)) else { return nil }
                return self.said(
                    senders[received.versions[slot]].map { ($0, received.values[slot], received.mark(slot)) },
                    before: { _ in before.status(slot) == .absent ? nil : (0, before.values[slot], before.mark(slot)) })
            }
            var slot = 0
            while slot < slots {
                guard var next = said(slot) else {
                    slot += 1
                    continue
                }
                let (begin, place) = (slot, batch.values.count)
                while true {
                    batch.values.append(next.micro)
                    batch.statuses.append(next.mark.status.rawValue)
                    batch.methods.append(next.mark.method)
                    batch.reasons.append(next.mark.reason)
                    slot += 1
                    guard slot < slots, let more = said(slot) else { break }
                    next = more
                }
                batch.intervals.append(
                    .init(
                        index: Int32(clamping: batch.intervals.count), meter: batch.meter(register.serial), unit: register.unit,
                        obis: register.obis, start: resolution.start(of: begin, of: day), resolution: resolution,
                        slots: place..<batch.values.count))
            }
        }
    }

    /// Of some deliveries those that no longer say anything: withdrawn before, cancelled, or withdrawals themselves, which only repeat what
    /// others said. Where values are named, everything that was received counts.
    private func void(_ ids: [Int64], in connection: Connection) throws -> Set<Int64> {
        guard deliveries != nil, !ids.isEmpty else { return [] }
        let ids = Array(Set(ids))
        return Set(
            try connection.query(
                """
                WITH cancelled AS (SELECT c.delivery_id AS id FROM delivery_cancellation c
                    WHERE NOT EXISTS (SELECT FROM edit u WHERE u.undoes = c.edit_id)),
                standing AS (SELECT w.delivery_id, w.withdrawn_by FROM delivery_withdrawal w
                    WHERE (w.delivery_id = ANY(\(ids)) OR w.withdrawn_by = ANY(\(ids))) AND w.withdrawn_by NOT IN (SELECT id FROM cancelled))
                SELECT delivery_id FROM standing UNION SELECT withdrawn_by FROM standing
                UNION SELECT id FROM cancelled WHERE id = ANY(\(ids))
                """
            ).map { try $0.get(0, as: Int64.self) })
    }
}
