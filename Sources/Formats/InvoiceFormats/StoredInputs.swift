public import Billing
public import JSON
public import Values

/// All that a document is computed from: one case for an ordinary bill, several for a bill over stretches or contracts, and for a
/// correction the documents whose lines it takes back.
public struct StoredInputs: Hashable, Sendable {
    public var parts: [StoredCase]
    /// Printed numbers of the bill that is corrected and of the corrections before this one, in order; empty for a bill.
    public var corrects: [String]
    /// How a correction is taxed; of what was stored without it, on the difference.
    public var tax: CorrectionTax
    /// What of several parts belongs together; of what was stored without it, each stretch is its own.
    public var unit: SupplyUnit
    /// Whether a correction says what its prices contain; of what was stored without it, not.
    public var breakdown: CorrectionBreakdown
    /// What was billed a year before, where it is not that of a part.
    public var previous: PreviousPeriod?

    /// What the account's credit pays of it, as it stood at issue.
    public var credit: Money
    /// What a correction that gives money back pays at once.
    public var setsOff: [SetOffClaim] = []
    /// Whether the credit it ends with is paid out.
    public var isPaidOut: Bool
    /// Of a correction after which no bill follows: what was paid in advance and it sets off.
    public var setOff: [Instalment] = []
    /// Printed number of the bill that was taken back to be written anew as this one.
    public var replaces: String?

    public init(
        parts: [StoredCase], corrects: [String] = [], tax: CorrectionTax = .ofDocuments, unit: SupplyUnit = .contract,
        breakdown: CorrectionBreakdown = .ofDifference, previous: PreviousPeriod? = nil, credit: Money = .zero, isPaidOut: Bool = false
    ) {
        self.breakdown = breakdown
        self.isPaidOut = isPaidOut
        self.credit = credit
        self.parts = parts
        self.corrects = corrects
        self.tax = tax
        self.unit = unit
        self.previous = previous
    }

    /// An ordinary bill is stored as its case alone.
    public var bytes: [UInt8] {
        if parts.count == 1, corrects.isEmpty, previous == nil, credit == .zero, !isPaidOut, replaces == nil { return parts[0].bytes }
        var writer = JSONWriter(reservingCapacity: 4_096)
        writer.object { writer in
            writer.member("v", 2)
            writer.list("corrects") { writer in for number in corrects { writer.string(number) } }
            writer.list("parts") { writer in for part in parts { writer.raw(part.bytes) } }
            if !corrects.isEmpty, tax != .onDifference { writer.member("tax", tax.rawValue) }
            if !corrects.isEmpty || parts.count > 1, unit != .stretch { writer.member("unit", unit.rawValue) }
            if !corrects.isEmpty, breakdown != .none { writer.member("breakdown", breakdown.rawValue) }
            if credit != .zero { writer.member("credit", credit.cents) }
            if !setsOff.isEmpty { writer.list("setsOff") { writer in for claim in setsOff { claim.write(to: &writer) } } }
            if isPaidOut { writer.member("payOut", true) }
            if !setOff.isEmpty {
                writer.list("setOff") { writer in for instalment in setOff { StoredCase.write(instalment, &writer) } }
            }
            if let replaces { writer.member("replaces", replaces) }
            if let previous { previous.write(to: &writer) }
        }
        return writer.bytes
    }

    /// - Throws: `JSONError` with the place of what is not as it was written.
    public init(parsing bytes: [UInt8]) throws(JSONError) {
        let root = try JSONNode(parsing: bytes)
        guard try root.member("v").integer() == 2 else {
            self.init(parts: [try StoredCase(root)])
            return
        }
        var parts: [StoredCase] = []
        for node in try root.elements("parts") { parts.append(try StoredCase(node)) }
        guard !parts.isEmpty else { throw root.fault("expected a part") }
        var corrects: [String] = []
        for node in try root.elements("corrects") { corrects.append(try node.string()) }
        let tax = try root.optional("tax")?.parsed("a way to tax a correction") { CorrectionTax(rawValue: $0) }
        let unit = try root.optional("unit")?.parsed("what belongs together") { SupplyUnit(rawValue: $0) }
        let breakdown = try root.optional("breakdown")?.parsed("whether it says what prices contain") { CorrectionBreakdown(rawValue: $0) }
        self.init(
            parts: parts, corrects: corrects, tax: tax ?? .onDifference,
            // Of one part there is nothing to tell apart.
            unit: unit ?? (parts.count == 1 && corrects.isEmpty ? .contract : .stretch), breakdown: breakdown ?? .none,
            previous: try PreviousPeriod(in: root),
            credit: Money(cents: try root.optional("credit")?.integer() ?? 0), isPaidOut: try root.optional("payOut")?.bool() ?? false)
        if let list = try root.optional("setOff") {
            for node in try list.elements() { setOff.append(try StoredCase.instalment(node)) }
        }
        replaces = try root.optionalString("replaces")
        setsOff = try SetOffClaim.list(root.optional("setsOff"))
    }
}
