internal import JSON
internal import Metering
internal import Values

extension MasterDataDocument {
    /// Whether a JSON text looks like master data: an object with at least one of its lists.
    public static func recognises(_ bytes: [UInt8]) -> Bool {
        let found = try? JSONScanner.withScanner(over: bytes) { (scanner) throws(JSONError) -> Bool in
            try scanner.openObject()
            while let key = try scanner.nextKey() {
                if ["partners", "accounts", "meteringPoints", "contracts"].contains(scanner.text(key)) { return true }
                try scanner.skipValue()
            }
            return false
        }
        return found ?? false
    }

    /// Reads a document.
    /// - Throws: `MasterDataRefusal` with all problems, each with its path.
    public init(json bytes: [UInt8]) throws(MasterDataRefusal) {
        var list = ProblemList()
        self.init()
        if let root = list.read({ () throws(JSONError) in try JSONNode(parsing: bytes) }),
            list.members(root, ["partners", "accounts", "meteringPoints", "contracts"])
        {
            partners = list.elements(root, "partners").compactMap { list.partner($0) }
            accounts = list.elements(root, "accounts").compactMap { list.account($0) }
            meteringPoints = list.elements(root, "meteringPoints").compactMap { list.meteringPoint($0) }
            contracts = list.elements(root, "contracts").compactMap { list.contract($0) }
        }
        if !list.problems.isEmpty { throw MasterDataRefusal(list.problems) }
    }
}

extension ProblemList {
    fileprivate mutating func partner(_ node: JSONNode) -> MasterDataDocument.Partner? {
        let known: Set<String> = [
            "number", "key", "name", "address", "kind", "born", "email", "phone", "electronicAddress", "vatId", "leitwegId",
        ]
        guard members(node, known), let key = text(node, "key") else { return nil }
        var partner = MasterDataDocument.Partner(key: key)
        partner.number = optionalParsed(node, "number", "a partner number with its check digit, GP-…") { text in
            (try? PrintedNumber(text)).flatMap { $0.circle == .partner ? $0 : nil }
        }
        if let name = optionalNode(node, "name"), members(name, ["given", "family", "company"]) {
            partner.given = optionalText(name, "given")
            partner.family = optionalText(name, "family")
            partner.company = optionalText(name, "company")
        }
        partner.address = address(node)
        partner.kind = optionalParsed(node, "kind", "person or company") { MasterDataDocument.Partner.Kind(rawValue: $0) }
        partner.born = optionalParsed(node, "born", "a day, YYYY-MM-DD") { Day($0) }
        partner.email = optionalText(node, "email")
        partner.phone = optionalText(node, "phone")
        partner.electronicAddress = optionalText(node, "electronicAddress")
        partner.vatId = optionalText(node, "vatId")
        partner.leitwegId = optionalText(node, "leitwegId")
        return partner
    }

    fileprivate mutating func account(_ node: JSONNode) -> MasterDataDocument.Account? {
        guard members(node, ["key", "partner", "iban", "collectiveInvoice"]), let key = text(node, "key") else { return nil }
        return .init(
            key: key, partner: optionalText(node, "partner"),
            iban: optionalParsed(node, "iban", "an IBAN with right check digits") { try? IBAN($0) },
            collectiveInvoice: optionalFlag(node, "collectiveInvoice"))
    }

    fileprivate mutating func meteringPoint(_ node: JSONNode) -> MasterDataDocument.MeteringPoint? {
        guard
            members(
                node,
                [
                    "code", "commodity", "state", "address", "coordinates", "capacity", "meters", "customerClass", "profile",
                    "temperatureStation", "annualForecast",
                ])
        else { return nil }
        let code = parsed(node, "code", "a metering point code: MeLo, MaLo with its check digit, or an own one") {
            try? MeteringPointCode($0)
        }
        let commodity = parsed(node, "commodity", "electricity, gas, water or heat") { Commodity(rawValue: $0) }
        let state = optionalText(node, "state")
        let address = address(node)
        let coordinates = coordinates(node)
        let capacity = capacity(node)
        let meters = elements(node, "meters").compactMap { meter($0) }
        guard let code, let commodity else { return nil }
        var point = MasterDataDocument.MeteringPoint(code: code, commodity: commodity)
        point.state = state
        point.address = address
        point.coordinates = coordinates
        point.capacity = capacity
        point.supply.customerClass = optionalParsed(node, "customerClass", "household, commercial or industrial") {
            ["household", "commercial", "industrial"].contains($0) ? $0 : nil
        }
        point.supply.profile = optionalParsed(node, "profile", "the name of a load profile of at most 16 bytes") {
            (1...16).contains($0.utf8.count) ? $0 : nil
        }
        point.supply.temperatureStation = optionalParsed(node, "temperatureStation", "a station of at most 64 bytes") {
            (1...64).contains($0.utf8.count) ? $0 : nil
        }
        point.supply.annualForecastMicro = optionalParsed(node, "annualForecast", "a plain decimal, not negative") { text in
            DecimalText.parse(text, scale: 6).flatMap { $0 >= 0 ? $0 : nil }
        }
        point.meters = meters
        return point
    }

