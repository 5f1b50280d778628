internal import Digests
public import Postgres
internal import TariffFiles
internal import Tariffs
internal import Values

/// Shows drafts: their text, what differs, what keeps them from being published.
public struct ReviewTariffDraft: Sendable {
    let pool: Pool

    public init(pool: Pool) { self.pool = pool }

    /// The drafts, the newest first.
    /// - Parameter open: only those that are still being written.
    public func list(open: Bool = true) async throws -> [TariffDraft] {
        try await pool.transaction(readOnly: true) { try TariffDraft.list(open: open, in: $0) }
    }

    /// - Throws: ``TariffDraftRefusal/unknownDraft(_:)``.
    public func callAsFunction(_ id: Int64) async throws -> TariffDraftReview {
        try await pool.transaction(readOnly: true) { connection in
            let found = try TariffDraft.load(id, in: connection)
            // What was published says so of itself; the draft goes on saying that it is one.
            let text = found.draft.state == .published ? ((try? found.draft.source(found.text).bytes) ?? found.text) : found.text
            var tariff: TariffVersion?
            if case .tariff(let version)? = try? TariffFile(parsing: text, path: found.draft.path) { tariff = version }
            let sheet = try? TariffSheet(text, path: found.draft.path)
            return TariffDraftReview(
                draft: found.draft, text: text, sheet: sheet,
                faults: found.draft.state == .open ? try found.draft.faults(found.text, in: connection) : [],
                difference: TextDifference.lines(from: found.basis, to: text), tariff: tariff,
                leaps: TariffDraftReview.leaps(from: try? TariffSheet(found.basis, path: found.draft.path), to: sheet))
        }
    }
}

extension TariffDraft {
    /// The file as it would be published.
    func source(_ text: [UInt8]) throws(TariffFileError) -> TariffFolder.Source {
        let bytes = try TariffSheet(text, path: path).replacing(["status": "published"])
        return TariffFolder.Source(path: path, bytes: bytes, hash: SHA256.hash(bytes).hex)
    }

    /// What is wrong with the published files and this one together.
    func faults(_ text: [UInt8], in connection: Connection) throws -> [TariffFileError] {
        do {
            let own = try source(text)
            return TariffFolder(try TariffStore.current(in: connection).filter { $0.path != path } + [own]).errors
        } catch let error as TariffFileError { return [error] }
    }
}
