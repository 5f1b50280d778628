public import Metering
public import Tariffs
public import Values

/// A bill as computed: it has neither number nor day yet.
public struct InvoiceDraft: Hashable, Sendable {
    public let contract: BilledContract
    public let supplier: Supplier
    public let period: DayRange
    public let kind: BillKind
    /// Grouped by service, then component, then days.
    public let lines: [Line]
    /// What the meters showed.
    public let meters: [MeterRow]
    /// "Darin enthalten": shown, not charged again.
    public internal(set) var breakdown: [BreakdownRow]
    public let totals: Totals
    /// The measured quantity of the whole period in kWh or m³.
    public let consumption: Measure?
    public internal(set) var instalments: [Instalment]
    public let previous: PreviousPeriod?
    /// The contracts on this paper, or the stretches of one contract whose terms changed; one entry for an ordinary bill.
    public let supplies: [Supply]
    /// What is to be paid in advance from now on, for each contract that does.
    public let plans: [InstalmentPlan]
    /// What stood on the customer's account at issue and pays this bill, or a part of it; below zero where it is taken back.
    ///
    /// It is no advance payment for these days, so it bears no tax and moves no posting of the bill: the account settles it.
    public internal(set) var credit: Money = .zero
    /// Of a correction that gives money back: the older claims that it pays at once; ``credit`` is what they take, below zero.
    public internal(set) var setsOff: [SetOffClaim] = []
    /// Whether the credit it ends with is paid out because no bill follows (§ 40c(3) EnWG: within two weeks).
    public internal(set) var isPaidOut = false
    /// Whether it settles what the customer supplies: then we write the customer's document (Gutschrift, § 14(2) UStG).
    public internal(set) var isSelfBilled = false
    /// Of a Storno: what was paid for the claim it takes back; nil: a bill, or a Storno from before this was kept.
    public internal(set) var settled: CancelledClaim?
    /// How its contract goes on paying in advance, before it is put together with others: their plan follows from all of their days.
    var instalmentRule: InstalmentRule?
    /// What its tariff charges that looks at the whole bill, and whether the tax of the last day is that of all days.
    var wholeBill: [Label] = []
    var isTaxedAtEnd = false
    /// Of a contract that stands on the paper in parts: what looks at the whole bill and was computed for each part alone.
    public internal(set) var judgedApart: [Label] = []

    public var commodity: Commodity { contract.tariff.commodity }
    /// What the bill claims beyond what was paid in advance; negative: a credit.
    public var due: Money { totals.gross - instalments.map(\.gross).total() }
    /// What is left to pay once the account's credit is set off: "Zu zahlen" (BT-115). A claim that is taken back and its Storno cancel
    /// each other out; see ``CancelledClaim/left`` for what remains.
    public var payable: Money { settled?.left ?? due - credit }

    /// The days that its paper speaks of: its own and those of each line. A correction of a contract that ended earlier takes lines back
    /// that reach beyond its own days, and lines lie within the days of their paper (PEPPOL-EN16931-R111).
    public var documentPeriod: DayRange {
        guard let until = period.until else { return period }
        let from = lines.map(\.period.from).min() ?? period.from
        let last = lines.compactMap(\.period.until).max() ?? until
        return DayRange(from: min(from, period.from), until: max(last, until))
    }

    /// The same with what of the account's credit it takes: no more than is due.
    public func crediting(_ credit: Money) -> InvoiceDraft {
        var draft = self
        draft.credit = max(.zero, min(credit, due))
        return draft
    }

    /// The same with what was paid in advance and it sets off, in order of days: a correction after which no bill follows.
    public func settingOff(_ paid: [Instalment]) -> InvoiceDraft {
        var draft = self
        draft.instalments = paid.sorted { ($0.paidOn, $0.gross) < ($1.paidOn, $1.gross) }
        return draft
    }

    /// The same with its credit to be paid out; itself where there is none.
    public var payingOut: InvoiceDraft {
        var draft = self
        draft.isPaidOut = due.isNegative
        return draft
    }

