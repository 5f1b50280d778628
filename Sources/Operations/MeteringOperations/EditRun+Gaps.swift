internal import Metering
internal import Postgres
internal import VEE
internal import Values

extension EditRun {
    /// Closes the gaps of a channel for which a person has now answered in every slot, be it in several edits: nobody has to look at
    /// them any more. A gap whose stand-ins nobody has confirmed stays open.
    ///
    /// - Returns: the findings that were closed; before ``finish(undoes:findings:)``, which keeps them with the edit.
    func closeGaps(of entry: RegisterEntry, from: Instant, until: Instant) throws -> [Int64] {
        guard let resolution = entry.register.resolution, from < until else { return [] }
        let time = LocalTime.berlin
        let open = try connection.query(
            """
            SELECT id, from_at, until_at FROM finding WHERE state = 'open' AND register_id = \(entry.id) AND rule = \(Rules.gap.text.name)
            AND from_at < \(until) AND until_at > \(from) ORDER BY id FOR UPDATE
            """
        ).map { (id: try $0.get(0, as: Int64.self), from: try $0.get(1, as: Instant.self), until: try $0.get(2, as: Instant.self)) }
        var answered: [Int64] = []
        for gap in open where gap.from.seconds(until: gap.until) <= EditRun.longestSeconds {
            let days = DayRange(
                from: time.day(of: gap.from), until: time.day(of: Instant(microseconds: gap.until.microseconds - 1)).adding(days: 1))
            let stored =
                try connection.dayBlocks([(entry.id, days.from, days.from.adding(days: days.days.count))])[entry.id] ?? ChannelDays()
            let isAnswered = days.days.allSatisfy { day in
                let slots = stored.fold(day, resolution: resolution) ?? DaySlots(empty: resolution.slots(of: day))
                return (0..<slots.count).allSatisfy { slot in
                    let start = resolution.start(of: slot, of: day)
                    guard start >= gap.from, start < gap.until, entry.holdsSlot(at: start) else { return true }
                    return slots.status(slot) == .measured || slots.mark(slot).isDecision
                }
            }
            if isAnswered { answered.append(gap.id) }
        }
        guard !answered.isEmpty else { return [] }
        try connection.execute(
            """
            UPDATE finding SET state = 'resolved', resolved_at = \(now), resolved_by = \(author), resolution = \(reason)
            WHERE id = ANY(\(answered))
            """)
        return answered
    }
}
