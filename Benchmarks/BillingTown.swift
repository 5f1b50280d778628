import Foundation

/// Households with a meter, a contract and readings, to be billed.
struct BillingTown {
    let program: Program

    /// Brings these customers into the database. They begin with the year that is billed: days before it that nobody has billed would be
    /// told on each bill.
    func found(_ customers: Range<Int>, cycle: String) throws {
        let folder = FileManager.default.temporaryDirectory
        let own = ProcessInfo.processInfo.processIdentifier
        let master = folder.appending(path: "zaehlwerk-bills-\(own).json")
        let readings = folder.appending(path: "zaehlwerk-readings-\(own).csv")
        defer {
            try? FileManager.default.removeItem(at: master)
            try? FileManager.default.removeItem(at: readings)
        }
        try Data(masterData(customers, cycle: cycle).utf8).write(to: master)
        try Data(registerReadings(customers).utf8).write(to: readings)
        try program.run("import", master.path(), readings.path())
    }

    private func masterData(_ customers: Range<Int>, cycle: String) -> String {
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: width - digits.count) + digits
        }
        func list(_ item: (Int) -> String) -> String { customers.map(item).joined(separator: ",\n") }
        return """
            {"partners": [\(list { "{\"key\": \"bill-\($0)\", \"name\": {\"given\": \"Erika\", \"family\": \"Muster \($0)\"}, \"kind\": \"person\", \"address\": {\"street\": \"Hauptstraße\", \"house\": \"\($0)\", \"postcode\": \"24534\", \"city\": \"Neumünster\"}}" })],
            "accounts": [\(list { "{\"key\": \"bill-\($0)\", \"partner\": \"bill-\($0)\"}" })],
            "meteringPoints": [\(list { "{\"code\": \"DE9\(padded($0, 30))\", \"commodity\": \"electricity\", \"capacity\": {\"value\": \"43\", \"unit\": \"kW\"}, \"meters\": [{\"serial\": \"1BIL\(padded($0, 10))\", \"from\": \"2024-01-01\", \"registers\": [{\"obis\": \"1-0:1.8.0\", \"unit\": \"kWh\", \"digits\": 6, \"decimals\": 1}]}]}" })],
            "contracts": [\(list { "{\"key\": \"bill-\($0)\", \"account\": \"bill-\($0)\", \"meteringPoint\": \"DE9\(padded($0, 30))\", \"tariff\": \"electricity/basis\", \"from\": \"2025-01-01\", \"cycle\": \"\(cycle)\", \"attributes\": {\"usage\": \"household\", \"region\": \"neumuenster\"}}" })]}
            """
    }

    private func registerReadings(_ customers: Range<Int>) -> String {
        var out = "meter,obis,at,value,unit,status\n"
        for customer in customers {
            let digits = String(customer)
            let serial = "1BIL" + String(repeating: "0", count: 10 - digits.count) + digits
            for (day, value) in [
                ("2024-07-01T00:00:00+02:00", 500), ("2025-01-01T00:00:00+01:00", 1_000),
                ("2025-07-01T00:00:00+02:00", 2_700 + customer % 300),
                ("2026-01-01T00:00:00+01:00", 4_500 + customer % 900),
            ] {
                out += "\(serial),1-0:1.8.0,\(day),\(value).0,kWh,measured\n"
            }
        }
        return out
    }
}
