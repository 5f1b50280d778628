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

    /// Writes the day of a channel as it would stand.
    /// - Parameter delivery: in whose name something was received, or no longer is.
    func restore(_ entry: RegisterEntry, _ day: Day, delivery: Identifier<Delivery>?, _ edit: EditRun) throws {
        guard let resolution = entry.register.resolution else { return }
        let layers = try layers(entry, day, resolution, in: edit.connection)
        let (from, until) = (LocalTime.berlin.start(of: day), LocalTime.berlin.start(of: day.adding(days: 1)))
        func value(_ slots: DaySlots, _ slot: Int) -> EditRun.Value {
            slots.status(slot) == .absent
                ? EditRun.Value(micro: 0, mark: .retracted) : EditRun.Value(micro: slots.values[slot], mark: slots.mark(slot))
        }
        if let delivery {
            try edit.change(entry, from: from, until: until, delivery: delivery) { start, _, received in
                guard let slot = resolution.slot(at: start, of: day) else { return nil }
                let wanted = value(layers.received, slot)
                return wanted == received || received.mark.status == .absent && wanted.mark == .retracted ? nil : wanted
            }
        }
        let stored = try edit.connection.dayBlocks([(entry.id, day, day.adding(days: 1))])[entry.id] ?? ChannelDays()
        let known = stored.known(day, resolution: resolution) ?? DaySlots(empty: resolution.slots(of: day))
        try edit.change(entry, from: from, until: until) { start, _, _ in
            guard let slot = resolution.slot(at: start, of: day) else { return nil }
            let wanted = value(layers.known, slot)
            return wanted == value(known, slot) ? nil : wanted
        }
    }

    /// Writes the reading of a register at a moment as it would stand.
    func restore(_ entry: RegisterEntry, at: Instant, delivery: Identifier<Delivery>?, _ edit: EditRun) throws {
        let layers = try layers(entry, at, in: edit.connection)
        if let delivery {
            try edit.changeReadings(entry, from: at, through: at, delivery: delivery) { _, _, received in
                layers.received == received || layers.received.mark.status == .absent ? nil : layers.received
            }
        }
        try edit.changeReadings(entry, from: at, through: at) { _, current, _ in
            let wanted = layers.known.mark.status == .absent ? EditRun.Value(micro: current.micro, mark: .retracted) : layers.known
            return wanted == current ? nil : wanted
        }
    }

    private func layers(_ entry: RegisterEntry, _ day: Day, _ resolution: Resolution, in connection: Connection) throws -> Layers<DaySlots>
    {
        let origins = try origins(entry, "b.day = \(day)", "day_block", "v.day = b.day", in: connection)
        let stored = try connection.dayBlocks([(entry.id, day, day.adding(days: 1))])[entry.id]?.days[day] ?? []
        var layers = Layers(received: DaySlots(empty: resolution.slots(of: day)), known: DaySlots(empty: resolution.slots(of: day)))
        for block in stored.sorted(by: { $0.overlay.version < $1.overlay.version }) {
            let own = DayBlock.fold([block.overlay], slots: layers.known.count)
            for slot in 0..<own.count where own.status(slot) != .absent {
                switch origins[block.overlay.version] ?? .derived {
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
        return layers
    }

    private func layers(_ entry: RegisterEntry, _ at: Instant, in connection: Connection) throws -> Layers<EditRun.Value> {
        let origins = try origins(entry, "b.at = \(at)", "register_reading", "v.at = b.at", in: connection)
        var layers = Layers(received: EditRun.Value.absent, known: EditRun.Value.absent)
        for reading in try connection.query(
            """
            SELECT at, version, value_micro, status, method, reason FROM register_reading
            WHERE register_id = \(entry.id) AND at = \(at) ORDER BY version
            """
        ).map({ try RegisterReading($0, from: 0) }) {
            let own = EditRun.Value(micro: reading.micro, mark: reading.mark)
            switch origins[reading.version] ?? .derived {
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
        }
        return layers
    }

    private func origins(_ entry: RegisterEntry, _ place: SQL, _ table: SQL, _ same: SQL, in connection: Connection) throws -> [Int32:
        Origin]
    {
        var origins: [Int32: Origin] = [:]
        for row in try connection.query(
            """
            SELECT b.version, b.author, b.delivery_id, e.id, e.action, EXISTS (SELECT FROM edit u WHERE u.undoes = e.id),
                EXISTS (SELECT FROM delivery_cancellation c WHERE c.delivery_id = b.delivery_id AND NOT EXISTS (SELECT FROM edit u WHERE u.undoes = c.edit_id))
            FROM \(table) b LEFT JOIN edit_version v ON v.register_id = b.register_id AND \(same) AND v.version = b.version LEFT JOIN edit e ON e.id = v.edit_id
            WHERE b.register_id = \(entry.id) AND \(place)
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
            origins[try row.get(0)] = origin
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
