/// How a bill is put together. Stored with it: what was issued is computed again as it was issued.
public enum BillForm: Int, Sendable, Hashable, CaseIterable {
    case first = 1
    /// What deduction meters counted beyond the main meter on some days is left out on others; a meter's row ends where the register was
    /// set back; two channels of one device are not added up.
    case second = 2

    /// The energy of what prices contain is rounded on running totals, as that of lines is: the days of a levy add up to the consumption.
    case third = 3

    public static let current = BillForm.third
}
