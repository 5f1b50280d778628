internal import Digests
internal import FoundationEssentials
public import TariffFiles

/// The folder `Tariffs/` on disk.
public enum TariffSources {
    /// Reads all `.yaml` files, and the spot prices `_series/*.csv`, below `folder`, each with its hash, in order of their paths.
    /// - Throws: what the file system throws.
    public static func read(folder: String) throws -> [TariffFolder.Source] {
        let root = URL(filePath: folder).resolvingSymlinksInPath().path
        let paths = try FileManager.default.subpathsOfDirectory(atPath: root).filter { path in
            path.hasSuffix(".yaml") || (path.hasPrefix("_series/") && path.hasSuffix(".csv"))
        }.sorted()
        return try paths.map { path in
            source(path: path, bytes: Array(try Data(contentsOf: URL(filePath: root + "/" + path))))
        }
    }
    /// Writes a file where it is missing.
    /// - Throws: what the file system throws, also where something stands already.
    public static func write(_ source: TariffFolder.Source, folder: String) throws {
        let file = URL(filePath: folder).appending(path: source.path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(source.bytes).write(to: file, options: .withoutOverwriting)
    }
    /// A file from elsewhere, such as a request.
    public static func source(path: String, bytes: [UInt8]) -> TariffFolder.Source {
        TariffFolder.Source(path: path, bytes: bytes, hash: SHA256.hash(bytes).hex)
    }
}
