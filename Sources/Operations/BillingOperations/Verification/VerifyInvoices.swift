internal import Digests
public import Postgres

/// Looks at everything that was issued: what can be computed again is, and compared with each row and column beside it; what cannot is
/// compared with the chain of hashes that was written with it.
///
/// - Each bill, Storno and correction is computed again from its inputs. Compared are the document byte for byte, the e-invoice by the
///   hash of its bytes, every column of the row, its lines, the days it covers, the instalments it sets off, its journal entry posting by
///   posting, and the documents it takes back, is taken back by or corrects.
/// - Papers are not drawn again: another version of the program or of a font draws them otherwise. Each has the hash it was kept with,
///   and that hash stands in a chain (``Report/links``), so a paper that is gone, or was exchanged with its hash, is found.
/// - Requests for instalments are compared with their entries; numbers of bills and requests have no gaps; what the books, runs and
///   corrections name is there.
public struct VerifyInvoices: Sendable {
    /// Something that is not as it was issued.
    public struct Discrepancy: Hashable, Sendable {
        /// Of the document concerned: `R-…`, `AB-…`, `B-…` of a journal entry, `L-…` of a run; or the name of a chain or counter.
        public let number: String
        public let what: String
    }
    public struct Report: Hashable, Sendable {
        /// Bills, Stornos and corrections computed again.
        public var checked = 0
        /// Papers of bills that were kept, and those of requests.
        public var papers = 0
        public var requestPapers = 0
        /// Requests for instalments.
        public var requests = 0
        /// Links of the chains over documents, and the hexadecimal hash of the last of each: whoever keeps them elsewhere can tell that the
        /// chains were written anew.
        public var links = 0
        public var heads: [String: String] = [:]
        public var discrepancies: [Discrepancy] = []
    }
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// - Parameters:
    ///   - pageSize: bills in memory at a time.
    ///   - progress: bills checked so far, and how many there are.
    public func callAsFunction(
        pageSize: Int = 500, progress: (@Sendable (_ done: Int, _ total: Int) -> Void)? = nil
    ) async throws -> Report {
        var report = Report()
        let total = Int(try await pool.transaction(readOnly: true) { try $0.one("SELECT count(*) FROM invoice", as: Int64.self) })
        var after: Int64 = 0
        while true {
            let page = try await snapshot { [after] in try BillCheck.page(after: after, limit: pageSize, in: $0) }
            guard let last = page.last else { break }
            after = last
            report.checked += page.count
            report.papers += page.papers
            report.discrepancies += page.discrepancies
            progress?(report.checked, max(total, report.checked))
        }
        after = 0
        while true {
            let page = try await snapshot { [after] in try InstalmentCheck.page(after: after, limit: 5_000, in: $0) }
            guard let last = page.last else { break }
            after = last
            report.requests += page.requests
            report.requestPapers += page.papers
            report.discrepancies += page.discrepancies
        }
        let (missing, books) = try await snapshot { connection in
            let missing = try DocumentNumbers.missing(in: connection)
            return (missing, try missing.discrepancies + InstalmentCheck.entries(in: connection) + BooksCheck.discrepancies(in: connection))
        }
        report.discrepancies += books
        for chain in DocumentChain.allCases {
            var walk = DocumentChain.Walk()
            while true {
                let state = walk
                let next = try await snapshot { connection in
                    var walk = state
                    let isLast = try !chain.step(&walk, known: missing, in: connection)
                    if isLast { walk.found += try chain.strangers(in: connection) }
                    return (walk: walk, isLast: isLast)
                }
                walk = next.walk
                if next.isLast { break }
            }
            report.links += Int(walk.number)
            if walk.number > 0 { report.heads[chain.rawValue] = Hexadecimal.encode(walk.previous) }
            report.discrepancies += walk.found
        }
        return report
    }

    private func snapshot<Value: Sendable>(_ body: @escaping @Sendable (Connection) throws -> Value) async throws -> Value {
        try await pool.transaction(isolation: .repeatableRead, readOnly: true, body)
    }
}
