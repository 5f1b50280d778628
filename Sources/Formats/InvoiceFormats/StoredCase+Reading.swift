internal import Billing
public import JSON
internal import Metering
internal import Tariffs
internal import Values

extension StoredCase {
    /// Reads what `bytes` wrote.
    /// - Throws: `JSONError` with the place of what is not as it was written.
    public init(parsing bytes: [UInt8]) throws(JSONError) { try self.init(JSONNode(parsing: bytes)) }

    init(_ root: JSONNode) throws(JSONError) {
        let version = try root.member("v")
        guard try version.integer() == 1 else { throw version.fault("this program reads version 1 of stored cases") }
        var usage: [UsagePiece] = []
        let pieces = try root.elements("usage")
        for node in pieces { usage.append(try StoredCase.piece(node)) }
        let ends = StoredReading.ends(of: usage)
        for (place, node) in pieces.enumerated() {
            usage[place].beginBasis = try StoredReading.basis(node.optional("b"), among: ends)
            usage[place].endBasis = try StoredReading.basis(node.optional("e"), among: ends)
        }
        var intervals: [IntervalUsage] = []
        if let list = try root.optional("intervals") {
            for node in try list.elements() { intervals.append(try StoredIntervals.read(node)) }
        }
        var tariffs: [String] = []
        for node in try root.elements("tariffs") { tariffs.append(try node.string()) }
        var instalments: [Instalment] = []
        for node in try root.elements("instalments") { instalments.append(try StoredCase.instalment(node)) }
        self.init(
            contract: try StoredCase.contract(root.member("contract")), period: try StoredCase.closed(root.member("period")),
            kind: try root.member("kind").parsed("a kind of bill") { BillKind(rawValue: $0) }, usage: usage, intervals: intervals,
            tariffs: tariffs,
            priceHashes: try StoredCase.texts(root.member("prices")), instalments: instalments, previous: try PreviousPeriod(in: root),
            instalmentRule: try StoredCase.rule(root.optional("rule")), isSelfBilled: try root.optional("selfBilled")?.bool() ?? false)
        if let node = try root.optional("form") {
            guard let form = BillForm(rawValue: try node.integer(in: 1...1_000)) else {
                throw node.fault("expected a form of bill that this program knows")
            }
            self.form = form
        }
        if let list = try root.optional("terms") {
            for node in try list.elements() {
                terms.append(
                    AgreedTerms(
                        from: try node.member("from").parsed("a day") { Day($0) },
                        attributes: try StoredCase.texts(node.member("attributes"))))
            }
        }
    }

    static func instalment(_ node: JSONNode) throws(JSONError) -> Instalment {
        Instalment(
            paidOn: try node.member("on").parsed("a day") { Day($0) }, gross: Money(cents: try node.member("gross").integer()),
            tax: Money(cents: try node.member("tax").integer()), number: try node.optionalString("number"))
    }

    private static func rule(_ node: JSONNode?) throws(JSONError) -> InstalmentRule? {
        guard let node else { return nil }
        let step = try node.member("step")
        guard try step.integer() > 0 else { throw step.fault("expected an amount above zero") }
        var rule = InstalmentRule(
            count: try node.member("count").integer(in: 1...12), firstDue: try node.member("first").parsed("a day") { Day($0) },
            step: Money(cents: try step.integer()))
        // Stored before the day was kept: its plan is computed as it was then.
        rule.dueDay = try node.optional("day")?.integer(in: 1...31)
        rule.until = try node.optional("until")?.parsed("a day") { Day($0) }
        return rule.within(
            yearUntil: try node.optional("yearEnd")?.parsed("a day") { Day($0) },
            asked: try node.optional("asked")?.integer(in: 0...400) ?? 0)
    }

    private static func range(_ node: JSONNode) throws(JSONError) -> DayRange {
        let from: Day = try node.member("from").parsed("a day") { Day($0) }
        let until: Day? = try node.optional("to")?.parsed("a day") { Day($0) }
        guard let range = DayRange(checked: from, until: until) else { throw node.fault("expected days in order") }
        return range
    }

    /// A period that was billed has an end.
    fileprivate static func closed(_ node: JSONNode) throws(JSONError) -> DayRange {
        let range = try range(node)
        guard range.until != nil else { throw node.fault("expected an end") }
        return range
    }

    private static func texts(_ node: JSONNode) throws(JSONError) -> [String: String] {
        var result: [String: String] = [:]
        for member in try node.object().members { result[member.key] = try node.string(member.key) }
        return result
    }

    private static func contract(_ node: JSONNode) throws(JSONError) -> BilledContract {
        var place: [String] = []
        for line in try node.elements("place") { place.append(try line.string()) }
        let recipient = try node.member("recipient")
        return BilledContract(
            number: try node.string("number"), key: try node.string("key"), account: try node.string("account"),
            tariff: try node.member("tariff").parsed("a tariff") { TariffKey($0) }, valid: try range(node.member("valid")),
            began: try node.optional("began")?.parsed("a day") { Day($0) }, meteringPoint: try node.string("point"), place: place,
            attributes: try texts(node.member("attributes")),
            recipient: Recipient(
                partner: try recipient.string("partner"), name: try recipient.string("name"), street: try recipient.string("street"),
                postcode: try recipient.string("postcode"), city: try recipient.string("city"),
                email: try recipient.optionalString("email"),
                electronicAddress: try recipient.optionalString("electronicAddress"), vatId: try recipient.optionalString("vatId"),
                leitwegId: try recipient.optionalString("leitwegId")))
    }

    private static func day(_ node: JSONNode) throws(JSONError) -> Day {
        guard let number = Int32(exactly: try node.integer()) else { throw node.fault("expected the number of a day") }
        return Day(number: number)
    }

    private static func piece(_ node: JSONNode) throws(JSONError) -> UsagePiece {
        let obis: ObisCode = try node.member("o").parsed("an OBIS code") { ObisCode($0) }
        let until: Day? = if let end = try node.optional("t") { try day(end) } else { nil }
        guard let range = DayRange(checked: try day(node.member("f")), until: until) else { throw node.fault("expected days in order") }
        return UsagePiece(
            serial: try node.string("s"), obis: obis, tariffRegister: obis.tariffRegister, range: range,
            quantity: Measure(
                micro: try node.member("q").integer(), unit: try node.member("u").parsed("a unit") { UnitCode(rawValue: $0) }),
            factor: Ratio(millionths: try node.member("k").integer()), rollovers: try node.member("r").integer(in: -1_000...1_000),
            begin: try StoredReading.read(node.optional("b")), end: try StoredReading.read(node.optional("e")),
            division: try node.member("d").parsed("a division") { Division(rawValue: $0) },
            slots: try StoredIntervals.slots(node.optional("z"), of: range.from))
    }
}

extension PreviousPeriod {
    /// The member `previous` of a stored case, if it has one.
    init?(in root: JSONNode) throws(JSONError) {
        guard let node = try root.optional("previous") else { return nil }
        self.init(
            period: try StoredCase.closed(node.member("period")), consumption: try PreviousPeriod.measure(node),
            gross: Money(cents: try node.member("gross").integer()))
        guard let same = try node.optional("same") else { return }
        sameDays = SameDays(
            period: try StoredCase.closed(same.member("period")), consumption: try PreviousPeriod.measure(same),
            basis: try same.member("basis").parsed("how it was told") { SameDays.Basis(rawValue: $0) })
    }

    private static func measure(_ node: JSONNode) throws(JSONError) -> Measure {
        Measure(micro: try node.member("micro").integer(), unit: try node.member("unit").parsed("a unit") { UnitCode(rawValue: $0) })
    }
}
