import Ledger
import Testing
import Values

/// A small generator of its own, so that a failing seed fails again.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }
    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}

func item(
    _ entry: Int64, _ cents: Int64, due: Day = Day(2026, 1, 1), _ kind: OpenItem.Kind = .invoice, document: String? = nil,
    cleared: Int64 = 0
) -> OpenItem {
    OpenItem(
        key: OpenItem.Key(entry: Identifier(entry), line: 1), account: Identifier(1), kind: kind, document: document ?? "R-\(entry)",
        bookingDate: due,
        valueDate: due, due: due, original: Money(cents: cents), cleared: Money(cents: cleared))
}

private let today = Day(2026, 3, 1)

private func allocate(_ cents: Int64, _ remittance: String = "", _ items: OpenItem...) -> Allocation {
    Allocation(of: Money(cents: cents), remittance: remittance, to: items, valueDate: today)
}

extension Allocation {
    /// `entry:cents rule`, for tables.
    fileprivate var text: String {
        (shares.map { "\($0.item.entry):\($0.amount.cents) \($0.rule.rawValue)" } + (rest == .zero ? [] : ["rest \(rest.cents)"])).joined(
            separator: ", ")
    }
}

@Suite struct `Allocating a payment` {
    @Test func `the payer's word comes first`() {
        let allocation = allocate(5_000, "Rechnung R-2, danke", item(1, 5_000, due: Day(2025, 1, 1)), item(2, 8_000))
        #expect(allocation.text == "2:5000 named-document")
    }

    @Test func `a number inside another is not named`() {
        #expect(allocate(100, "XR-2 R-22", item(1, 300, due: Day(2025, 1, 1)), item(2, 300)).text == "1:100 oldest-due")
    }

    @Test func `what is left of a named item's payment goes to the oldest`() {
        #expect(
            allocate(900, "r-3", item(1, 500), item(2, 500, due: Day(2025, 5, 1)), item(3, 600)).text
                == "3:600 named-document, 2:300 oldest-due")
    }

    @Test func `an exact amount fits one item although an older one is open`() {
        // The worked example of the industry's reference product: 600 € clear the item of 600 €.
        #expect(allocate(60_000, "", item(1, 25_000, due: Day(2025, 1, 1)), item(2, 60_000)).text == "2:60000 exact-amount")
    }

    @Test func `two items of the amount determine nothing`() {
        #expect(allocate(500, "", item(1, 500), item(2, 500, due: Day(2025, 2, 1))).text == "2:500 oldest-due")
    }

    @Test func `the sum of what is due pays what is due`() {
        let allocation = allocate(800, "", item(1, 500), item(2, 300), item(3, 900, due: Day(2026, 6, 1)))
        #expect(allocation.text == "1:500 exact-sum-of-due, 2:300 exact-sum-of-due")
    }

    @Test func `due comes before not due, old before young`() {
        let allocation = allocate(
            1_000, "", item(1, 400, due: Day(2026, 9, 1)), item(2, 500), item(3, 350, due: Day(2025, 7, 1)))
        #expect(allocation.text == "3:350 oldest-due, 2:500 oldest-due, 1:150 oldest-due")
    }

    @Test func `costs come before interest before principal`() {
        let allocation = allocate(330, "", item(1, 300), item(2, 50, .interest), item(3, 25, .fee))
        #expect(allocation.text == "3:25 oldest-due, 2:50 oldest-due, 1:255 oldest-due")
    }

    @Test func `equals share in proportion, to the cent`() {
        let allocation = allocate(1_000, "", item(1, 1_100), item(2, 1_101), item(3, 1_102))
        #expect(allocation.shares.map(\.amount).total() == Money(cents: 1_000))
        #expect(allocation.shares.map(\.amount.cents) == [333, 333, 334])
    }

    @Test func `what finds nothing stays on account`() {
        #expect(allocate(700, "", item(1, 500)).text == "1:500 oldest-due, rest 200")
        #expect(allocate(700).text == "rest 700")
        #expect(allocate(0, "", item(1, 500)).text == "")
    }

    @Test func `partly cleared items take only what is open`() {
        #expect(allocate(700, "", item(1, 500, cleared: 400)).text == "1:100 oldest-due, rest 600")
    }

    @Test func `credits are not paid`() {
        #expect(allocate(700, "", item(1, -500, .credit)).text == "rest 700")
    }

    @Test(arguments: 0..<300 as Range<UInt64>)
    func `an allocation loses no cent, pays nothing twice, and equals the oracle`(seed: UInt64) {
        var random = Seeded(seed + 1)
        let items = (0..<Int.random(in: 0...7, using: &random)).map { index in
            item(
                Int64(index + 1), Int64.random(in: 1...40, using: &random) * 5, due: Day(2026, Int.random(in: 1...5, using: &random), 1),
                [.invoice, .fee, .interest, .instalment].randomElement(using: &random) ?? .invoice)
        }
        let amount = Money(cents: Int64.random(in: 0...500, using: &random))
        let remittance = Bool.random(using: &random) ? "" : "R-\(Int.random(in: 1...8, using: &random))"
        let allocation = Allocation(of: amount, remittance: remittance, to: items.shuffled(using: &random), valueDate: today)
        #expect(allocation.shares.map(\.amount).total() + allocation.rest == amount)
        #expect(Set(allocation.shares.map(\.item)).count == allocation.shares.count)
        for share in allocation.shares {
            let open = items.first { $0.key == share.item }?.remaining ?? .zero
            #expect(share.amount > .zero && share.amount <= open)
        }
        if allocation.rest > .zero { #expect(allocation.shares.map(\.amount).total() == items.map(\.remaining).total()) }
        #expect(allocation == Allocation(of: amount, remittance: remittance, to: items, valueDate: today))
        let oracle = oracle(amount.cents, remittance, items)
        #expect(Dictionary(uniqueKeysWithValues: allocation.shares.map { ($0.item, $0.amount.cents) }) == oracle)
    }

    /// The rules told another way: hand out cent by cent instead of in blocks, except for the last group, which is compared as a whole.
    private func oracle(_ cents: Int64, _ remittance: String, _ items: [OpenItem]) -> [OpenItem.Key: Int64] {
        var paid: [OpenItem.Key: Int64] = [:]
        var left = cents
        func give(_ item: OpenItem) {
            while left > 0, paid[item.key, default: 0] < item.remaining.cents {
                paid[item.key, default: 0] += 1
                left -= 1
            }
        }
        let urgency = { (item: OpenItem) in (item.due, item.kind.rank) }
        let ordered = items.sorted { (urgency($0).0, urgency($0).1, $0.key) < (urgency($1).0, urgency($1).1, $1.key) }
        for item in ordered where item.document == remittance { give(item) }
        if left == cents {
            let fitting = items.filter { $0.remaining.cents == cents }
            if fitting.count == 1 { give(fitting[0]) }
        }
        if left == cents {
            let due = items.filter { $0.due <= today }
            if due.reduce(0, { $0 + $1.remaining.cents }) == cents { due.forEach(give) }
        }
        var rest = ordered.filter { $0.document != remittance }
        while left > 0, let first = rest.first {
            let group = rest.filter { urgency($0) == urgency(first) }
            rest.removeAll { urgency($0) == urgency(first) }
            let sum = group.reduce(0) { $0 + $1.remaining.cents }
            if sum <= left {
                group.forEach(give)
            } else {
                // Running totals: the k-th boundary lies at the rounded share of the first k.
                var seen: Int64 = 0
                var spent: Int64 = 0
                let all = left
                for item in group {
                    seen += item.remaining.cents
                    let boundary = (2 * all * seen + sum) / (2 * sum)
                    if boundary > spent { paid[item.key, default: 0] += boundary - spent }
                    spent = boundary
                }
                left = 0
            }
        }
        return paid
    }
}

