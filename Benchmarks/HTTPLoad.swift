import Foundation
import Glibc
import Synchronization

/// A load generator of blocking sockets: as little as possible between the bodies, made beforehand, and the server.
struct HTTPLoad {
    let port: UInt16
    let authorization: String

    struct Failure: Error, CustomStringConvertible { let description: String }

    /// Sends each connection's bodies over it, kept alive, one after the other, and waits for every answer.
    ///
    /// A thread for each connection: `concurrentPerform` would run only as many as there are cores, and the server would wait.
    /// - Returns: seconds from the first byte sent to the last answer received.
    func post(_ path: String, contentType: String, bodies: [[[UInt8]]]) throws -> Double {
        let failure = Mutex<String?>(nil)
        let group = DispatchGroup()
        let elapsed = seconds {
            for bodies in bodies {
                group.enter()
                Thread.detachNewThread {
                    do {
                        let socket = try Socket(port: port)
                        for body in bodies where failure.withLock({ $0 == nil }) {
                            try send(body, path, contentType, over: socket)
                        }
                    } catch {
                        failure.withLock { $0 = "\(error)" }
                    }
                    group.leave()
                }
            }
            group.wait()
        }
        if let text = failure.withLock({ $0 }) { throw Failure(description: text) }
        return elapsed
    }

    private func send(_ body: [UInt8], _ path: String, _ contentType: String, over socket: Socket) throws {
        let head =
            "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: \(authorization)\r\nContent-Type: \(contentType)\r\nContent-Length: \(body.count)\r\n\r\n"
        try socket.send(Array(head.utf8))
        try socket.send(body)
        let (status, answer) = try socket.receive()
        guard status == 200, !answer.contains("\"rejected\":1"), !answer.contains("Fault>") else {
            throw Failure(description: "\(status): \(answer.prefix(300))")
        }
    }
}

/// One blocking connection to loopback.
private final class Socket {
    private let descriptor: Int32
    private var buffer: [UInt8] = []

    init(port: UInt16) throws {
        descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw HTTPLoad.Failure(description: "cannot connect: errno \(errno)") }
    }
    deinit { close(descriptor) }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.send(descriptor, buffer.baseAddress.map { unsafe $0 + sent }, buffer.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw HTTPLoad.Failure(description: "send failed: errno \(errno)") }
            sent += count
        }
    }

    /// Status and body of the next answer; knows Content-Length and chunked.
    func receive() throws -> (Int, String) {
        while true {
            if let head = headEnd() {
                let text = String(decoding: buffer[..<head], as: UTF8.self)
                let status = Int(text.split(separator: " ").dropFirst().first ?? "") ?? 0
                let lines = text.lowercased().split(separator: "\r\n")
                if let length = lines.first(where: { $0.hasPrefix("content-length:") }).flatMap({
                    Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces))
                }) {
                    if buffer.count >= head + 4 + length {
                        let body = String(decoding: buffer[(head + 4)..<(head + 4 + length)], as: UTF8.self)
                        buffer.removeFirst(head + 4 + length)
                        return (status, body)
                    }
                } else if lines.contains(where: { $0.hasPrefix("transfer-encoding:") && $0.contains("chunked") }) {
                    if buffer.count >= 5, Array(buffer.suffix(5)) == Array("0\r\n\r\n".utf8) {
                        let body = String(decoding: buffer[(head + 4)...], as: UTF8.self)
                        buffer.removeAll(keepingCapacity: true)
                        return (status, body)
                    }
                } else {
                    throw HTTPLoad.Failure(description: "an answer without length: \(text)")
                }
            }
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
            guard count > 0 else { throw HTTPLoad.Failure(description: "the server closed the connection") }
            buffer.append(contentsOf: chunk[..<count])
        }
    }

    private func headEnd() -> Int? {
        guard buffer.count >= 4 else { return nil }
        for index in 0...(buffer.count - 4)
        where buffer[index] == 13 && buffer[index + 1] == 10 && buffer[index + 2] == 13 && buffer[index + 3] == 10 { return index }
        return nil
    }
}
