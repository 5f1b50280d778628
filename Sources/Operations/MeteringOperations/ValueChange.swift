internal import Metering
internal import Postgres
internal import VEE
internal import Values

/// What an action means for slots and for readings.
struct ValueChange {
    let action: EditAction
    var method: EstimationMethod?
    var values: [Int64] = []

    private static let person = EstimationReason.person.rawValue

    /// - Parameters:
    ///   - entries: registers of one OBIS code in the order in which they hung.
    ///   - isClosed: whether a reading at `until` is meant as well; a span of one moment is closed.
    /// - Returns: how many values it changed.
    /// - Throws: `EditRefusal`.
    func apply(to entries: [RegisterEntry], from: Instant, until: Instant, isClosed: Bool = false, edit: EditRun) throws -> Int {
        guard from <= until, from.seconds(until: until) <= EditRun.longestSeconds else { throw EditRefusal.badSpan }
        let isRegister = entries.allSatisfy { $0.register.resolution == nil }
        guard isRegister || from < until else { throw EditRefusal.badSpan }
        if action == .replace { try demandValues(entries, from, until, isRegister, edit) }
        var place = 0
        var count = 0
        for entry in entries {
            if isRegister {
                let through = from == until || isClosed ? until : Instant(microseconds: until.microseconds - 1)
                let also = action == .replace && from == until ? [from] : []
                count += try edit.changeReadings(entry, from: from, through: through, also: also) { at, current, received in
                    defer { place += 1 }
                    return try reading(at, current, received, entry, place, edit)
                }
            } else {
                let chosen = try chosenValues(entry, from, until, edit)
                count += try edit.change(entry, from: from, until: until) { start, current, received in
                    defer { place += 1 }
                    let value = try slot(current, received, place, chosen?[start])
                    // A rule may be overruled, but not the direction in which a meter counts.
                    if let value, value.micro < 0, value.mark.status.isUsable, !entry.register.obis.isNet, !entry.register.unit.isState {
                        throw EditRefusal.impossibleValue(
                            "Meter \(entry.register.serial), \(entry.register.obis), \(start): \(Measure(micro: value.micro, unit: entry.register.unit)) cannot "
                                + "be consumed; estimate or replace it.")
                    }
                    return value
                }
            }
        }
        return count
    }

    private func slot(_ current: EditRun.Value, _ received: EditRun.Value, _ place: Int, _ chosen: Int64?) throws -> EditRun.Value? {
        switch action {
        case .estimate where method != nil:
            guard let chosen, let method else { return nil }
            let status: ValueStatus = method == .zero ? .substituted : .estimated
            return EditRun.Value(micro: chosen, mark: Mark(status: status, method: method.rawValue, reason: ValueChange.person))
        case .estimate:
            // What the cascade made it makes again by itself.
            return current.mark.isAutomatic ? nil : EditRun.withdrawn(current)
        default: return shared(current, received, place)
        }
    }

    private func reading(
        _ at: Instant, _ current: EditRun.Value, _ received: EditRun.Value, _ entry: RegisterEntry, _ place: Int, _ edit: EditRun
    ) throws -> EditRun.Value? {
        guard action == .estimate else { return shared(current, received, place) }
        guard method == nil || method == .registerInterpolation || method == .linear else { throw EditRefusal.noBasis(method) }
        guard let micro = try edit.interpolated(entry, at) else { throw EditRefusal.noBasis(method) }
        return EditRun.Value(
            micro: micro,
            mark: Mark(status: .estimated, method: EstimationMethod.registerInterpolation.rawValue, reason: ValueChange.person))
    }

    /// What is the same for slots and readings.
    private func shared(_ current: EditRun.Value, _ received: EditRun.Value, _ place: Int) -> EditRun.Value? {
        switch action {
        case .accept where received.mark.status != .absent && !received.mark.isTakenBack:
            if current.micro == received.micro, current.mark.status == .measured { return nil }
            // What a rule rejected was sent as measured, or as a substitute if it was made by a method; a sender's own estimate stays
            // one.
            let isMade = received.mark.method != EstimationMethod.none.rawValue
            let status = received.mark.status == .rejected ? (isMade ? .substituted : .measured) : received.mark.status
            return EditRun.Value(
                micro: received.micro, mark: Mark(status: status, method: received.mark.method, reason: ValueChange.person))
        case .accept, .confirm:
            guard [.estimated, .substituted, .provisional].contains(current.mark.status) else { return nil }
            var confirmed = current
            confirmed.mark.reason = ValueChange.person
            return confirmed
        case .replace:
            guard values.indices.contains(place) else { return nil }
            return EditRun.Value(
                micro: values[place],
                mark: Mark(status: .substituted, method: EstimationMethod.manual.rawValue, reason: ValueChange.person))
        case .withdraw: return current.mark.status.isUsable ? EditRun.withdrawn(current) : nil
        case .estimate, .settle, .undo, .cancelDelivery: return nil
        }
    }

