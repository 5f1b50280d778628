internal import Billing
internal import InvoiceFormats
internal import Ledger
internal import Metering
internal import Postgres
internal import Tariffs
internal import Values

/// Days of a contract on a bill that is computed again, under the terms that hold on them now.
struct RecomputedPiece {
    var contract: Billing.BilledContract
    let point: Int64
    var period: DayRange
    var kind: BillKind
    /// What was agreed from which day on.
    var terms: [AgreedTerms]
    /// What was paid in advance and what the year before cost; of a contract whose terms changed since, each stands once.
    var instalments: [Instalment]
    var previous: PreviousPeriod?

    /// The days of a part that are still its own, and those that have other terms by now.
    ///
    /// - Parameter own: what the bill covers of the part, in order of days: a row for each set of terms it was computed from.
    /// - Returns: them, and the terms that came or were changed behind the bill.
    static func pieces(
        _ stored: StoredCase, _ own: [StandingBill.Covered], _ invoice: Int64, in connection: Connection
    ) throws -> (pieces: [RecomputedPiece], looked: [Int64]) {
        let whole = RecomputedPiece(
            contract: stored.contract, point: own[0].point, period: stored.period, kind: stored.kind,
            terms: stored.terms.isEmpty ? [AgreedTerms(from: stored.period.from, attributes: stored.contract.attributes)] : stored.terms,
            instalments: stored.instalments, previous: stored.previous)
        guard own.contains(where: \.isShortened) else { return ([whole], []) }
        try refuseOtherAccount(own, invoice, in: connection)
        var pieces: [RecomputedPiece] = []
        var looked = own.filter(\.isShortened).map(\.contract)
        for own in own {
            if let remaining = own.remaining { pieces.append(whole.cut(to: remaining, valid: own.valid)) }
            guard own.isShortened else { continue }
            for row in try connection.query(
                """
                SELECT c.id, c.valid * \(own.period), \(DueContract.columns), false, true FROM \(DueContract.tables)
                WHERE c.number = \(own.number) AND c.id <> \(own.contract) AND c.valid && \(own.period)
                    AND NOT EXISTS (SELECT 1 FROM invoice_coverage o WHERE o.invoice_id = \(invoice) AND o.contract_id = c.id)
                ORDER BY lower(c.valid)
                """)
            {
                looked.append(try row.get(0))
                let found = try DueContract.contract(row, try row.get(5), began: stored.contract.began ?? stored.contract.valid.from)
                let days: DayRange = try row.get(1)
                pieces.append(
                    RecomputedPiece(
                        contract: found, point: try row.get(18), period: days, kind: stored.kind,
                        terms: [AgreedTerms(from: days.from, attributes: found.attributes)], instalments: [], previous: nil))
            }
        }
        pieces.sort { $0.period.from < $1.period.from }
        guard !pieces.isEmpty else { throw FindCorrections.OtherTerms(contract: stored.contract.number) }
        for place in pieces.indices {
            let isLast = place == pieces.count - 1
            pieces[place].instalments = isLast ? stored.instalments : []
            pieces[place].previous = isLast ? stored.previous : nil
            // A contract that ends inside the days that were billed ends with this bill.
            let end = pieces[place].period.until
            let isEnd = pieces[place].contract.valid.until == end && end != stored.period.until
            pieces[place].kind = isLast ? (isEnd ? .final : stored.kind) : .interim
        }
        return (pieces, looked)
    }

    /// Each account pays for its own days: they come apart by Storno and bill, not by a difference on one of the two.
    private static func refuseOtherAccount(_ own: [StandingBill.Covered], _ invoice: Int64, in connection: Connection) throws {
        for covered in own where covered.isShortened {
            let other = try connection.optional(
                """
                SELECT a.number FROM contract c JOIN account a ON a.id = c.account_id
                WHERE c.number = \(covered.number) AND c.valid && \(covered.period)
                    AND c.account_id <> (SELECT i.account_id FROM invoice i WHERE i.id = \(invoice)) LIMIT 1
                """, as: String.self)
            if let other { throw FindCorrections.OtherAccount(contract: covered.number, account: other) }
        }
    }

    private func cut(to days: DayRange, valid: DayRange) -> RecomputedPiece {
        var piece = self
        piece.period = days
        piece.contract.valid = valid
        let before = terms.last { $0.from <= days.from } ?? terms.first
        let inside = terms.filter { $0.from > days.from && days.contains($0.from) }
        piece.terms = (before.map { [AgreedTerms(from: days.from, attributes: $0.attributes)] } ?? []) + inside
        if let last = piece.terms.last { piece.contract.attributes = last.attributes }
        return piece
    }

    /// Stretches of a contract that follow each other at one point and tariff are one; see `DueContract.joined(_:)`.
    ///
    /// Contracts keep their places on the paper, so that a difference compares each with itself; the stretches of each stand in order of
    /// days.
    static func joined(_ pieces: [RecomputedPiece]) -> [RecomputedPiece] {
        if pieces.count < 2 { return pieces }
        var numbers: [String] = []
        for piece in pieces where !numbers.contains(piece.contract.number) { numbers.append(piece.contract.number) }
        return numbers.flatMap { number in
            var joined: [RecomputedPiece] = []
            for next in pieces.filter({ $0.contract.number == number }).sorted(by: { $0.period.from < $1.period.from }) {
                guard let last = joined.last, next.follows(last) else {
                    joined.append(next)
                    continue
                }
                var whole = next
                whole.period = DayRange(from: last.period.from, until: next.period.until)
                whole.contract.valid = DayRange(from: last.contract.valid.from, until: next.contract.valid.until)
                whole.terms = last.terms + next.terms
                whole.instalments = last.instalments + next.instalments
                whole.previous = next.previous ?? last.previous
                joined[joined.count - 1] = whole
            }
            return joined
        }
    }

    private func follows(_ other: RecomputedPiece) -> Bool {
        contract.tariff == other.contract.tariff && point == other.point && period.from == other.period.until
    }
}
