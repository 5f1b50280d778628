/// Where an invoice stands. What is not listed in `after` cannot happen.
public enum InvoiceState: String, Sendable, Hashable, Codable, CaseIterable {
    /// Computed, without a number.
    case draft
    /// Kept back for a person to look at (Rechnungssperre).
    case held
    case approved
    /// Has a number, is in the ledger, never changes again.
    case issued
    /// Taken back by another document.
    case cancelled

    public enum Event: String, Sendable, Hashable, CaseIterable { case approve, hold, release, issue, cancel }
    /// What the shell has to do.
    public enum Effect: String, Sendable, Hashable { case assignNumber, post, render, cancelDocument, reverse, createTask }

    /// The next state and the effects; nil: the event is impossible here.
    public func after(_ event: Event) -> (state: InvoiceState, effects: [Effect])? {
        switch (self, event) {
        case (.draft, .approve): (.approved, [])
        case (.draft, .hold), (.approved, .hold): (.held, [.createTask])
        case (.held, .release): (.approved, [])
        case (.approved, .issue): (.issued, [.assignNumber, .post, .render])
        case (.issued, .cancel): (.cancelled, [.cancelDocument, .reverse])
        default: nil
        }
    }
}