    private mutating func meter(_ node: JSONNode) -> MasterDataDocument.Meter? {
        guard members(node, ["serial", "from", "until", "registers"]) else { return nil }
        let serial = parsed(node, "serial", "a serial of at most 64 bytes") { text in
            (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } ? text : nil
        }
        let range = days(node)
        let registers = elements(node, "registers").compactMap { register($0) }
        guard let serial, let range else { return nil }
        return .init(serial: serial, from: range.from, until: range.until, registers: registers)
    }

    private mutating func register(_ node: JSONNode) -> MasterDataDocument.Register? {
        guard members(node, ["obis", "unit", "resolution", "digits", "decimals", "factor", "times"]) else { return nil }
        let obis = parsed(node, "obis", "an OBIS code such as 1-0:1.8.0") { ObisCode($0) }
        let unit = parsed(node, "unit", "a unit such as kWh or m3") { UnitCode(name: $0) }
        let resolution = optionalParsed(node, "resolution", "PT15M, PT1H, P1D, P1D@06:00 (gas day), or another part of the hour") {
            Resolution($0)
        }
        let digits = optionalInteger(node, "digits", in: 1...12)
        let decimals = optionalInteger(node, "decimals", in: 0...6)
        let factor = optionalParsed(node, "factor", "a positive plain decimal") { text in
            Ratio(text).flatMap { $0.millionths > 0 ? $0 : nil }
        }
        let times = optionalParsed(node, "times", "when a tariff register counts, such as mon-fri 06:00-22:00; sat 06:00-13:00") {
            TariffTimes($0)
        }
        guard let obis, let unit else { return nil }
        return .init(
            obis: obis, unit: unit, resolution: resolution, digits: digits, decimals: decimals, factor: factor, tariffTimes: times)
    }

    fileprivate mutating func contract(_ node: JSONNode) -> MasterDataDocument.Contract? {
        guard members(node, ["key", "account", "meteringPoint", "tariff", "from", "until", "cycle", "attributes"]) else { return nil }
        let key = text(node, "key")
        let range = days(node)
        let account = optionalText(node, "account")
        let point = optionalParsed(node, "meteringPoint", "a metering point code") { try? MeteringPointCode($0) }
        let tariff = optionalText(node, "tariff")
        let cycle = optionalText(node, "cycle")
        var attributes: [String: String] = [:]
        if let object = optionalNode(node, "attributes"), let found = read({ () throws(JSONError) in try object.object() }) {
            for member in found.members { attributes[member.key] = optionalText(object, member.key) }
        }
        guard let key, let range else { return nil }
        var contract = MasterDataDocument.Contract(key: key, from: range.from)
        contract.account = account
        contract.meteringPoint = point
        contract.tariff = tariff
        contract.until = range.until
        contract.cycle = cycle
        contract.attributes = attributes
        return contract
    }

    private mutating func optionalNode(_ node: JSONNode, _ key: String) -> JSONNode? {
        read { () throws(JSONError) -> JSONNode? in try node.optional(key) } ?? nil
    }

    /// `from`, and `until` behind it.
    private mutating func days(_ node: JSONNode) -> (from: Day, until: Day?)? {
        let from = parsed(node, "from", Day.expectation) { Day(entered: $0) }
        // Other systems write an open end as the last day there is.
        let until = optionalParsed(node, "until", "\(Day.expectation), or 9999-12-31") { text in
            Day(entered: text) ?? (text == "9999-12-31" ? Day(text) : nil)
        }
        guard let from else { return nil }
        if let until, until <= from {
            note(
                JSONError(.mistyped, path: JSONPointer.member("until", of: node.path), "\"until\" is exclusive and must lie after \"from\"")
            )
            return nil
        }
        return (from, until)
    }

    private mutating func address(_ node: JSONNode) -> MasterDataDocument.Address? {
        guard let address = optionalNode(node, "address"), members(address, ["street", "house", "postcode", "city"]) else { return nil }
        return .init(
            street: optionalText(address, "street"), house: optionalText(address, "house"), postcode: optionalText(address, "postcode"),
            city: optionalText(address, "city"))
    }

    private mutating func coordinates(_ node: JSONNode) -> MasterDataDocument.MeteringPoint.Coordinates? {
        guard let place = optionalNode(node, "coordinates"), members(place, ["lat", "lon"]) else { return nil }
        let latitude = degrees(place, "lat", 90)
        let longitude = degrees(place, "lon", 180)
        guard let latitude, let longitude else { return nil }
        return .init(latitudeMicro: latitude, longitudeMicro: longitude)
    }

    private mutating func degrees(_ node: JSONNode, _ key: String, _ limit: Int64) -> Int64? {
        parsed(node, key, "degrees from -\(limit) to \(limit) as a plain decimal") { text in
            DecimalText.parse(text, scale: 6).flatMap { $0.magnitude <= UInt64(limit) * 1_000_000 ? $0 : nil }
        }
    }

    private mutating func capacity(_ node: JSONNode) -> Measure? {
        guard let capacity = optionalNode(node, "capacity"), members(capacity, ["value", "unit"]) else { return nil }
        let micro = parsed(capacity, "value", "a positive plain decimal") { text in
            DecimalText.parse(text, scale: 6).flatMap { $0 > 0 ? $0 : nil }
        }
        let unit = parsed(capacity, "unit", "kW, W, MW, m3/h or l/min") { text in
            UnitCode(name: text).flatMap { $0.dimension == .power || $0.dimension == .flow ? $0 : nil }
        }
        guard let micro, let unit else { return nil }
        return Measure(micro: micro, unit: unit)
    }
}