@Suite struct `Settling an account` {
    @Test func `the oldest credit pays first, and nothing is cleared above what is open`() throws {
        let items = [item(1, 1_000), item(2, -300, due: Day(2025, 6, 1), .payment), item(3, -900, due: Day(2025, 12, 1), .payment)]
        let clearings = Clearing.settle(items, valueDate: today)
        #expect(clearings.map { $0.lines.map(\.amount.cents) } == [[300, -300], [700, -700]])
    }

    @Test func `an account without debts keeps its credit`() {
        #expect(Clearing.settle([item(1, -100, .payment)], valueDate: today).isEmpty)
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `settling keeps the balance and is done after once`(seed: UInt64) {
        var random = Seeded(seed + 7)
        let items = (1...8).map { entry in
            let cents = Int64.random(in: -500...500, using: &random)
            return item(Int64(entry), cents == 0 ? 1 : cents, due: Day(2026, Int.random(in: 1...6, using: &random), 1))
        }
        let clearings = Clearing.settle(items, valueDate: today)
        var cleared: [OpenItem.Key: Money] = [:]
        for line in clearings.flatMap(\.lines) { cleared[line.item, default: .zero] += line.amount }
        #expect(cleared.values.total() == .zero)
        let after = items.map { item($0.key.entry.number, $0.original.cents, due: $0.due, cleared: cleared[$0.key]?.cents ?? 0) }
        for item in after {
            #expect(
                item.cleared.magnitude <= item.original.magnitude
                    && (item.cleared == .zero || item.cleared.isNegative == item.original.isNegative))
        }
        #expect(Clearing.settle(after, valueDate: today).isEmpty)
        let debts = after.map(\.remaining).filter { $0 > .zero }
        let credits = after.map(\.remaining).filter { $0 < .zero }
        #expect(debts.isEmpty || credits.isEmpty)
    }
}

@Suite struct `Settling an account on which bills go out` {
    private func entry(_ number: Int64) -> Identifier<JournalEntry> { Identifier(number) }
    private func open(_ items: [OpenItem], _ clearings: [Clearing]) -> [Int64: Int64] {
        var left = Dictionary(uniqueKeysWithValues: items.map { ($0.key.entry.number, $0.remaining.cents) })
        for line in clearings.flatMap(\.lines) { left[line.item.entry.number, default: 0] -= line.amount.cents }
        return left
    }
    private let later = today.adding(days: 14)

