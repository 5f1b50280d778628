public import InvoiceFormats
public import Postgres
public import Values

/// Draws the papers that are missing, on all cores. It may be killed and called again: what is there is not drawn twice.
public struct RenderDocuments: Sendable {
    /// What was drawn, and what could not be.
    public struct Report: Hashable, Sendable {
        public let drawn: Int
        public let damaged: [VerifyInvoices.Discrepancy]
    }
    let pool: Pool
    let workers: Int
    /// Papers of a page; a page is one transaction. Papers are large, so few at a time.
    let pageSize: Int
    public init(pool: Pool, workers: Int = 2, pageSize: Int = 25) {
        self.pool = pool
        self.workers = max(1, workers)
        self.pageSize = max(1, pageSize)
    }

    /// - Parameters:
    ///   - run: number of a billing run; nil: all invoices.
    ///   - limit: at most so many.
    ///   - clock: asked once for each page.
    ///   - progress: papers drawn so far, and how many there are to draw.
    /// - Returns: how many were drawn, and the invoices of which nothing can be printed, in order of their numbers.
    /// - Throws: ``BillingRefusal``; what was committed stays.
    @discardableResult
    public func callAsFunction(
        run: String? = nil, language: BillLanguage, limit: Int = .max, clock: @escaping @Sendable () -> Instant,
        progress: (@Sendable (_ done: Int, _ total: Int) -> Void)? = nil
    ) async throws -> Report {
        let (id, total) = try await pool.transaction(readOnly: true) { connection in
            let id = try run.map { number in
                guard let id = try connection.optional("SELECT id FROM billing_run WHERE number = \(number)", { try $0.get(0) as Int64 })
                else { throw BillingRefusal.unknownRun(number) }
                return id
            }
            return (id, min(limit, Int(try BillDocuments.missing(run: id, language, in: connection))))
        }
        var done = 0
        var damaged: [VerifyInvoices.Discrepancy] = []
        var after: Int64 = 0
        var left = limit
        try await withThrowingTaskGroup(of: Int.self) { group in
            var running = 0
            while left > 0 {
                let page = try await pool.transaction(readOnly: true) { [after, size = min(pageSize, left)] in
                    try BillDocuments.page(after: after, run: id, language, limit: size, in: $0)
                }
                guard let last = page.last else { break }
                left -= page.count
                after = last
                damaged += page.damaged
                if running == workers, let count = try await group.next() {
                    running -= 1
                    done += count
                    progress?(done, total)
                }
                running += 1
                group.addTask { [pool] in
                    let drawn = try page.waiting.map { try BillDocuments.draw($0, language) }
                    let now = clock()
                    try await pool.transaction { try BillDocuments.insert(drawn, now: now, in: $0) }
                    return drawn.count
                }
            }
            for try await count in group {
                done += count
                progress?(done, total)
            }
        }
        return Report(drawn: done, damaged: damaged)
    }
}
