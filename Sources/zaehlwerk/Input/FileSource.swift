import Compression
import Foundation
import MarketFormats

/// A file read block by block, gzip unpacked on the way.
final class FileSource: FileBytes {
    private let file: FileHandle
    private var inflater: Inflater?
    private var ready: [UInt8] = []
    private var isFirst = true

    /// - Throws: a sentence where it cannot be read.
    init(_ path: String) throws {
        var isFolder: ObjCBool = false
        let exists = unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        guard let file = FileHandle(forReadingAtPath: path), !isFolder.boolValue else {
            throw Failure("cannot be read: \(exists ? "no permission, or it is a folder" : "there is no such file")")
        }
        self.file = file
    }

    /// All bytes of a file.
    static func bytes(of path: String) throws -> [UInt8] {
        let source = try FileSource(path)
        var bytes: [UInt8] = []
        while case let more = try source.read(1 << 20), !more.isEmpty { bytes += more }
        return bytes
    }

    func read(_ count: Int) throws -> [UInt8] {
        while ready.isEmpty {
            let block = Array(try file.read(upToCount: min(count, 1 << 20)) ?? Data())
            if isFirst, Gzip.isGzip(block) { inflater = Inflater(.gzip, limit: .max, ratioLimit: 2_000) }
            isFirst = false
            guard inflater != nil else { return block }
            if block.isEmpty {
                if let last = inflater.take() { try last.finish() }
                return []
            }
            try inflater?.append(block, to: &ready)
        }
        defer { ready.removeFirst(min(count, ready.count)) }
        return Array(ready.prefix(count))
    }
}
