internal import Glibc
internal import Metering
internal import Postgres
internal import Synchronization
internal import Values

/// Lets messages of the same meter through one after the other, in the order in which they came, and those that have to wait
/// together: they share a transaction, and so one flush to disk.
///
/// Two that run at once do not see each other's values: each would find nothing behind its end, and the gap between them
/// would stay open until the next delivery. Messages of different meters do not wait for each other, as long as a lane is
/// free. Nodes of a cluster that share a meter's deliveries are not held apart; there the next delivery, or a run over the
/// period, closes such a gap.
///
/// A message that finds a lane free leaves at once and alone: nobody waits to be joined by others. What arrives while all
/// lanes are busy leaves with the first that becomes free.
final class ChannelGate: Sendable {
    /// What waits for one transaction.
    struct Passenger: Sendable {
        let ingest: IngestReadings
        let parcels: [IngestReadings.Parcel]
        let now: Instant
        /// Hashes of serials: two that collide wait for each other and lose nothing but time.
        let meters: Set<Int>
        /// Readings, of which a transaction takes a bounded number.
        let weight: Int
        /// Sources with message numbers: the same message again has to find the first one stored.
        let names: Set<String>

        init(_ ingest: IngestReadings, _ parcels: [IngestReadings.Parcel], now: Instant) {
            self.ingest = ingest
            self.parcels = parcels
            self.now = now
            var meters = Set<Int>(minimumCapacity: parcels.reduce(0) { $0 + $1.batch.meters.count })
            for parcel in parcels { for serial in parcel.batch.meters { meters.insert(serial.hashValue) } }
            self.meters = meters
            names = Set(parcels.map { "\($0.batch.source)\u{0}\($0.batch.messageId)" })
            weight = parcels.reduce(0) { $0 + $1.batch.values.count + $1.batch.registers.count }
        }

        func canShare(with other: Passenger) -> Bool {
            ingest.pool === other.ingest.pool
        }
    }
    fileprivate typealias Outcome = Result<[DeliveryReceipt], any Error>

    fileprivate enum Turn {
        /// It is one's own turn, with those who come along.
        case lead([Waiter])
        /// Somebody else has seen to it.
        case over(Outcome)
    }
    fileprivate struct Waiter {
        let meters: Set<Int>
        /// nil: goes alone.
        let passenger: Passenger?
        let go: CheckedContinuation<Turn, Never>
    }
    fileprivate struct State {
        var busy: Set<Int> = []
        var running = 0
        var line: [Waiter] = []
    }
    private let state = Mutex(State())
    private let lanes: Int
    /// What one transaction takes at most, beyond a single large message.
    fileprivate static let weightLimit = 200_000
    fileprivate static let passengerLimit = 64

    /// As many transactions at a time as there are processors, within what a pool of connections can spare: more would only
    /// make each smaller.
    init() { lanes = min(8, max(2, sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

    /// Runs `body` while nobody else holds one of these meters.
    func pass<Value: Sendable>(_ serials: Set<String>, _ body: () async throws -> Value) async throws -> Value {
        guard !serials.isEmpty else { return try await body() }
        let meters = Set(serials.map(\.hashValue))
        _ = await turn(meters, nil)
        defer { leave(meters) }
        return try await body()
    }

    /// Writes a message, alone or with others that wait.
    func write(_ passenger: Passenger) async throws -> [DeliveryReceipt] {
        switch await turn(passenger.meters, passenger) {
        case .over(let outcome): return try outcome.get()
        case .lead(let others):
            let all = others.reduce(into: passenger.meters) { $0.formUnion($1.meters) }
            defer { leave(all) }
            guard !others.isEmpty else { return try await passenger.ingest.write(passenger.parcels, now: passenger.now) }
            return try await lead(passenger, others).get()
        }
    }

    /// Several messages in one transaction; if it fails for a reason that may lie in one of them, each on its own.
    private func lead(_ leader: Passenger, _ others: [Waiter]) async -> Outcome {
        let passengers = [leader] + others.compactMap(\.passenger)
        let now = passengers.map(\.now).max() ?? leader.now
        var outcomes: [Outcome]
        // Not in the leader's task: if its client goes away, the others' messages are to be written all the same.
        do {
            var receipts = try await Task { try await leader.ingest.write(passengers.flatMap(\.parcels), now: now) }.value[...]
            outcomes = passengers.map { passenger in
                defer { receipts = receipts.dropFirst(passenger.parcels.count) }
                return .success(Array(receipts.prefix(passenger.parcels.count)))
            }
        } catch let error as DatabaseError where error.isOfConnection {
            outcomes = passengers.map { _ in .failure(error) }
        } catch {
            outcomes = []
            for passenger in passengers {
                outcomes.append(await Task { try await passenger.ingest.write(passenger.parcels, now: passenger.now) }.result)
            }
        }
        for (waiter, outcome) in zip(others, outcomes.dropFirst()) { waiter.go.resume(returning: .over(outcome)) }
        return outcomes[0]
    }

    private func turn(_ meters: Set<Int>, _ passenger: Passenger?) async -> Turn {
        await withCheckedContinuation { continuation in
            let goes = state.withLock { state in
                // Whoever came first and waits for one of them goes first, or a busy meter would never be reached.
                guard state.running < lanes, state.busy.isDisjoint(with: meters),
                    state.line.allSatisfy({ $0.meters.isDisjoint(with: meters) })
                else {
                    state.line.append(Waiter(meters: meters, passenger: passenger, go: continuation))
                    return false
                }
                state.running += 1
                state.busy.formUnion(meters)
                return true
            }
            if goes { continuation.resume(returning: .lead([])) }
        }
    }

    private func leave(_ meters: Set<Int>) {
        let groups = state.withLock { state in
            state.running -= 1
            state.busy.subtract(meters)
            var groups: [[Waiter]] = []
            while state.running < lanes, let group = state.nextGroup() {
                state.running += 1
                groups.append(group)
            }
            return groups
        }
        for group in groups { group[0].go.resume(returning: .lead(Array(group.dropFirst()))) }
    }
}

extension ChannelGate.State {
    /// The first who may go, and all behind who may go with it. Nobody passes somebody who waits for the same meter.
    fileprivate mutating func nextGroup() -> [ChannelGate.Waiter]? {
        var passed: Set<Int> = []
        var going: [ChannelGate.Waiter] = []
        var staying: [ChannelGate.Waiter] = []
        var weight = 0
        var names: Set<String> = []
        for waiter in line {
            let isFree = busy.isDisjoint(with: waiter.meters) && passed.isDisjoint(with: waiter.meters)
            let fits =
                if let first = going.first {
                    waiter.passenger.map { passenger in
                        first.passenger.map { passenger.canShare(with: $0) } ?? false && going.count < ChannelGate.passengerLimit
                            && weight + passenger.weight <= ChannelGate.weightLimit && names.isDisjoint(with: passenger.names)
                    } ?? false
                } else {
                    true
                }
            if isFree, fits {
                going.append(waiter)
                weight += waiter.passenger?.weight ?? 0
                names.formUnion(waiter.passenger?.names ?? [])
            } else {
                staying.append(waiter)
                passed.formUnion(waiter.meters)
            }
        }
        guard !going.isEmpty else { return nil }
        line = staying
        for waiter in going { busy.formUnion(waiter.meters) }
        return going
    }
}

extension DatabaseError {
    /// Whether it says nothing about what was to be written: who tries again meets the same.
    fileprivate var isOfConnection: Bool {
        switch kind {
        case .unavailable, .connectionLost, .commitUnknown, .closed: true
        default: false
        }
    }
}
