import Glibc

/// Arrays of C strings, ended by a null pointer, as `argv` and libpq's keyword lists want them.
enum CStrings {
    /// The pointers are valid inside `body` only.
    static func with<Result>(_ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result) -> Result {
        let copies = unsafe strings.map { unsafe strdup($0) }
        defer { unsafe copies.forEach { unsafe free($0) } }
        let pointers: [UnsafePointer<CChar>?] = unsafe copies.map { unsafe UnsafePointer($0) } + [nil]
        return unsafe pointers.withUnsafeBufferPointer { buffer in
            // Never nil: the list has its end mark at least.
            guard let base = buffer.baseAddress else { preconditionFailure("a list of C strings without its end") }
            return unsafe body(base)
        }
    }
}
