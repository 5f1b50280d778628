internal import Digests
public import Postgres
internal import TariffFiles
public import Tariffs
public import Values

/// Opens, saves and drops drafts of tariff versions. Every saving stays, with its author.
public struct WriteTariffDraft: Sendable {
    let pool: Pool

    public init(pool: Pool) { self.pool = pool }

    /// Opens a draft: the last published version's text with another first day.
    ///
    /// - Returns: the draft's number.
    /// - Throws: ``TariffDraftRefusal``.
    public func open(_ key: TariffKey, from day: Day, author: String, now: Instant) async throws -> Int64 {
        try await pool.transaction { connection in
            let catalog = try TariffCatalog.published(in: connection)
            guard let last = catalog.chains[key]?.timeline.entries.last else { throw TariffDraftRefusal.unknownTariff(key.description) }
            guard day > last.range.from else { throw TariffDraftRefusal.notAfter(last.range.from) }
            let path = "\(key)/\(day).yaml"
            // Two at once: the second waits for the first and finds its draft.
            try connection.query("SELECT pg_advisory_xact_lock(7236103)")
            if let other = try connection.optional("SELECT id FROM tariff_draft WHERE path = \(path) AND state = 'open'", as: Int64.self) {
                throw TariffDraftRefusal.alreadyOpen(other)
            }
            guard let basis = try TariffStore.files(hashes: [last.value.hash], in: connection).first else {
                throw TariffDraftRefusal.unknownTariff(key.description)
            }
            let text = try TariffDraft.examplesComputed(
                TariffSheet(basis.bytes, path: basis.path).successor(from: day), path: path, catalog.prices)
            return try TariffDraft.insert(path: path, basis: basis.hash, text: text, author: author, now: now, in: connection)
        }
    }

    /// Saves other values of cells.
    ///
    /// - Parameters:
    ///   - values: keys of ``TariffSheet`` cells to their new texts.
    ///   - version: the saving the person saw; a newer one of somebody else is not overwritten.
    ///   - recompute: write what the examples come to into their expectations. Whoever publishes checks them by hand.
    public func save(
        _ id: Int64, version: Int32, values: [String: String], recompute: Bool = false, author: String, now: Instant
    ) async throws {
        try await change(id, version: version, author: author, now: now) { old, draft, connection in
            var text = try TariffSheet(old, path: draft.path).replacing(values)
            if recompute {
                text = TariffDraft.examplesComputed(text, path: draft.path, try TariffCatalog.published(in: connection).prices)
            }
            return text
        }
    }

    /// Saves another text: what cells cannot say, such as a new component. It may be faulty; publishing it is another matter.
    public func save(_ id: Int64, version: Int32, text: [UInt8], author: String, now: Instant) async throws {
        try await change(id, version: version, author: author, now: now) { _, draft, _ in
            _ = try TariffSheet(text, path: draft.path)
            return text
        }
    }

    /// Gives a draft up; its savings stay readable.
    public func drop(_ id: Int64, author: String, now: Instant) async throws {
        try await pool.transaction { connection in
            let draft = try TariffDraft.load(id, lock: true, in: connection).draft
            guard draft.state == .open else { throw TariffDraftRefusal.closed(draft.state) }
            try TariffDraft.close(id, as: .dropped, author: author, now: now, in: connection)
        }
    }

    private func change(
        _ id: Int64, version: Int32, author: String, now: Instant,
        _ body: @escaping @Sendable (_ old: [UInt8], TariffDraft, Connection) throws -> [UInt8]
    ) async throws {
        try await pool.transaction { connection in
            let found = try TariffDraft.load(id, lock: true, in: connection)
            guard found.draft.state == .open else { throw TariffDraftRefusal.closed(found.draft.state) }
            guard found.draft.version == version else { throw TariffDraftRefusal.overtaken(by: found.draft.authors.last ?? "") }
            let text: [UInt8]
            do { text = try body(found.text, found.draft, connection) } catch let error as TariffFileError {
                throw TariffDraftRefusal.unreadable(error)
            }
            if text == found.text { return }
            try TariffDraft.save(id, version: version + 1, text: text, author: author, now: now, in: connection)
        }
    }
}

extension TariffDraft {
    /// The text with its examples expecting what they come to; unchanged where they cannot be computed.
    static func examplesComputed(_ text: [UInt8], path: String, _ prices: PriceCatalog) -> [UInt8] {
        guard case .tariff(let version)? = try? TariffFile(parsing: text, path: path), let sheet = try? TariffSheet(text, path: path) else {
            return text
        }
        var values: [String: String] = [:]
        for (index, example) in version.examples.enumerated() {
            for mismatch in (try? example.mismatches(in: version, prices)) ?? [] {
                if let computed = mismatch.computed { values["examples[\(index)].expect.\(mismatch.name)"] = computed.description }
            }
        }
        guard !values.isEmpty, let computed = try? sheet.replacing(values) else { return text }
        return (try? TariffSheet(computed, path: path).withoutReckoning()) ?? computed
    }
}