    @Test func `each bill is open with what its paper asks for, whatever the order of the law would have been`() {
        let items = [
            item(1, -10_000, due: Day(2025, 12, 1), .payment), item(2, 4_000, due: later), item(3, 5_000, due: later),
            item(4, 9_175, due: later),
        ]
        let issued = [
            Clearing.Issued(entry: entry(2), takes: Money(cents: 4_000)), .init(entry: entry(3), takes: Money(cents: 5_000)),
            .init(entry: entry(4), takes: Money(cents: 1_000)),
        ]
        let clearings = Clearing.settle(items, issuing: issued, valueDate: today)
        #expect(open(items, clearings) == [1: 0, 2: 0, 3: 0, 4: 8_175])
    }

    @Test func `older debts that are due come first, and what is printed with a later day stays as printed`() {
        let items = [
            item(1, -5_000, due: Day(2025, 12, 1), .credit), item(2, 3_000, due: Day(2025, 11, 1)), item(3, 4_000, due: later),
            item(4, 1_000, due: later.adding(days: 1)),
        ]
        let clearings = Clearing.settle(items, issuing: [.init(entry: entry(4))], valueDate: today)
        #expect(open(items, clearings) == [1: -2_000, 2: 0, 3: 4_000, 4: 1_000])
    }

    @Test func `a correction gives back to the bill that it corrects, and a credit that is paid out pays nothing later`() {
        let items = [
            item(1, 4_000, due: later, document: "R-10"), item(2, 3_000, due: Day(2025, 11, 1), document: "R-09"),
            item(3, -1_500, due: later, .invoice, document: "R-11"),
        ]
        let clearings = Clearing.settle(items, issuing: [.init(entry: entry(3), corrects: "R-10")], valueDate: today)
        #expect(open(items, clearings) == [1: 2_500, 2: 3_000, 3: 0])
        let refund = [item(1, -1_500, due: later, .refund), item(2, 900, due: later)]
        #expect(Clearing.settle(refund, valueDate: today).isEmpty)
        #expect(open(refund, Clearing.settle(refund, issuing: [.init(entry: entry(1))], valueDate: today)) == [1: -600, 2: 0])
    }

    /// As billing does it: the free credit of the account is taken by its bills in order, and printed on them.
    @Test(arguments: 0..<300 as Range<UInt64>)
    func `what the paper says is what is open, and nothing is cleared beyond what there is`(seed: UInt64) {
        var random = Seeded(seed + 99)
        let kinds: [OpenItem.Kind] = [.invoice, .instalment, .payment, .credit, .refund]
        let old = (1...6).map { number in
            let cents = Int64.random(in: -500...300, using: &random)
            let kind = kinds[Int.random(in: 0..<kinds.count, using: &random)]
            return item(
                Int64(number), cents == 0 ? 1 : kind == .refund ? -cents.magnitudeAsInt : cents,
                due: today.adding(days: Int.random(in: -60...60, using: &random)), kind)
        }
        var free = max(0, -old.filter { $0.kind != .refund }.map(\.remaining.cents).reduce(0, +))
        var items = old
        var issued: [Clearing.Issued] = []
        var paper: [Int64: Int64] = [:]
        for number in 7...10 as ClosedRange<Int64> {
            let cents = Int64.random(in: -200...400, using: &random)
            guard cents != 0 else { continue }
            let takes = max(0, min(free, cents))
            free -= takes
            items.append(item(number, cents, due: later))
            issued.append(.init(entry: entry(number), takes: Money(cents: takes)))
            if cents > 0 { paper[number] = cents - takes }
        }
        let clearings = Clearing.settle(items.shuffled(using: &random), issuing: issued, valueDate: today)
        let left = open(items, clearings)
        for (number, payable) in paper { #expect(left[number] == payable, "bill \(number)") }
        for item in items {
            let rest = left[item.key.entry.number] ?? 0
            #expect(item.original.isNegative ? (item.original.cents...0).contains(rest) : (0...item.original.cents).contains(rest))
        }
        #expect(left.values.reduce(0, +) == items.map(\.remaining.cents).reduce(0, +))
    }
}
extension Int64 {
    fileprivate var magnitudeAsInt: Int64 { self < 0 ? -self : self }
}

@Suite struct `A clearing` {
    private let one = OpenItem.Key(entry: Identifier(1), line: 1)
    private let two = OpenItem.Key(entry: Identifier(2), line: 1)

    @Test func `sums to zero or does not exist`() {
        #expect(throws: Clearing.Refusal.unbalanced(Money(cents: 1))) {
            try Clearing(
                account: Identifier(1),
                lines: [.init(item: one, amount: Money(cents: 5), rule: "r"), .init(item: two, amount: Money(cents: -4), rule: "r")])
        }
        #expect(throws: Clearing.Refusal.twice(one)) {
            try Clearing(
                account: Identifier(1),
                lines: [.init(item: one, amount: Money(cents: 5), rule: "r"), .init(item: one, amount: Money(cents: -5), rule: "r")])
        }
        #expect(throws: Clearing.Refusal.empty) { try Clearing(account: Identifier(1), lines: []) }
    }
}
