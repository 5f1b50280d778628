internal import Postgres
internal import Synchronization

/// Which numbers the pages of a run are going to draw.
///
/// The row that numbers are drawn from is locked until the transaction ends, for nobody may have a later number while an earlier one
/// may still come to nothing. Who draws first and writes then writes alone. So a page writes its bills under the numbers that will be
/// next when those before it are written, and draws them at its end: if others come out, it is undone and written again. The forecast
/// is a guess about time alone; that numbers have no gaps and that none is there twice is said by the row, as ever.
final class NumberForecast: Sendable {
    /// The numbers a page may count on, and its place in the line.
    struct Ticket {
        let first: Int64
        /// Numbers are drawn in this order: an early page would find those of the page before it.
        fileprivate let place: Int32
        fileprivate let epoch: Int
    }
    /// Other numbers came out than were counted on; nothing was drawn.
    struct Missed: Error {}

    private struct State {
        var next: Int64?
        var place: Int32 = 0
        /// Rises with each guess that was wrong: what was guessed with it is wrong as well.
        var epoch = 0
        /// So many pages draw before they write: somebody else draws as well, and guesses would be wrong again.
        var caution = 0
    }
    private let state = Mutex(State())
    /// Tells the places of this line from those of others.
    private let line: Int32

    /// - Parameter process: of the server that works for us, below 2^22. With how many lines there were before it makes a number that no
    ///   other run has at the same time; had two the same, they would wait for each other for nothing.
    init(process: Int32) { line = process | Int32(NumberForecast.lines.wrappingAdd(1, ordering: .relaxed).newValue & 511) << 22 }
    private static let lines = Atomic<Int>(0)

    /// Whether a guess is worth it.
    var isTrusted: Bool {
        state.withLock { state in
            guard state.caution > 0 else { return true }
            state.caution -= 1
            return false
        }
    }

    /// The next numbers and the next place; whoever comes behind waits for the end of this transaction.
    func ticket(_ count: Int, in connection: Connection) throws -> Ticket {
        let seen =
            state.withLock({ $0.next == nil })
            ? try connection.one(BillingRunStore.next(in: BillingRunStore.invoices), as: Int64.self) : nil
        let ticket = state.withLock { state in
            let first = state.next ?? seen ?? 1
            state.next = first + Int64(count)
            state.place &+= 1
            return Ticket(first: first, place: state.place, epoch: state.epoch)
        }
        try connection.query("SELECT pg_advisory_xact_lock(\(line), \(ticket.place))")
        return ticket
    }

    /// Waits for the page before, and draws.
    /// - Throws: ``Missed``. Also where somebody else is drawing: to wait for one who may wait for what we have written would be for ever.
    func redeem(_ ticket: Ticket, _ count: Int, in connection: Connection) throws {
        // Before we wait as well: who holds the numbers may be waiting for what we have written under them.
        try check(ticket)
        try connection.query("SELECT pg_advisory_xact_lock_shared(\(line), \(ticket.place &- 1))")
        try check(ticket)
        let next = try connection.optional(
            "\(BillingRunStore.next(in: BillingRunStore.invoices)) FOR NO KEY UPDATE SKIP LOCKED", as: Int64.self)
        guard next == ticket.first else { throw Missed() }
        _ = try BillingRunStore.draw(count, from: BillingRunStore.invoices, in: connection)
    }
    private func check(_ ticket: Ticket) throws {
        guard state.withLock({ $0.epoch == ticket.epoch }) else { throw Missed() }
    }

    /// Draws before anything is written; guesses go on behind these numbers.
    ///
    /// The place is taken with the numbers in hand: whoever waited for the numbers while he holds a place would be waited for by a page
    /// that has written under the very numbers he is going to get.
    /// - Returns: the first.
    func draw(_ count: Int, in connection: Connection) throws -> Int64 {
        let first = try BillingRunStore.draw(count, from: BillingRunStore.invoices, in: connection)
        let place = state.withLock { state in
            state.epoch += 1
            state.next = first + Int64(count)
            state.place &+= 1
            return state.place
        }
        try connection.query("SELECT pg_advisory_xact_lock(\(line), \(place))")
        return first
    }
    /// What was drawn came to nothing.
    func forget() {
        state.withLock { state in
            state.epoch += 1
            state.next = nil
        }
    }

    /// The page came to nothing: who has counted on it has counted wrong.
    /// - Parameter isTaken: because somebody else had its numbers.
    func fail(_ ticket: Ticket, isTaken: Bool) {
        state.withLock { state in
            guard state.epoch == ticket.epoch else { return }
            state.epoch += 1
            state.next = nil
            if isTaken { state.caution = NumberForecast.caution }
        }
    }
    private static let caution = 4
}
