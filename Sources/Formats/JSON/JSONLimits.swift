/// What a JSON text may cost, whatever its size. The size itself is bounded by who reads the body.
public enum JSONLimits {
    /// Arrays and objects within each other. Also the width of the bit set in which ``JSONScanner`` skips.
    public static let depth = 64
    /// Characters of one number.
    public static let numberLength = 64
    /// Members of one object of a ``JSONValue``.
    public static let membersPerObject = 4096
}
