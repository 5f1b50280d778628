public import Tariffs
internal import Values

/// A statement that the law wants on a bill and that nobody computes: somebody has to have told it, with the contract or once for all of
/// a commodity with the supplier.
public enum LegalStatement: Hashable, Sendable, CaseIterable {
    /// Who meters, and the code number of the network operator (§ 40(2) No. 6 EnWG).
    case meteringOperator, networkOperatorCode
    /// Notice, and with it the next day on which the contract can be ended (§ 40(2) No. 5 EnWG).
    case notice
    /// Electricity: shares of the energy carriers, carbon dioxide, radioactive waste (§ 42 EnWG). Heat: energy carriers, emissions, primary
    /// energy factor (§ 5 FFVAV).
    case energyMix
    /// Which taxes, levies, network and metering charges, and of gas which cost of carbon dioxide, the prices contain (§ 40(3) EnWG): the
    /// tariff has to say it.
    case burdens

    /// Whether a bill has to say it of this contract.
    ///
    /// § 40 and § 42 EnWG protect every final customer, not households alone; a reseller is none, and who feeds in is none. § 5 FFVAV
    /// protects every customer of district heat. Of water no law wants any of these.
    public func isDue(on draft: InvoiceDraft) -> Bool {
        let contract = draft.contract
        guard !PriceComponent.isReseller(contract.attributes), draft.lines.contains(where: { $0.service != .feedIn }) else { return false }
        switch (self, contract.tariff.commodity) {
        case (.meteringOperator, .electricity), (.meteringOperator, .gas): return true
        case (.networkOperatorCode, .electricity), (.networkOperatorCode, .gas): return true
        // Who has ended a contract is not told how to.
        case (.notice, .electricity), (.notice, .gas): return contract.valid.until == nil
        case (.energyMix, .electricity), (.energyMix, .heat): return true
        case (.burdens, .electricity), (.burdens, .gas): return true
        default: return false
        }
    }

    /// Whether somebody has told it.
    public func isKnown(on draft: InvoiceDraft) -> Bool {
        let (contract, supplier) = (draft.contract, draft.supplier)
        return switch self {
        case .meteringOperator: contract.meteringOperator(supplier) != nil
        case .networkOperatorCode: contract.networkOperatorCode(supplier) != nil
        case .notice: contract.isBasicSupply || contract.notice(supplier) != nil
        case .energyMix: supplier.statements[contract.tariff.commodity]?.energyMix != nil
        case .burdens: draft.supplies.allSatisfy(\.showsBurdens)
        }
    }

    /// For the clerk: what lacks, by which law, and where it is told.
    func explanation(_ contract: BilledContract) -> String {
        let place = "in der Datei des Versorgers unter statements.\(contract.tariff.commodity.rawValue)"
        let own = contract.tariff.commodity == .heat ? "§ 5 FFVAV" : "§ 42 EnWG"
        return switch self {
        case .meteringOperator:
            "Messstellenbetreiber (§ 40 Abs. 2 EnWG; am Vertrag als meteringOperator oder \(place).metering_operator)"
        case .networkOperatorCode:
            "Codenummer des Netzbetreibers (§ 40 Abs. 2 EnWG; am Vertrag als networkOperatorCode oder \(place).network_operator_code)"
        case .notice:
            "Kündigungsfrist und nächstmöglicher Kündigungstermin (§ 40 Abs. 2 EnWG; am Vertrag als noticePeriod wie P1M, supply: basic für Grundversorgung, oder \(place).notice_period)"
        case .energyMix:
            "\(contract.tariff.commodity == .heat ? "Energieträger und Emissionen" : "Stromkennzeichnung") (\(own); \(place).energy_mix)"
        case .burdens:
            "Steuern, Abgaben, Umlagen, Netz- und Messentgelte in den Preisen (§ 40 Abs. 3 EnWG; im Tarif \(contract.tariff) unter breakdown)"
        }
    }
}

extension BilledContract {
    /// Grundversorgung (§ 20 StromGVV and GasGVV: two weeks' notice).
    public var isBasicSupply: Bool { attributes["supply"] == "basic" }
    public func meteringOperator(_ supplier: Supplier) -> String? {
        attributes["meteringOperator"] ?? supplier.statements[tariff.commodity]?.meteringOperator
    }
    public func networkOperatorCode(_ supplier: Supplier) -> String? {
        attributes["networkOperatorCode"] ?? supplier.statements[tariff.commodity]?.networkOperatorCode
    }
    /// As agreed, else by the supplier's general terms; nil as well where what was agreed is no such text.
    public func notice(_ supplier: Supplier) -> NoticePeriod? {
        attributes["noticePeriod"].map { NoticePeriod($0) } ?? supplier.statements[tariff.commodity]?.notice
    }
}
