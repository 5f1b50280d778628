internal import Metering
internal import Postgres
internal import VEE
internal import Values

extension IngestRun {
    /// Decides which channels have to be looked at again, from what lies around the days that were written.
    ///
    /// Nearly all deliveries continue a series that is whole up to here and end where nothing follows: for them these are
    /// two statements, and nothing else is read.
    func look(around runs: [DayRun], neighbours: [DayKey: DayShape]) throws {
        let written = runs.filter { run in run.works.contains { days[$0].isWritten } }
        guard let low = written.map(\.first).min(), let high = written.map(\.last).max() else { return }
        let reach = EstimationParameters().likeDayDistance
        let ids = written.map(\.entry.id)
        let partners = written.map { $0.entry.partner?.id.number }
        let answers = try connection.pipeline([
            """
            SELECT register_id, day FROM day_block
            WHERE delivery_id IS NULL AND register_id = ANY(\(ids)) AND day BETWEEN \(low.adding(days: -reach)) AND \(high.adding(days: reach))
            """,
            """
            SELECT EXISTS (SELECT FROM day_block b WHERE b.register_id = w.id AND b.day < w.low - 1),
                EXISTS (SELECT FROM day_block b WHERE b.register_id = w.id AND b.day > w.high + 1),
                w.partner IS NOT NULL AND EXISTS (SELECT FROM register_reading r WHERE r.register_id = w.partner AND r.at > w.start)
            FROM unnest(\(ids), \(written.map(\.first)), \(written.map(\.last)), \(partners), \(written.map { LocalTime.berlin.start(of: $0.first) }))
                WITH ORDINALITY AS w (id, low, high, partner, start, place)
            ORDER BY w.place
            """,
        ])
        var estimated: [Int64: [Day]] = [:]
        for row in answers[0] { estimated[try row.get(0), default: []].append(try row.get(1)) }
        for (run, row) in zip(written, answers[1]) {
            let around = Surroundings(
                before: neighbours[DayKey(register: run.entry.id, day: run.first.adding(days: -1))],
                after: neighbours[DayKey(register: run.entry.id, day: run.last.adding(days: 1))],
                isKnownBefore: try row.get(0), isKnownAfter: try row.get(1))
            let isNear = estimated[run.entry.id]?.contains { $0 >= run.first.adding(days: -reach) && $0 <= run.last.adding(days: reach) } ?? false
            let isRead: Bool = try row.get(2)
            guard isNear || isRead || around.leaveHoles(in: run.works.map { days[$0].shape }) else { continue }
            let message = run.works.first.flatMap { days[$0].pieces.first?.message }
            unsettle(run.entry, run.first, by: message)
            unsettle(run.entry, run.last, by: message)
        }
    }
}

/// What lies beside consecutive days of a channel.
private struct Surroundings {
    /// The days right beside; nil if nothing is known of them.
    let before: DayShape?
    let after: DayShape?
    /// Whether anything is known further away.
    let isKnownBefore: Bool
    let isKnownAfter: Bool

    /// Whether a hole has something on both sides.
    func leaveHoles(in shapes: [DayShape]) -> Bool {
        if shapes.contains(where: \.inside) { return true }
        for (left, right) in zip(shapes, shapes.dropFirst()) where left.ends || right.begins { return true }
        guard let first = shapes.first, let last = shapes.last else { return false }
        let opens = before.map { $0.ends || $0.inside || first.begins } ?? isKnownBefore
        let closes = after.map { $0.begins || $0.inside || last.ends } ?? isKnownAfter
        return opens || closes
    }
}
