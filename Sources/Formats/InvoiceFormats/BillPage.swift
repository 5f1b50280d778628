public import Values

/// The language of a page or document.
public enum BillLanguage: String, Sendable, Hashable, CaseIterable { case de, en }

/// A bill as it is laid out for people: what stands where, in which words, numbers already written. Page and PDF render the
/// same model, so they cannot say different things.
public struct BillPage: Hashable, Sendable {
    /// A label and a value, such as "Zahlbar bis" and "26.01.2026".
    public struct Fact: Hashable, Sendable {
        public let label: String
        public let value: String
    }
    /// One position.
    public struct Row: Hashable, Sendable {
        public let position: String
        public let label: String
        public let period: String
        public let quantity: String
        public let price: String
        public let amount: String
        /// How the quantity was told: "abgelesen", "rechnerisch abgegrenzt".
        public let note: String
        /// How the amount came about, with its numbers.
        public let formula: String
        /// Where the price stands.
        public let source: String
        /// What must be known beside the formula: Zustandszahl and Brennwert where m³ became kWh, how a price clause came to its price.
        public let conversions: [String]
        /// Said in their place where a row before has said all of them.
        public let asBefore: String
        /// The pieces of consumption behind it.
        public let parts: [String]
        /// Whether its slots can be listed: see ``SlotTable``.
        public let hasSlots: Bool
        /// All of it: shown on demand.
        public var details: [String] { [formula, source] + parts }
    }
    /// The positions of one service with their sum.
    public struct Group: Hashable, Sendable {
        public let service: String
        public let title: String
        /// Contract, metering point, meter and place, where several contracts stand on the paper.
        public let supply: String?
        public let rows: [Row]
        public let sum: String
    }
    /// A table with a head; the last columns are numbers where `numbers` says so.
    public struct Table: Hashable, Sendable {
        public let title: String
        public let head: [String]
        public let numbers: Set<Int>
        public let rows: [[String]]
    }
    /// A statement the law demands.
    public struct Statement: Hashable, Sendable {
        public let title: String
        public let paragraphs: [String]
    }
    /// Words of a paper that a page does not need.
    public struct Captions: Hashable, Sendable {
        public let item: String
        public let quantity: String
        public let price: String
        public let amount: String
        public let composition: String
        public let total: String
        public let comparisons: String
        /// "Seite", "von".
        public let page: (word: String, of: String)

        public static func == (left: Captions, right: Captions) -> Bool { left.item == right.item }
        public func hash(into hasher: inout Hasher) { hasher.combine(item) }
    }
    /// Bars for a chart: this year beside last year, or this customer among others.
    public struct Comparison: Hashable, Sendable {
        public let title: String
        /// Label, value for people, and the number the bar is drawn from (10^-6 of the unit).
        public let bars: [(label: String, text: String, micro: Int64)]
        public let sentence: String
        /// The bar that is this bill's own.
        public let own: Int

        public static func == (left: Comparison, right: Comparison) -> Bool {
            left.title == right.title && left.sentence == right.sentence
                && left.bars.elementsEqual(right.bars) { $0.label == $1.label && $0.text == $1.text && $0.micro == $1.micro }
        }
        public func hash(into hasher: inout Hasher) {
            hasher.combine(title)
            hasher.combine(sentence)
            for bar in bars { hasher.combine(bar.label); hasher.combine(bar.text); hasher.combine(bar.micro) }
        }
    }

    public let language: BillLanguage
    public let title: String
    public let number: String
    public let sender: [String]
    public let recipient: [String]
    /// The first page's answer: amount due or credit, until when.
    public let headline: Fact
    public let due: String
    /// Number, account, period, place, metering point.
    public let facts: [Fact]
    public let comparison: Comparison?
    /// Among customers of the same kind.
    public let customerGroups: Comparison?
    /// The same of the other contracts of a collective bill.
    public var others: [Comparison] = []
    /// All charts, in order.
    public var comparisons: [Comparison] { [comparison, customerGroups].compactMap(\.self) + others }
    /// Said at the top, because it must not be overlooked: some readings are estimates.
    public let notice: Statement?
    /// How to pay: account, reference, day. Empty for a credit.
    public let payment: [Fact]
    /// At the foot of each page: who sends it, how to reach them, bank and tax.
    public let footer: [[String]]
    public let captions: Captions
    public let commodity: Commodity
    public let groups: [Group]
    /// Net, tax by rate, gross, instalments, due; empty where nothing is charged.
    public let sums: [Fact]
    public let meters: Table
    /// What the prices contain; of several contracts one after the other.
    public let breakdowns: [Table]
    public let statements: [Statement]
}
