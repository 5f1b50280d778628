/// What is wrong with a file, where, and how to mend it.
public struct TariffFileError: Error, Hashable, Sendable, CustomStringConvertible {
    public let path: String
    /// From 1; 0 where the whole file is meant.
    public let line: Int
    public let column: Int
    /// Dotted keys from the root: `components[2].price`.
    public let key: String
    public let message: String
    public let mend: String

    public init(path: String, line: Int, column: Int, key: String, message: String, mend: String) {
        self.path = path
        self.line = line
        self.column = column
        self.key = key
        self.message = message
        self.mend = mend
    }
    public var description: String {
        let place = line > 0 ? "\(path):\(line):\(column)" : path
        return "\(place): \(key.isEmpty ? "" : key + ": ")\(message). \(mend)"
    }
}
