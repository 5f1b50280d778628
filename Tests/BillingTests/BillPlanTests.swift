import Billing
import Metering
import Tariffs
import Testing
import Values

/// Long enough for each published tariff to have its changes of price, tax and levy.
private let period = range("2024-03-01", "2025-11-15")

private func shared(_ plan: BillPlan, _ tariff: TariffKey, _ usage: [UsagePiece], _ attributes: [String: String]) -> BillingCase {
    BillingCase(contract: contract(tariff, attributes: attributes), supplier: demoSupplier, plan: plan, kind: .annual, usage: usage)
}

@Suite struct `A plan of a tariff` {
    @Test func `gives each customer the bill that he gets without it`() throws {
        var random = Seeded(41)
        var bills = 0
        for (key, chain) in catalog.chains.sorted(by: { $0.key < $1.key }) {
            let plan = BillPlan(tariffs: chain.timeline, prices: catalog.prices, period: period)
            for attributes in [["usage": "household", "region": "neumuenster"], ["reseller": "yes"], ["region": "neumuenster"]] {
                let contract = contract(key, attributes: attributes)
                let cuts = Bill.cuts(contract: contract, period: period, tariffs: chain.timeline, prices: catalog.prices)
                #expect(plan.cuts(for: contract) == cuts)
                let isPower = key.commodity == .electricity
                let usage = (isPower ? ["1-0:1.8.1", "1-0:1.8.2"] : ["7-0:3.0.0"]).flatMap { code in
                    period.split(at: cuts).map { span in
                        piece(
                            "M", code, span.from.description, (span.until ?? span.from).description,
                            String(Int.random(in: 0...4_000, using: &random)), isPower ? .kilowattHour : .cubicMetre)
                    }
                }
                func outcome(_ billed: BillingCase) -> Result<InvoiceDraft, BillingProblem> {
                    do throws(BillingProblem) { return .success(try Bill.compute(billed)) } catch { return .failure(error) }
                }
                let own = outcome(
                    BillingCase(
                        contract: contract, supplier: demoSupplier, period: period, kind: .annual, usage: usage, tariffs: chain.timeline,
                        prices: catalog.prices))
                #expect(outcome(shared(plan, key, usage, attributes)) == own)
                if case .success = own { bills += 1 }
            }
        }
        #expect(bills > 5)
    }

    @Test func `is forgotten by a case whose prices, tariffs or days are changed`() throws {
        let year = range("2025-01-01", "2026-01-01")
        let (cheap, prices) = made([("2020-01-01", [("gp", yearly("100"))])])
        let (dear, _) = made([("2020-01-01", [("gp", yearly("200"))])])
        var billed = shared(BillPlan(tariffs: cheap, prices: prices, period: year), contractKey, [], [:])
        #expect(try Bill.compute(billed).totals.net == money("100"))
        billed.tariffs = dear
        #expect(try Bill.compute(billed).totals.net == money("200"))
        billed.period = range("2025-01-01", "2025-07-01")
        #expect(try Bill.compute(billed).totals.net == money("99.18"))
        billed.prices.vat = VATTable()
        #expect(throws: BillingProblem.rating(.missingTaxRate(component: "gp", day("2025-01-01")))) { try Bill.compute(billed) }
    }

    @Test func `says nothing that the case does not say`() {
        let (tariffs, prices) = made([("2020-01-01", [("gp", yearly("100"))])])
        let year = range("2025-01-01", "2026-01-01")
        let with = shared(BillPlan(tariffs: tariffs, prices: prices, period: year), contractKey, [], [:])
        let without = BillingCase(
            contract: contract(contractKey), supplier: demoSupplier, period: year, kind: .annual, usage: [], tariffs: tariffs,
            prices: prices)
        #expect(with == without)
        #expect(with.hashValue == without.hashValue)
    }

    @Test func `is made once for a tariff and a period`() throws {
        var plans = BillPlans(catalog)
        let key = try #require(TariffKey("electricity/basis"))
        let unknown = try #require(TariffKey("electricity/none"))
        let first = plans.plan(key, period)
        let again = plans.plan(key, period)
        let other = plans.plan(key, range("2025-01-01", "2026-01-01"))
        let none = plans.plan(unknown, period)
        #expect(first != nil && first === again)
        #expect(other != nil && other !== first)
        #expect(none == nil)
        let billed = shared(try #require(first), key, [], [:])
        var own = billed
        own.period = period
        #expect(billed.sources == own.sources)
        #expect(!billed.sources.tariffs.isEmpty && !billed.sources.prices.isEmpty)
    }
}
