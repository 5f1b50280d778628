public import Billing
public import MeteringOperations
internal import Values

extension CheckParameters: StoredThresholds {
    public static let table = "bill_check_parameter"
    public static let customerColumn = "customers"
    public static let belongToMeters = false
    public static let word = "bill-check-parameters"
    public static let insteadOfOff = ""
}

extension ThresholdBook<CheckParameters> {
    /// For what a correction is held, by the thresholds of the day.
    func holds(_ difference: InvoiceDraft, to right: InvoiceDraft, on day: Day) -> [HeldReason] {
        CheckedBill.results(
            ofCorrection: difference, to: right, issuedOn: day, parameters: parameters(of: right, on: day),
            ofSupplies: parametersOfSupplies(of: right, on: day)
        )
        .reasons(.hold)
    }
}