    /// The same document taken back (Storno): stored amounts with the other sign.
    public var reversed: InvoiceDraft {
        var draft = InvoiceDraft(
            contract: contract, supplier: supplier, period: period, kind: kind, lines: lines.map(\.reversed), meters: meters,
            breakdown: breakdown,
            totals: totals.reversed, consumption: consumption,
            instalments: instalments.map(\.reversed), previous: nil,
            supplies: supplies, plans: [], credit: -credit, isSelfBilled: isSelfBilled)
        draft.settled = settled?.reversed
        return draft
    }

    /// The same as the customer who feeds in would write it: sold, at prices and amounts of the other sign.
    public var fromFeeder: InvoiceDraft {
        var draft = InvoiceDraft(
            contract: contract, supplier: supplier, period: period, kind: kind, lines: lines.map(\.fromFeeder), meters: meters,
            breakdown: breakdown, totals: totals.reversed, consumption: consumption,
            instalments: instalments.map(\.reversed), previous: previous,
            supplies: supplies, plans: plans, credit: -credit, isSelfBilled: isSelfBilled)
        draft.settled = settled?.reversed
        draft.setsOff = setsOff.map(\.reversed)
        return draft
    }
}

/// What had become of a claim when its bill was taken back, as the ledger said at that moment.
public struct CancelledClaim: Hashable, Sendable {
    /// What had been paid of it or set off against it, and stands on the account again. Negative where the bill was a credit: what had
    /// been paid out of it or set off.
    public let paid: Money
    /// What the account came to after the Storno: negative: a credit.
    public let balance: Money
    /// What the Storno leaves to pay. Of a bill: below zero, what had been paid and stands on the account again. Of a credit that was
    /// paid out or set off: what comes due again, as far as nothing else on the account covers it.
    public let left: Money
    /// Of a credit: the claims that it had paid and that are open again. They are asked for by their own documents, so the Storno does
    /// not ask for them a second time.
    public let reopened: [SetOffClaim]
    /// Requested instalments that the bill had withdrawn because nobody had paid them, whatever the sign of the others: they stay
    /// withdrawn. Their days are over, and what is over is claimed by a bill and no longer in advance.
    public let withdrawn: Money
    public init(paid: Money, balance: Money, reopened: [SetOffClaim] = [], withdrawn: Money = .zero) {
        let rest = -paid - reopened.map(\.amount).total()
        self.init(
            paid: paid, balance: balance, left: paid.isNegative ? max(.zero, min(rest, balance)) : -paid, reopened: reopened,
            withdrawn: withdrawn)
    }
    private init(paid: Money, balance: Money, left: Money, reopened: [SetOffClaim], withdrawn: Money) {
        self.paid = paid
        self.balance = balance
        self.left = left
        self.reopened = reopened
        self.withdrawn = withdrawn
    }
    var reversed: CancelledClaim {
        CancelledClaim(paid: -paid, balance: -balance, left: -left, reopened: reopened.map(\.reversed), withdrawn: withdrawn)
    }
}

/// What one register showed at both ends, and what it counted.
public struct MeterRow: Hashable, Sendable {
    public let serial: String
    public let obis: ObisCode
    public let range: DayRange
    public let begin: ReadingRef?
    public let end: ReadingRef?
    public let factor: Ratio
    /// After the factor, in the register's unit.
    public let quantity: Measure
    public let division: Division
    /// How often the register passed from its last digit to zero between the ends; below zero: backwards.
    public let rollovers: Int
    /// From which readings the ends were worked out; nil where they were read, and on bills from before this was kept.
    public let beginBasis: ReadingBasis?
    public let endBasis: ReadingBasis?