    /// As many values as there are slots or readings, and each possible.
    private func demandValues(_ entries: [RegisterEntry], _ from: Instant, _ until: Instant, _ isRegister: Bool, _ edit: EditRun) throws {
        var expected = 0
        for entry in entries {
            if isRegister, from == until {
                expected += entry.holdsReading(at: from) ? 1 : 0
            } else if isRegister {
                expected += try edit.connection.one(
                    "SELECT count(DISTINCT at) FROM register_reading WHERE register_id = \(entry.id) AND at >= \(from) AND at < \(until)",
                    as: Int.self)
            } else if let resolution = entry.register.resolution {
                var day = LocalTime.berlin.day(of: from)
                while LocalTime.berlin.start(of: day) < until {
                    for slot in 0..<resolution.slots(of: day) {
                        let start = resolution.start(of: slot, of: day)
                        if start >= from, start < until, entry.holdsSlot(at: start) { expected += 1 }
                    }
                    day = day.adding(days: 1)
                }
            }
        }
        guard expected == values.count, expected > 0 else { throw EditRefusal.wrongCount(expected: expected, given: values.count) }
        guard let entry = entries.first else { return }
        for value in values {
            if value < 0 { throw EditRefusal.impossibleValue("A value below zero is no consumption; check the sign.") }
            guard isRegister else { continue }
            let parameters = entry.register.parameters(on: LocalTime.berlin.day(of: from))
            if let turn = parameters.wrapMicro, value >= turn {
                throw EditRefusal.impossibleValue("The register has \(parameters.digits ?? 0) digits before the point.")
            }
        }
    }

    private func chosenValues(_ entry: RegisterEntry, _ from: Instant, _ until: Instant, _ edit: EditRun) throws -> [Instant: Int64]? {
        guard action == .estimate, let method, let resolution = entry.register.resolution else { return nil }
        let reach = EstimationParameters().likeDayDistance
        let first = LocalTime.berlin.day(of: from)
        let end = LocalTime.berlin.day(of: until).adding(days: 1)
        let stored =
            try edit.connection.dayBlocks([(entry.id, first.adding(days: -reach), end.adding(days: reach))])[entry.id] ?? ChannelDays()
        var days: [Day: DaySlots] = [:]
        for day in stored.days.keys { days[day] = stored.fold(day, resolution: resolution) }
        let state: String? = try entry.point(at: from).flatMap {
            try edit.connection.one("SELECT coalesce(state, 'SH') FROM metering_point WHERE id = \($0)", as: String.self)
        }
        let values = Estimation.chosen(
            method, EstimationWindow(channel: entry.register, days: days, target: DayRange(from: first, until: end)), from: from,
            until: until, holidays: HolidayCalendar(code: state))
        guard !values.isEmpty else { throw EditRefusal.noBasis(method) }
        return values
    }
}

extension EditRun {
    /// What a register would have shown between its usable neighbours, in equal shares of time, cut to its least digit; nil
    /// without both neighbours or if it fell between them.
    func interpolated(_ entry: RegisterEntry, _ at: Instant) throws -> Int64? {
        guard let span = entry.span(at: at) else { return nil }
        func neighbour(_ condition: SQL, _ order: SQL) throws -> RegisterReading? {
            try connection.optional(
                """
                SELECT at, version, value_micro, status, method, reason FROM (
                    SELECT DISTINCT ON (at) * FROM register_reading WHERE register_id = \(entry.id) AND at BETWEEN \(span.from) AND \(span.until)
                    AND \(condition) ORDER BY at, version DESC
                ) r WHERE status < 5 ORDER BY \(order) LIMIT 1
                """, { try RegisterReading($0, from: 0) })
        }
        guard let first = try neighbour("at < \(at)", "at DESC"), let second = try neighbour("at > \(at)", "at") else { return nil }
        let parameters = entry.register.parameters(on: LocalTime.berlin.day(of: first.at))
        guard let advance = try Advance.between(first, second, parameters: parameters, capacity: entry.register.ceiling()).micro else {
            return nil
        }
        let least = Int128(parameters.leastDigitMicro)
        let part =
            Int128(advance) * Int128(at.microseconds - first.at.microseconds)
            / Int128(second.at.microseconds - first.at.microseconds)
        let counted = Int128(first.micro) + part / least * least
        return Int64(clamping: parameters.wrapMicro.map { counted % Int128($0) } ?? counted)
    }
}
