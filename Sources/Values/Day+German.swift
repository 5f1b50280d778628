extension Day {
    /// As people in Germany write it: `31.01.2026`.
    public var german: String {
        let digits = description.split(separator: "-")
        return digits.count == 3 ? "\(digits[2]).\(digits[1]).\(digits[0])" : description
    }
}
