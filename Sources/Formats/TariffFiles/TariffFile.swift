public import Tariffs

/// What one file below `Tariffs/` says.
public enum TariffFile: Hashable, Sendable {
    case tariff(TariffVersion)
    case series([PriceSeries], id: String)
    case vat(VATTable, id: String)
    case supplier(Supplier, id: String)
    /// Prices of market time units; several files may go on with the same series.
    case spot(SpotSeries, id: String)

    /// Parses one file.
    ///
    /// - Parameters:
    ///   - bytes: as they lie on disk; the caller hashes the same bytes.
    ///   - path: below `Tariffs/`, with `/`: it must agree with the content. Examples are not computed here, since they need
    ///     the series of other files; see ``TariffFolder``.
    /// - Throws: `TariffFileError` with line, column, key and the mend.
    public init(parsing bytes: [UInt8], path: String) throws(TariffFileError) {
        if path.hasSuffix(".csv") {
            let id = path.hasPrefix("_series/") ? String(path.dropFirst(8).dropLast(4)) : ""
            guard !id.isEmpty, !id.contains("/") else {
                throw TariffFileError(
                    path: path, line: 0, column: 0, key: "", message: "only prices of market time units are CSV",
                    mend: "Move it to _series/.")
            }
            self = .spot(try SpotReader.spot(bytes, path: path), id: id)
            return
        }
        let root = try StrictYAML.root(bytes, path: path)
        let table = try root.anyTable()
        let kind = try table.required("kind").text()
        switch kind {
        case "tariff": self = .tariff(try TariffReader.version(root))
        case "series":
            let id = try TariffFile.id(table, path)
            self = .series(try SeriesReader.series(root), id: id)
        case "vat":
            let id = try TariffFile.id(table, path)
            self = .vat(try SeriesReader.vat(root), id: id)
        case "supplier":
            let id = try TariffFile.id(table, path)
            self = .supplier(try SeriesReader.supplier(root), id: id)
        default:
            throw try table.required("kind").fault("\(kind) is no kind of file", mend: "Write one of: tariff, series, vat, supplier.")
        }
    }

    /// The id, which the file's name must repeat.
    private static func id(_ table: StrictTable, _ path: String) throws(TariffFileError) -> String {
        let node = try table.required("id")
        let id = try node.text()
        guard path == "_series/\(id).yaml" else {
            throw node.fault("the file \(path) says it is \(id)", mend: "Name the file _series/\(id).yaml.")
        }
        return id
    }
}
