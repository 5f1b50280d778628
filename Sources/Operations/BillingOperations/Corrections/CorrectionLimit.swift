internal import Billing
internal import InvoiceFormats
internal import Tariffs
internal import Values

/// How long errors of a bill may be corrected: three years for electricity and gas (§ 18(2) StromGVV and GasGVV), two for water and
/// heat (§ 21(2) AVBWasserV and AVBFernwärmeV). On a paper over several commodities the shortest holds.
struct CorrectionLimit {
    static let code = "time-limit"
    private let end: Day
    private let years: Int
    private let clause: String

    /// nil where a part has no end.
    init?(_ inputs: StoredInputs) {
        guard let end = inputs.parts.compactMap(\.period.until).max() else { return nil }
        self.end = end
        let limits = inputs.parts.map { CorrectionLimit.limit($0.contract.tariff.commodity) }
        guard let shortest = limits.min(by: { $0.years < $1.years }) else { return nil }
        (years, clause) = shortest
    }

    private static func limit(_ commodity: Commodity) -> (years: Int, clause: String) {
        switch commodity {
        case .electricity: (3, "§ 18 Abs. 2 StromGVV")
        case .gas: (3, "§ 18 Abs. 2 GasGVV")
        case .water: (2, "§ 21 Abs. 2 AVBWasserV")
        case .heat: (2, "§ 21 Abs. 2 AVBFernwärmeV")
        }
    }

    /// - Parameter day: on which it would be corrected.
    func isOver(on day: Day) -> Bool { day > end.adding(months: 12 * years) }
    var explanation: String {
        "Der Abrechnungszeitraum endete vor mehr als \(years == 2 ? "zwei" : "drei") Jahren; so lange lassen sich Fehler berichtigen (\(clause))."
    }
}
