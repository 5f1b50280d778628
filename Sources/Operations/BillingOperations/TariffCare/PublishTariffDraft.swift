public import Postgres
internal import TariffFiles
internal import Tariffs
public import Values

/// Publishes a draft: from then on it is a tariff file like every other, and immutable.
public struct PublishTariffDraft: Sendable {
    let pool: Pool

    public init(pool: Pool) { self.pool = pool }

    /// - Parameters:
    ///   - version: the saving the person saw and agrees to.
    ///   - author: nobody who wrote a part of the draft: a price is seen by four eyes.
    /// - Throws: ``TariffDraftRefusal``.
    public func callAsFunction(_ id: Int64, version: Int32, author: String, now: Instant) async throws {
        try await pool.transaction { connection in
            // The same lock as for publishing the folder: check and insert are one step.
            try connection.query("SELECT pg_advisory_xact_lock(7236101)")
            let found = try TariffDraft.load(id, lock: true, in: connection)
            let draft = found.draft
            guard draft.state == .open else { throw TariffDraftRefusal.closed(draft.state) }
            guard draft.version == version else { throw TariffDraftRefusal.overtaken(by: draft.authors.last ?? "") }
            guard !draft.authors.contains(author) else { throw TariffDraftRefusal.sameperson(author) }
            let source: TariffFolder.Source
            do { source = try draft.source(found.text) } catch let error as TariffFileError { throw TariffDraftRefusal.faulty([error]) }
            var faults = try draft.faults(found.text, in: connection)
            let published = try TariffStore.current(in: connection)
            if let other = published.first(where: { $0.path == draft.path }), other.hash != source.hash {
                faults.append(
                    TariffFileError(
                        path: draft.path, line: 0, column: 0, key: "version", message: "this version was published in the meantime",
                        mend: "Drop the draft, and begin another first day."))
            }
            guard faults.isEmpty else { throw TariffDraftRefusal.faulty(faults) }
            if !published.contains(where: { $0.path == draft.path }) {
                try TariffStore.insert([source], kinds: ["tariff"], author: author, now: now, in: connection)
            }
            try TariffDraft.close(id, as: .published, author: author, now: now, in: connection)
        }
    }
}
