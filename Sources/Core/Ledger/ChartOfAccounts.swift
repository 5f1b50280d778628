public import Values

/// The number of a general ledger account: four digits in the layout of DATEV's SKR03.
public struct GeneralLedgerNumber: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    public let number: Int32

    public init(_ number: Int32) { self.number = number }

    public static func < (left: GeneralLedgerNumber, right: GeneralLedgerNumber) -> Bool { left.number < right.number }
    public var description: String { String(number) }

    public init(from decoder: any Decoder) throws { number = try decoder.singleValueContainer().decode(Int32.self) }
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(number)
    }
}

/// An account of the general ledger.
public struct GeneralLedgerAccount: Hashable, Sendable {
    /// What an account is for; it decides which postings it takes.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Carries the sum of the customers' accounts and takes postings only together with a customer.
        case control
        case bank
        /// Between two of our own steps; empty at closing.
        case clearing
        /// Money whose owner is not known yet; empty at closing, or listed with its age.
        case suspense
        case tax
        case prepayment
        case revenue
        case expense
    }
    /// The side on which its balance normally stands.
    public enum Side: String, Sendable, Hashable { case debit, credit }

    public let number: GeneralLedgerNumber
    public let name: String
    public let englishName: String
    public let kind: Kind
    public let normalSide: Side
    /// DATEV's numbers in the two common charts, for the export.
    public let skr03: Int32
    public let skr04: Int32

    public init(
        number: GeneralLedgerNumber, name: String, englishName: String, kind: Kind, normalSide: Side, skr03: Int32, skr04: Int32
    ) {
        self.number = number
        self.name = name
        self.englishName = englishName
        self.kind = kind
        self.normalSide = normalSide
        self.skr03 = skr03
        self.skr04 = skr04
    }
}

/// The accounts a municipal utility's customer ledger posts to.
///
/// The number is that of SKR03, with the ten's digit of the revenue accounts naming the commodity, so that a bookkeeper reads it
/// without a legend; SKR04 stands beside it. The database holds the same list (a test compares them), and a utility's own chart is an
/// export mapping, not another set of constants.
public enum ChartOfAccounts {
    public static let bank = GeneralLedgerNumber(1200)
    public static let moneyInTransit = GeneralLedgerNumber(1360)
    public static let receivables = GeneralLedgerNumber(1400)
    public static let unclearPayments = GeneralLedgerNumber(1590)
    public static let writeOffs = GeneralLedgerNumber(2400)
    /// What customers are paid for what they feed in: a purchase, not less revenue.
    public static let feedIn = GeneralLedgerNumber(3110)
    public static let interestIncome = GeneralLedgerNumber(2650)
    public static let bankCharges = GeneralLedgerNumber(4970)
    public static let wasteWater = GeneralLedgerNumber(8250)
    public static let rainWater = GeneralLedgerNumber(8260)
    public static let dunningFees = GeneralLedgerNumber(8600)

    /// The value added tax account of a rate; nil for a rate that has none here (0 % needs none).
    public static func valueAddedTax(_ rate: TaxRate) -> GeneralLedgerNumber? {
        switch rate.basisPoints {
        case 500: GeneralLedgerNumber(1773)
        case 700: GeneralLedgerNumber(1771)
        case 1_600: GeneralLedgerNumber(1775)
        case 1_900: GeneralLedgerNumber(1776)
        default: nil
        }
    }

    /// The account of the input tax that a customer charges by our credit note (§ 14(2) UStG); nil for a rate that has none here.
    public static func inputTax(_ rate: TaxRate) -> GeneralLedgerNumber? {
        switch rate.basisPoints {
        case 700: GeneralLedgerNumber(1571)
        case 1_900: GeneralLedgerNumber(1576)
        default: nil
        }
    }

    /// The account of prepayments (instalments) received at a rate; nil for a rate that has none here.
    public static func prepayments(_ rate: TaxRate) -> GeneralLedgerNumber? {
        switch rate.basisPoints {
        case 0: GeneralLedgerNumber(1710)
        case 500: GeneralLedgerNumber(1712)
        case 700: GeneralLedgerNumber(1711)
        case 1_600: GeneralLedgerNumber(1717)
        case 1_900: GeneralLedgerNumber(1718)
        default: nil
        }
    }

    /// The revenue account of a commodity at a rate; nil for a rate that has none here.
    public static func revenue(_ commodity: Commodity, _ rate: TaxRate) -> GeneralLedgerNumber? {
        let offset: Int32 =
            switch commodity {
            case .electricity: 10
            case .gas: 20
            case .water: 30
            case .heat: 40
            }
        switch rate.basisPoints {
        case 0: return GeneralLedgerNumber(8200 + offset)
        case 500: return GeneralLedgerNumber(8350 + offset)
        case 700: return GeneralLedgerNumber(8300 + offset)
        case 1_600: return GeneralLedgerNumber(8450 + offset)
        case 1_900: return GeneralLedgerNumber(8400 + offset)
        default: return nil
        }
    }

