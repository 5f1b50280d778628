internal import Metering
internal import Postgres
internal import VEE
internal import Values

/// What would stand had some edits and deliveries never been: everything else is laid again in its order.
///
/// Taking something back is not going back to the version before it: what lies below may have been taken back itself, and what
/// lies above may have been laid there only because of it. So what senders sent and persons decided is told anew, and what
/// followed from it (estimates, decisions kept above a sender's estimate, earlier restorations) is left out and follows again.
struct Restoration {
    /// Edits that are to be left out, besides those that were undone before.
    var edits: Set<Int64> = []
    /// A delivery that is to be cancelled.
    var cancelled: Identifier<Delivery>?
    /// A delivery whose cancellation is taken back.
    var received: Identifier<Delivery>?

    /// What a sender said last, and what holds: without estimates of ours.
    struct Layers<State> {
        var received: State
        var known: State
    }

    /// Where a version comes from.
    private enum Origin {
        case sent(isCancelled: Bool)
        case decided
        case ruled
        /// Follows from the others.
        case derived
    }

    /// What a delivery said that was cancelled, where nobody else says anything: kept and not believed.
    static let nothing = Mark(status: .rejected, reason: EstimationReason.withdrawn.rawValue)

    /// How many days of a channel are unpacked at a time.
    private static let daysAtOnce = 400

    /// Writes days of a channel as they would stand, in a handful of statements.
    /// - Parameter delivery: in whose name something was received, or no longer is.
    func restore(_ entry: RegisterEntry, _ days: [Day], delivery: Identifier<Delivery>?, _ edit: EditRun) throws {
        guard let resolution = entry.register.resolution else { return }
        var rest = days.sorted()[...]
        while let first = rest.first {
            let page = rest.prefix { first.days(until: $0) < Restoration.daysAtOnce }
            rest = rest.dropFirst(page.count)
            try restore(entry, page, resolution, delivery: delivery, edit)
        }
    }

    private func restore(
        _ entry: RegisterEntry, _ days: ArraySlice<Day>, _ resolution: Resolution, delivery: Identifier<Delivery>?, _ edit: EditRun
    ) throws {
        guard let first = days.first, let end = days.last?.adding(days: 1) else { return }
        let layers = try layers(entry, days, resolution, in: edit.connection)
        let (from, until) = (LocalTime.berlin.start(of: first), LocalTime.berlin.start(of: end))
        func place(_ start: Instant) -> (day: Day, slot: Int, layers: Layers<DaySlots>)? {
            let day = LocalTime.berlin.day(of: start)
            guard let layers = layers[day], let slot = resolution.slot(at: start, of: day) else { return nil }
            return (day, slot, layers)
        }
        func value(_ slots: DaySlots, _ slot: Int) -> EditRun.Value {
            slots.status(slot) == .absent
                ? EditRun.Value(micro: 0, mark: .retracted) : EditRun.Value(micro: slots.values[slot], mark: slots.mark(slot))
        }
        if let delivery {
            try edit.change(entry, from: from, until: until, delivery: delivery) { start, _, received in
                guard let place = place(start) else { return nil }
                let wanted = value(place.layers.received, place.slot)
                return wanted == received || received.mark.status == .absent && wanted.mark == .retracted ? nil : wanted
            }
        }
        let stored = try edit.connection.dayBlocks([(entry.id, first, end)])[entry.id] ?? ChannelDays()
        var known: [Day: DaySlots] = [:]
        for day in days { known[day] = stored.known(day, resolution: resolution) ?? DaySlots(empty: resolution.slots(of: day)) }
        try edit.change(entry, from: from, until: until) { start, _, _ in
            guard let place = place(start), let known = known[place.day] else { return nil }
            let wanted = value(place.layers.known, place.slot)
            return wanted == value(known, place.slot) ? nil : wanted
        }
    }

    /// Writes the readings of a register at some moments as they would stand.
    func restore(_ entry: RegisterEntry, at moments: [Instant], delivery: Identifier<Delivery>?, _ edit: EditRun) throws {
        guard let from = moments.min(), let through = moments.max() else { return }
        let layers = try layers(entry, moments, in: edit.connection)
        if let delivery {
            try edit.changeReadings(entry, from: from, through: through, delivery: delivery) { at, _, received in
                guard let layers = layers[at] else { return nil }
                return layers.received == received || layers.received.mark.status == .absent ? nil : layers.received
            }
        }
        try edit.changeReadings(entry, from: from, through: through) { at, current, _ in
            guard let layers = layers[at] else { return nil }
            let wanted = layers.known.mark.status == .absent ? EditRun.Value(micro: current.micro, mark: .retracted) : layers.known
            return wanted == current ? nil : wanted
        }
    }

