import Billing
import Metering
import Tariffs
import Values

/// Bills that are more than one contract's year: a house on one paper, changed terms, corrections, a customer who owes the tax.
extension GeneratedBills {
    /// Named like the others.
    static func together() throws -> [Bill] {
        func bill(_ name: String, _ serial: Int64, corrects: PrintedNumber? = nil, _ draft: InvoiceDraft) -> Bill {
            Bill(
                name: name,
                invoice: Invoice(
                    number: PrintedNumber(.invoice, serial: serial), issuedOn: Day(2026, 1, 13), corrects: corrects, draft: draft))
        }
        let house = try InvoiceDraft.combined(house.map { try Billing.Bill.compute($0) })
        let paid = try InvoiceDraft.combined(
            [billingCase(.strom, .year, .paid), numbered(billingCase(.wasser, .year, .plain), "VT-3000026")].map {
                try Billing.Bill.compute($0)
            })
        var bills = [
            bill("haus-year-plain", 500_001, house), bill("haus-year-paid", 500_002, paid),
            bill("umstellung-year-plain", 500_003, try changed()), bill("wiederverkauf-year-plain", 500_004, try resold()),
        ]
        bills.append(
            Bill(
                name: "haus-year-storno",
                invoice: bills[0].invoice.cancellation(number: PrintedNumber(.invoice, serial: 500_005), on: Day(2026, 2, 2))))
        // Two points of electricity at one account.
        bills.append(
            bill(
                "zwei-punkte-year-plain", 500_009,
                try InvoiceDraft.combined([try billingCase(.strom, .year, .plain), elsewhere].map { try Billing.Bill.compute($0) })))
        // More was fed in than was credited, and less.
        for (place, change) in [("mehr", 100_000_000), ("weniger", -100_000_000)] as [(String, Int64)] {
            let original = try Self.invoice(.einspeisung, .year, .plain, serial: 500_010)
            let right = try Billing.Bill.compute(counted(billingCase(.einspeisung, .year, .plain), change))
            if let difference = try right.correction(of: [original.draft]) {
                bills.append(bill("berichtigung-einspeisung-year-\(place)", 500_011, corrects: original.number, difference))
            }
        }
        // Too little and too much was counted, on one contract and on a paper of three.
        for (place, change) in [("nachforderung", 250_000_000), ("gutschrift", -250_000_000)] as [(String, Int64)] {
            let original = try Self.invoice(.strom, .year, .plain, serial: 500_006)
            let right = try Billing.Bill.compute(counted(billingCase(.strom, .year, .plain), change))
            if let difference = try right.correction(of: [original.draft]) {
                bills.append(bill("berichtigung-year-\(place)", 500_007, corrects: original.number, difference))
            }
            let all = try InvoiceDraft.combined(
                self.house.enumerated().map { try Billing.Bill.compute($0 == 0 ? counted($1, change) : $1) })
            if let difference = try all.correction(of: [house]) {
                bills.append(bill("berichtigung-haus-year-\(place)", 500_008, corrects: bills[0].invoice.number, difference))
            }
        }
        return try bills + settled()
    }

    /// Bills that the account's credit pays, in part or in whole, and those of customers who leave with a credit.
    private static func settled() throws -> [Bill] {
        func bill(_ name: String, _ serial: Int64, _ draft: InvoiceDraft) -> Bill {
            Bill(name: name, invoice: Invoice(number: PrintedNumber(.invoice, serial: serial), issuedOn: Day(2026, 1, 13), draft: draft))
        }
        let open = try Billing.Bill.compute(billingCase(.strom, .year, .plain))
        let advanced = try Billing.Bill.compute(billingCase(.gas, .year, .paid))
        let part = bill("konto-year-teil", 500_020, open.crediting(Money(cents: 12_345)))
        let storno = part.invoice.cancellation(number: PrintedNumber(.invoice, serial: 500_023), on: Day(2026, 2, 2))
        var bills = [
            part, bill("konto-year-ganz", 500_021, open.crediting(open.due)),
            bill("konto-year-rest", 500_022, advanced.crediting(Money(cents: 1))), Bill(name: "konto-year-storno", invoice: storno),
        ]
        for (place, product) in Product.allCases.enumerated() {
            let left = try Billing.Bill.compute(billingCase(product, .final, .credit)).payingOut
            guard left.isPaidOut else { continue }
            let paidOut = bill("schluss-year-auszahlung-\(product.rawValue)", 500_030 + Int64(place), left)
            bills.append(paidOut)
            bills.append(
                Bill(
                    name: "schluss-year-auszahlung-storno-\(product.rawValue)",
                    invoice: paidOut.invoice.cancellation(
                        number: PrintedNumber(.invoice, serial: 500_040 + Int64(place)), on: Day(2026, 2, 2))))
        }
        return bills
    }

    /// Electricity, gas and water of one account.
    private static var house: [BillingCase] {
        get throws {
            [
                try billingCase(.strom, .year, .plain), numbered(try billingCase(.gas, .year, .plain), "VT-3000026"),
                numbered(try billingCase(.wasser, .year, .plain), "VT-3000034"),
            ]
        }
    }
    private static var elsewhere: BillingCase {
        get throws {
            var other = numbered(try billingCase(.strom, .year, .plain), "VT-3000042")
            other.contract.meteringPoint = "51238696799"
            other.contract.place = ["Am Teich 3", "24534 Neumünster"]
            other.usage[0].serial = "1EMH0099999999"
            return other
        }
    }
    private static func numbered(_ billingCase: BillingCase, _ number: String) -> BillingCase {
        var billingCase = billingCase
        billingCase.contract.number = number
        return billingCase
    }
    private static func counted(_ billingCase: BillingCase, _ change: Int64) -> BillingCase {
        var billingCase = billingCase
        billingCase.usage[0].quantity = Measure(
            micro: billingCase.usage[0].quantity.micro + change, unit: billingCase.usage[0].quantity.unit)
        return billingCase
    }
    /// Two stretches of one contract.
    private static func changed() throws -> InvoiceDraft {
        let whole = try billingCase(.strom, .year, .plain)
        let usage = whole.usage[0]
        return try InvoiceDraft.combined(
            ([(Day(2025, 1, 1), Day(2025, 6, 1), 1_400_000_000), (Day(2025, 6, 1), Day(2026, 1, 1), 2_100_000_000)] as [(Day, Day, Int64)])
                .map {
                    from, until, micro in
                    var part = whole
                    part.period = DayRange(from: from, until: until)
                    part.contract.began = Day(2019, 1, 1)
                    part.usage = [usage]
                    part.usage[0].range = part.period
                    part.usage[0].quantity = Measure(micro: micro, unit: .kilowattHour)
                    return try Billing.Bill.compute(part)
                })
    }
    /// § 13b UStG.
    private static func resold() throws -> InvoiceDraft {
        var resold = try billingCase(.strom, .year, .business)
        resold.contract.attributes["reseller"] = "yes"
        return try Billing.Bill.compute(resold)
    }
}
