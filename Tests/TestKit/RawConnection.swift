import Foundation
import Glibc

/// A connection that says exactly the bytes it is told to: for what no proper client would do, and the ground of the proper one.
public final class RawConnection: Sendable {
    private let handle: Int32

    /// Connects to a port of this machine.
    /// - Parameter patience: seconds without a byte after which reading gives up.
    public init(port: Int, patience: Int = 30) throws {
        handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var timeout = timeval(tv_sec: patience, tv_usec: 0)
        unsafe setsockopt(handle, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(handle, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw ProgramUnderTest.Failure("no connection to port \(port)") }
    }

    deinit { close(handle) }

    /// Says a text; false if the other side is gone. Blocks while the other side does not read.
    @discardableResult
    public func say(_ text: String) -> Bool { say(Array(text.utf8)) }

    @discardableResult
    func say(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe send(handle, $0.baseAddress.map { unsafe $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// Reads until the mark has come, the other side closed, or patience is at its end.
    public func hear(until mark: String) async -> String {
        await RawConnection.onThread { [self] in
            var heard: [UInt8] = []
            while !String(decoding: heard, as: UTF8.self).contains(mark), let more = hear() { heard += more }
            return String(decoding: heard, as: UTF8.self)
        }
    }

    /// What comes next; nil when the other side closed or patience is at its end.
    func hear() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(handle, $0.baseAddress, $0.count, 0) }
        return count > 0 ? Array(buffer[..<count]) : nil
    }

    /// What blocks belongs on a thread of its own, not on one of the few of the pool.
    static func onThread<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: body()) }
        }
    }
}
