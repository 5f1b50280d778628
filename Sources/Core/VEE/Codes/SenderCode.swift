/// A code with which a sender says how a value came about, or why, and for which there is no method or reason of ours, or none that
/// would go out as the same code. It is kept in the byte of the method or reason, so that it comes out as it went in; the cascade
/// takes no value for its own because of it.
public enum SenderCode: Hashable, Sendable {
    /// A method or reason number of NEM12 (MDFF 2.6), 0…127.
    case nem12(Int)
    /// A reading quality of ESPI, and the second field of one of CIM (IEC 61968-9), 0…31.
    case quality(Int)
    /// A method (STS+Z32) or hint (STS+Z33) of MSCONS.
    case mscons(String)

    /// By place; stored, so only ever made longer.
    private static let mscons = [
        "Z88", "Z89", "Z90", "Z91", "Z92", "Z93", "Z94", "Z95", "ZJ2", "ZQ8", "ZQ9", "ZR0", "ZS0", "Z86", "Z87", "ZC3", "ZR5", "ZS2", "ZA4",
    ]

    /// The byte, above those of our methods and reasons: qualities from 32, MSCONS from 64, NEM12 from 128. nil for a code that is in
    /// none of the lists.
    public var raw: UInt8? {
        switch self {
        case .nem12(let number): (0..<128).contains(number) ? UInt8(128 + number) : nil
        case .quality(let number): (0..<32).contains(number) ? UInt8(32 + number) : nil
        case .mscons(let code): SenderCode.mscons.firstIndex(of: code).map { UInt8(64 + $0) }
        }
    }
    public init?(raw: UInt8) {
        switch raw {
        case 128...: self = .nem12(Int(raw) - 128)
        case 64...:
            guard Int(raw) - 64 < SenderCode.mscons.count else { return nil }
            self = .mscons(SenderCode.mscons[Int(raw) - 64])
        case 32...: self = .quality(Int(raw) - 32)
        default: return nil
        }
    }

    /// The word of the interface: `nem12-20`, `quality-12`, `mscons-Z90`.
    public var word: String {
        switch self {
        case .nem12(let number): "nem12-\(number)"
        case .quality(let number): "quality-\(number)"
        case .mscons(let code): "mscons-\(code)"
        }
    }
    public init?(word: some StringProtocol) {
        let parts = word.split(separator: "-", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        switch (parts[0], Int(parts[1])) {
        case ("nem12", let number?): self = .nem12(number)
        case ("quality", let number?): self = .quality(number)
        case ("mscons", nil): self = .mscons(String(parts[1]))
        default: return nil
        }
        guard raw != nil else { return nil }
    }

    /// For people: the code with the official words of its list, which have one language.
    public func text(isMethod: Bool) -> String {
        switch self {
        case .nem12(let number):
            ["NEM12 \(number)", (isMethod ? NEM12Codes.methods : NEM12Codes.reasons)[number]].compactMap(\.self).joined(separator: ": ")
        case .quality(let number): "IEC 61968-9 \(number)"
        case .mscons(let code):
            ["MSCONS \(code)", (MSCONSCodes.methods + MSCONSCodes.hints).first { $0.code == code }?.german].compactMap(\.self)
                .joined(separator: ": ")
        }
    }
}

extension EstimationMethod {
    /// The word of a stored byte: of a method of ours, or of a sender's code; nil where there is nothing to say.
    public static func word(raw: UInt8) -> String? {
        EstimationMethod(rawValue: raw).map { $0 == .none ? nil : $0.word } ?? SenderCode(raw: raw)?.word
    }
    /// The byte of a word; 0 for none, or one that is no word.
    public static func raw(word: some StringProtocol) -> UInt8 {
        EstimationMethod(word: word)?.rawValue ?? SenderCode(word: word)?.raw ?? none.rawValue
    }
}
extension EstimationReason {
    /// The word of a stored byte: of a reason of ours, or of a sender's code; nil where there is nothing to say.
    public static func word(raw: UInt8) -> String? {
        EstimationReason(rawValue: raw).map { $0 == .none ? nil : $0.word } ?? SenderCode(raw: raw)?.word
    }
    /// The byte of a word; 0 for none, or one that is no word.
    public static func raw(word: some StringProtocol) -> UInt8 {
        EstimationReason(word: word)?.rawValue ?? SenderCode(word: word)?.raw ?? none.rawValue
    }
}