    /// All accounts, ascending.
    public static let all: [GeneralLedgerAccount] = {
        func account(
            _ number: Int32, _ name: String, _ english: String, _ kind: GeneralLedgerAccount.Kind, _ side: GeneralLedgerAccount.Side,
            _ skr04: Int32
        ) -> GeneralLedgerAccount {
            GeneralLedgerAccount(
                number: GeneralLedgerNumber(number), name: name, englishName: english, kind: kind, normalSide: side, skr03: number,
                skr04: skr04)
        }
        var accounts = [
            account(1200, "Bank", "Bank", .bank, .debit, 1800),
            account(1360, "Geldtransit", "Money in transit", .clearing, .debit, 1460),
            account(1400, "Forderungen aus Lieferungen und Leistungen", "Trade receivables", .control, .debit, 1200),
            account(1571, "Vorsteuer 7 %", "Input VAT 7 %", .tax, .debit, 1401),
            account(1576, "Vorsteuer 19 %", "Input VAT 19 %", .tax, .debit, 1406),
            account(1590, "Ungeklärte Zahlungen", "Unclear payments", .suspense, .credit, 1370),
            account(1710, "Erhaltene Anzahlungen ohne Umsatzsteuer", "Prepayments received, no VAT", .prepayment, .credit, 3250),
            account(1711, "Erhaltene Anzahlungen 7 % USt", "Prepayments received, VAT 7 %", .prepayment, .credit, 3260),
            account(1712, "Erhaltene Anzahlungen 5 % USt", "Prepayments received, VAT 5 %", .prepayment, .credit, 3261),
            account(1717, "Erhaltene Anzahlungen 16 % USt", "Prepayments received, VAT 16 %", .prepayment, .credit, 3270),
            account(1718, "Erhaltene Anzahlungen 19 % USt", "Prepayments received, VAT 19 %", .prepayment, .credit, 3272),
            account(1771, "Umsatzsteuer 7 %", "VAT 7 %", .tax, .credit, 3801),
            account(1773, "Umsatzsteuer 5 %", "VAT 5 %", .tax, .credit, 3803),
            account(1775, "Umsatzsteuer 16 %", "VAT 16 %", .tax, .credit, 3805),
            account(1776, "Umsatzsteuer 19 %", "VAT 19 %", .tax, .credit, 3806),
            account(2400, "Forderungsverluste", "Bad debts", .expense, .debit, 6930),
            account(2650, "Zinserträge", "Interest income", .revenue, .credit, 7100),
            account(3110, "Einspeisevergütungen", "Feed-in payments", .expense, .debit, 5910),
            account(4970, "Nebenkosten des Geldverkehrs", "Bank charges", .expense, .debit, 6855),
            account(8250, "Schmutzwassergebühren", "Waste water charges", .revenue, .credit, 4250),
            account(8260, "Niederschlagswassergebühren", "Rain water charges", .revenue, .credit, 4260),
            account(8600, "Mahngebühren", "Dunning fees", .revenue, .credit, 4830),
        ]
        let commodities: [(Int32, String, String)] = [
            (10, "Strom", "electricity"), (20, "Gas", "gas"), (30, "Wasser", "water"), (40, "Wärme", "heat"),
        ]
        let rates: [(Int32, Int32, String)] = [
            (8200, 4200, "ohne USt"), (8300, 4300, "7 % USt"), (8350, 4350, "5 % USt"), (8400, 4400, "19 % USt"), (8450, 4450, "16 % USt"),
        ]
        for (base, skr04, rate) in rates {
            for (offset, name, english) in commodities {
                accounts.append(
                    account(
                        base + offset, "Erlöse \(name) \(rate)", "Revenue \(english) \(rate.replacingTax)", .revenue, .credit,
                        skr04 + offset))
            }
        }
        return accounts.sorted { $0.number < $1.number }
    }()

    /// The account of this number, if the chart has it.
    public static func account(_ number: GeneralLedgerNumber) -> GeneralLedgerAccount? { byNumber[number] }

    private static let byNumber = Dictionary(uniqueKeysWithValues: all.map { ($0.number, $0) })
}

extension String {
    fileprivate var replacingTax: String {
        self == "ohne USt" ? "without VAT" : "VAT \(replacingWord)"
    }
    /// `19 % USt` without the word behind the rate.
    private var replacingWord: Substring { dropLast(" USt".count) }
}
