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

    /// - Parameter line: a number that no other run has at the same time, such as that of a connection.
    init(line: Int32) { self.line = line }

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
        try connection.query("SELECT pg_advisory_xact_lock_shared(\(line), \(ticket.place &- 1))")
        guard state.withLock({ $0.epoch == ticket.epoch }) else { throw Missed() }
        let next = try connection.optional(
            "\(BillingRunStore.next(in: BillingRunStore.invoices)) FOR NO KEY UPDATE SKIP LOCKED", as: Int64.self)
        guard next == ticket.first else { throw Missed() }
        _ = try BillingRunStore.draw(count, from: BillingRunStore.invoices, in: connection)
    }

    /// Numbers that were drawn before anything was written: guesses go on behind them.
    func drew(_ first: Int64, _ count: Int) {
        state.withLock { state in
            state.epoch += 1
            state.next = first + Int64(count)
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
