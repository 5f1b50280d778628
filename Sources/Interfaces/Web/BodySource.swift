internal import Compression
internal import Hummingbird
internal import NIOCore
internal import Synchronization

/// Where the bytes of a request come from.
enum BodySource: Sendable {
    case bytes([UInt8])
    case network(RequestBody)
}

/// How many bytes of request bodies may lie in memory at a time, all requests together. Beyond it new ones are told to come again:
/// a thousand clients with 64 MiB each must not end the server.
final class BodyBudget: Sendable {
    private let limit: Int
    private let held = Mutex(0)

    init(limit: Int) { self.limit = limit }

    /// Bytes held now.
    var bytes: Int { held.withLock { $0 } }

    fileprivate func take(_ count: Int) -> Bool {
        held.withLock { held in
            guard held + count <= limit else { return false }
            held += count
            return true
        }
    }
    fileprivate func giveBack(_ count: Int) { held.withLock { $0 -= count } }
}

/// What one request holds of the budget, until the request is gone.
final class BodyReservation: Sendable {
    private let budget: BodyBudget
    private let count = Mutex(0)

    init(_ budget: BodyBudget) { self.budget = budget }
    deinit { budget.giveBack(count.withLock { $0 }) }

    /// - Throws: `Problem` (503) when all requests together hold too much.
    func grow(by more: Int) throws(Problem) {
        guard budget.take(more) else {
            throw Problem(.overloaded, "too many large bodies at once", headers: ["Retry-After": "1"])
        }
        count.withLock { $0 += more }
    }
}

extension BodySource {
    /// All bytes, decoded.
    ///
    /// - Parameters:
    ///   - limit: bytes after decompression.
    ///   - declared: `Content-Length`, if any.
    ///   - encoding: `Content-Encoding`, if any: `gzip` or `identity`.
    /// - Throws: `Problem`: 413 beyond the limit, 415 for another encoding, 400 for damaged gzip, 503 beyond the budget.
    func collect(limit: Int, declared: Int?, encoding: String?, reservation: BodyReservation) async throws -> [UInt8] {
        let tooLarge = Problem(.bodyTooLarge, "more than \(limit) bytes", headers: ["Connection": "close"])
        if let declared, declared > limit { throw tooLarge }
        switch (encoding ?? "identity").lowercased() {
        case "identity", "":
            return try await collectPlain(limit: limit, declared: declared, tooLarge: tooLarge, reservation: reservation)
        case "gzip", "x-gzip":
            return try await collectGzip(limit: limit, tooLarge: tooLarge, reservation: reservation)
        default:
            throw Problem(.unsupportedEncoding, "send it plain or as gzip", headers: ["Accept-Encoding": "gzip", "Connection": "close"])
        }
    }

    private func collectPlain(limit: Int, declared: Int?, tooLarge: Problem, reservation: BodyReservation) async throws -> [UInt8] {
        switch self {
        case .bytes(let bytes):
            guard bytes.count <= limit else { throw tooLarge }
            return bytes
        case .network(let body):
            var bytes: [UInt8] = []
            // What is declared is reserved before it is believed: the budget is told, the memory is only asked for up to 1 MiB at once.
            if let declared {
                try reservation.grow(by: declared)
                bytes.reserveCapacity(min(declared, 1 << 20))
            }
            for try await buffer in body {
                let count = buffer.readableBytes
                guard bytes.count + count <= limit else { throw tooLarge }
                if declared == nil { try reservation.grow(by: count) }
                bytes.append(contentsOf: buffer.readableBytesView)
            }
            return bytes
        }
    }

    // Inflated while it arrives: neither the compressed body nor a bomb ever lies in memory as a whole.
    private func collectGzip(limit: Int, tooLarge: Problem, reservation: BodyReservation) async throws -> [UInt8] {
        var inflated: [UInt8] = []
        var reserved = 0
        func reserve() throws(Problem) {
            guard inflated.count > reserved else { return }
            try reservation.grow(by: inflated.count - reserved)
            reserved = inflated.count
        }
        do {
            // Readings of a quiet meter compress better than a hundred to one, and deflate ends at 1,032; the limit of bytes is the guard.
            var inflater = Inflater(.gzip, limit: limit, ratioLimit: 2_000)
            switch self {
            case .bytes(let bytes):
                try inflater.append(bytes, to: &inflated)
                try reserve()
            case .network(let body):
                for try await buffer in body {
                    try inflater.append(Array(buffer.readableBytesView), to: &inflated)
                    try reserve()
                }
            }
            try inflater.finish()
        } catch let error as CompressionError {
            switch error {
            case .tooLarge, .tooDense: throw tooLarge
            default: throw Problem(.badRequest, "the gzip data is damaged: \(error)")
            }
        }
        return inflated
    }
}
