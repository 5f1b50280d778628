internal import CLibPQ

/// Parameters in the shape libpq wants: one buffer with all bytes, and where each begins.
///
/// The pointers into the buffer exist only inside the calls below; libpq copies before it returns.
struct MarshalledParameters {
    let types: [UInt32]
    private let lengths: [Int32]
    private let formats: [Int32]
    private let offsets: [Int?]  // nil is NULL
    private let buffer: [UInt8]

    init(_ sql: SQL) throws(DatabaseError) {
        let parameters = sql.parameters
        guard parameters.count <= 65_535 else {
            throw DatabaseError(
                kind: .misuse, message: "\(parameters.count) parameters; PostgreSQL takes 65,535: pass an array", statement: sql.text)
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(parameters.reduce(1) { $0 + ($1.bytes?.count ?? 0) })
        var offsets: [Int?] = []
        var lengths: [Int32] = []
        for parameter in parameters {
            guard let value = parameter.bytes else {
                offsets.append(nil)
                lengths.append(0)
                continue
            }
            guard let length = Int32(exactly: value.count) else {
                throw DatabaseError(
                    kind: .misuse, message: "a parameter of \(value.count) bytes; PostgreSQL takes 1 GB", statement: sql.text)
            }
            offsets.append(bytes.count)
            lengths.append(length)
            bytes += value
        }
        bytes.append(0)  // so that an empty value has an address, which tells it from NULL
        types = parameters.map(\.oid)
        formats = [Int32](repeating: 1, count: parameters.count)
        self.offsets = offsets
        self.lengths = lengths
        buffer = bytes
    }

    private var count: Int32 { Int32(truncatingIfNeeded: types.count) }

    private func withPointers<Result>(_ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result) -> Result {
        unsafe buffer.withUnsafeBytes { bytes in
            let base = unsafe bytes.bindMemory(to: CChar.self).baseAddress
            let pointers = unsafe offsets.map { offset in unsafe offset.flatMap { unsafe base?.advanced(by: $0) } }
            return unsafe pointers.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
        }
    }

    /// Parses, plans and runs in one round trip.
    func exec(_ text: String, on handle: OpaquePointer) -> OpaquePointer? {
        unsafe withPointers { unsafe PQexecParams(handle, text, count, types, $0, lengths, formats, 1) }
    }
    func prepare(_ text: String, as name: String, on handle: OpaquePointer) -> OpaquePointer? {
        unsafe PQprepare(handle, name, text, count, types)
    }
    func execPrepared(_ name: String, on handle: OpaquePointer) -> OpaquePointer? {
        unsafe withPointers { unsafe PQexecPrepared(handle, name, count, $0, lengths, formats, 1) }
    }

    // The same for a pipeline: sent, not waited for. False means that libpq refused.
    func send(_ text: String, on handle: OpaquePointer) -> Bool {
        unsafe withPointers { unsafe PQsendQueryParams(handle, text, count, types, $0, lengths, formats, 1) == 1 }
    }
    func sendPrepare(_ text: String, as name: String, on handle: OpaquePointer) -> Bool {
        unsafe PQsendPrepare(handle, name, text, count, types) == 1
    }
    func sendPrepared(_ name: String, on handle: OpaquePointer) -> Bool {
        unsafe withPointers { unsafe PQsendQueryPrepared(handle, name, count, $0, lengths, formats, 1) == 1 }
    }
}