    /// One row for each register and device, in order.
    static func rows(_ usage: [UsagePiece], _ form: BillForm = .current) throws(Overflow) -> [MeterRow] {
        var rows: [MeterRow] = []
        // Device by device, so that pieces that follow each other meet; two devices at a time would part them.
        let sorted = usage.sorted { ($0.obis, $0.serial, $0.range.from) < ($1.obis, $1.serial, $1.range.from) }
        for piece in sorted {
            if let last = rows.last, last.serial == piece.serial, last.obis == piece.obis, last.factor == piece.factor,
                last.quantity.unit == piece.quantity.unit, last.range.until == piece.range.from,
                // Where it was set back, it ends at one figure and goes on at another: both are printed.
                form == .first || last.end?.micro == piece.begin?.micro
            {
                let (sum, over) = last.quantity.micro.addingReportingOverflow(piece.quantity.micro)
                if over { throw Overflow() }
                // The ends of the row are what is printed, so the way they were found decides, not that of the cuts inside.
                let division = max(last.begin?.origin ?? last.division, piece.end?.origin ?? piece.division)
                rows[rows.count - 1] = MeterRow(
                    serial: last.serial, obis: last.obis, range: DayRange(from: last.range.from, until: piece.range.until),
                    begin: last.begin,
                    end: piece.end, factor: last.factor, quantity: Measure(micro: sum, unit: last.quantity.unit), division: division,
                    rollovers: last.rollovers + piece.rollovers, beginBasis: last.beginBasis, endBasis: piece.endBasis)
            } else {
                rows.append(
                    MeterRow(
                        serial: piece.serial, obis: piece.obis, range: piece.range, begin: piece.begin, end: piece.end,
                        factor: piece.factor,
                        quantity: piece.quantity, division: piece.division, rollovers: piece.rollovers,
                        beginBasis: piece.beginBasis, endBasis: piece.endBasis))
            }
        }
        // As they hung: an exchanged device before the one that took its place.
        return rows.sorted { ($0.obis, $0.range.from, $0.serial) < ($1.obis, $1.range.from, $1.serial) }
    }
}

/// A bill with a number and its days. It never changes.
public struct Invoice: Hashable, Sendable {
    public let number: PrintedNumber
    public let issuedOn: Day
    public let dueOn: Day
    /// The invoice that this one takes back.
    public let cancels: PrintedNumber?
    /// The invoice that this one corrects by the difference: both stand.
    public let corrects: PrintedNumber?
    /// The invoice that was taken back to be written anew as this one.
    public private(set) var replaces: PrintedNumber?
    public let draft: InvoiceDraft

    /// The last day on which its credit is paid out: two weeks after issue at the latest, on a working day before if that is none
    /// (§ 40c(3) EnWG). nil where nothing is paid out.
    public var payOutBy: Day? {
        guard draft.isPaidOut else { return nil }
        var day = issuedOn.adding(days: 14)
        while day.weekday > 5 { day = day.adding(days: -1) }
        return day
    }

    /// Due at least 14 days after issue, on a working day (§ 40c EnWG). Holidays do not move it: payable late is not payable early.
    public init(number: PrintedNumber, issuedOn: Day, corrects: PrintedNumber? = nil, replaces: PrintedNumber? = nil, draft: InvoiceDraft) {
        self.init(number: number, issuedOn: issuedOn, cancels: nil, corrects: corrects, draft: draft)
        self.replaces = replaces
    }
    private init(number: PrintedNumber, issuedOn: Day, cancels: PrintedNumber?, corrects: PrintedNumber?, draft: InvoiceDraft) {
        self.number = number
        self.corrects = corrects
        self.issuedOn = issuedOn
        self.cancels = cancels
        self.draft = draft
        var due = issuedOn.adding(days: 14)
        while due.weekday > 5 { due = due.adding(days: 1) }
        dueOn = due
    }
    /// The document that takes this one back.
    ///
    /// - Parameters:
    ///   - settled: what the ledger says of the claim; nil only for a Storno that was issued without asking it.
    ///   - takesBackBreakdown: whether it takes back what the prices contained, too; not so a Storno from before they did.
    public func cancellation(
        number: PrintedNumber, on day: Day, settled: CancelledClaim? = nil, takesBackBreakdown: Bool = true
    ) -> Invoice {
        var reversed = draft.reversed
        if takesBackBreakdown { reversed.breakdown = draft.breakdown.map(\.reversed) }
        if let settled {
            reversed.settled = settled
            // It was set off in the ledger, so what had been paid contains it.
            reversed.credit = .zero
        }
        return Invoice(number: number, issuedOn: day, cancels: self.number, corrects: nil, draft: reversed)
    }
}