    private func layers(_ entry: RegisterEntry, _ days: ArraySlice<Day>, _ resolution: Resolution, in connection: Connection) throws
        -> [Day: Layers<DaySlots>]
    {
        guard let first = days.first, let end = days.last?.adding(days: 1) else { return [:] }
        let origins = try origins(entry, "b.day = ANY(\(Array(days)))", "day_block", "day", as: Day.self, in: connection)
        let stored = try connection.dayBlocks([(entry.id, first, end)])[entry.id]?.days ?? [:]
        var found: [Day: Layers<DaySlots>] = [:]
        for day in days {
            var layers = Layers(received: DaySlots(empty: resolution.slots(of: day)), known: DaySlots(empty: resolution.slots(of: day)))
            for block in (stored[day] ?? []).sorted(by: { $0.overlay.version < $1.overlay.version }) {
                Restoration.lay(block.overlay, origins[day]?[block.overlay.version] ?? .derived, on: &layers)
            }
            found[day] = layers
        }
        return found
    }

    private static func lay(_ overlay: Overlay, _ origin: Origin, on layers: inout Layers<DaySlots>) {
        let own = DayBlock.fold([overlay], slots: layers.known.count)
        for slot in 0..<own.count where own.status(slot) != .absent {
            switch origin {
            case .sent(isCancelled: true):
                if layers.received.status(slot) == .absent { layers.received.set(slot, own.values[slot], Restoration.nothing) }
                if layers.known.status(slot) == .absent { layers.known.set(slot, own.values[slot], Restoration.nothing) }
            case .sent:
                layers.received.set(slot, own.values[slot], own.mark(slot))
                // Only a measurement displaces what a person decided.
                if own.status(slot) == .measured || !layers.known.mark(slot).isDecision {
                    layers.known.set(slot, own.values[slot], own.mark(slot))
                }
            case .decided, .ruled: layers.known.set(slot, own.values[slot], own.mark(slot))
            case .derived: break
            }
        }
    }

    private func layers(_ entry: RegisterEntry, _ moments: [Instant], in connection: Connection) throws -> [Instant: Layers<EditRun.Value>]
    {
        let origins = try origins(entry, "b.at = ANY(\(moments))", "register_reading", "at", as: Instant.self, in: connection)
        var found: [Instant: Layers<EditRun.Value>] = [:]
        for reading in try connection.query(
            """
            SELECT at, version, value_micro, status, method, reason FROM register_reading
            WHERE register_id = \(entry.id) AND at = ANY(\(moments)) ORDER BY at, version
            """
        ).map({ try RegisterReading($0, from: 0) }) {
            let own = EditRun.Value(micro: reading.micro, mark: reading.mark)
            var layers = found[reading.at] ?? Layers(received: EditRun.Value.absent, known: EditRun.Value.absent)
            switch origins[reading.at]?[reading.version] ?? .derived {
            case .sent(isCancelled: true):
                let gone = EditRun.Value(micro: own.micro, mark: Restoration.nothing)
                if layers.received.mark.status == .absent { layers.received = gone }
                if layers.known.mark.status == .absent { layers.known = gone }
            case .sent:
                layers.received = own
                if reading.status == .measured || !layers.known.mark.isDecision { layers.known = own }
            case .decided: layers.known = own
            // Readings are judged by their neighbours, and will be again.
            case .ruled, .derived: break
            }
            found[reading.at] = layers
        }
        return found
    }

    /// Where the versions come from, by day or moment.
    private func origins<Place: Hashable & SQLValue>(
        _ entry: RegisterEntry, _ condition: SQL, _ table: SQL, _ place: SQL, as _: Place.Type, in connection: Connection
    ) throws -> [Place: [Int32: Origin]] {
        var origins: [Place: [Int32: Origin]] = [:]
        for row in try connection.query(
            """
            SELECT b.version, b.author, b.delivery_id, e.id, e.action, EXISTS (SELECT FROM edit u WHERE u.undoes = e.id),
                EXISTS (SELECT FROM delivery_cancellation c WHERE c.delivery_id = b.delivery_id AND NOT EXISTS (SELECT FROM edit u WHERE u.undoes = c.edit_id)), b.\(place)
            FROM \(table) b LEFT JOIN edit_version v ON v.register_id = b.register_id AND v.\(place) = b.\(place) AND v.version = b.version LEFT JOIN edit e ON e.id = v.edit_id
            WHERE b.register_id = \(entry.id) AND \(condition)
            """)
        {
            let author: String = try row.get(1)
            let delivery: Identifier<Delivery>? = try row.get(2)
            let origin: Origin
            if let id: Int64 = try row.get(3), let action: String = try row.get(4) {
                let isUndone: Bool = try row.get(5)
                let isDerived = isUndone || edits.contains(id) || [EditAction.undo, .cancelDelivery].map(\.rawValue).contains(action)
                origin = isDerived ? .derived : .decided
            } else if let delivery {
                origin = .sent(isCancelled: delivery == cancelled ? true : try delivery != received && row.get(6))
            } else if author == Machine.rules {
                origin = .ruled
            } else {
                origin = Machine.all.contains(author) ? .derived : .decided
            }
            origins[try row.get(7), default: [:]][try row.get(0)] = origin
        }
        return origins
    }
}

extension DaySlots {
    fileprivate mutating func set(_ slot: Int, _ micro: Int64, _ mark: Mark) {
        values[slot] = micro
        statuses[slot] = mark.status.rawValue
        methods[slot] = mark.method
        reasons[slot] = mark.reason
    }
}
