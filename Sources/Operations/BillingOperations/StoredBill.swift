internal import Billing
internal import InvoiceFormats
internal import JSON
internal import Postgres
internal import TariffFiles
internal import Tariffs
internal import Values

/// Computes stored bills again from their inputs. Files are parsed once, however many bills name them.
struct StoredBill {
    private var versions: [String: PublishedTariff] = [:]
    private var catalogs: [[String: String]: (prices: PriceCatalog, supplier: Supplier)] = [:]

    /// Why a bill does not come out of its inputs.
    struct Damage: Error {
        let what: String
    }

    /// The invoice of a row.
    ///
    /// - Parameter original: for a cancellation: the inputs of what it takes back.
    mutating func invoice(
        number: String, issuedOn: Day, inputs: [UInt8], cancels: String?, original: (inputs: [UInt8], issuedOn: Day)?,
        in connection: Connection
    ) throws -> Invoice {
        guard let printed = try? PrintedNumber(number) else { throw Damage(what: "the number has a wrong check digit") }
        if let cancels {
            guard let original, let cancelled = try? PrintedNumber(cancels) else { throw Damage(what: "the cancelled invoice is missing") }
            let draft = try draft(original.inputs, in: connection)
            return Invoice(number: cancelled, issuedOn: original.issuedOn, draft: draft).cancellation(number: printed, on: issuedOn)
        }
        return Invoice(number: printed, issuedOn: issuedOn, draft: try draft(inputs, in: connection))
    }

    private mutating func draft(_ inputs: [UInt8], in connection: Connection) throws -> InvoiceDraft {
        let billed = try billingCase(inputs, in: connection)
        do { return try Bill.compute(billed) } catch { throw Damage(what: "the inputs give no bill: \(error.code)") }
    }

    /// What a stored bill was computed from.
    mutating func billingCase(_ inputs: [UInt8], in connection: Connection) throws -> BillingCase {
        let stored: StoredCase
        do { stored = try StoredCase(parsing: inputs) } catch { throw Damage(what: "the inputs cannot be read: \(error)") }
        var named: [PublishedTariff] = []
        for hash in stored.tariffs { named.append(try version(hash, in: connection)) }
        let catalog = try catalog(stored.priceHashes, in: connection)
        return stored.billingCase(versions: named, prices: catalog.prices, supplier: catalog.supplier)
    }

    private mutating func version(_ hash: String, in connection: Connection) throws -> PublishedTariff {
        if let known = versions[hash] { return known }
        guard let source = try TariffStore.files(hashes: [hash], in: connection).first,
            case .tariff(let version)? = try? TariffFile(parsing: source.bytes, path: source.path)
        else { throw Damage(what: "the tariff \(hash.prefix(12)) is missing") }
        let published = PublishedTariff(version: version, hash: hash)
        versions[hash] = published
        return published
    }

    private mutating func catalog(_ hashes: [String: String], in connection: Connection) throws -> (
        prices: PriceCatalog, supplier: Supplier
    ) {
        if let known = catalogs[hashes] { return known }
        let sources = try TariffStore.files(hashes: hashes.values.sorted(), in: connection)
        guard Set(sources.map(\.hash)) == Set(hashes.values) else { throw Damage(what: "a price series is missing") }
        let catalog = TariffFolder(sources).catalog
        guard let supplier = catalog.supplier else { throw Damage(what: "the supplier is missing") }
        catalogs[hashes] = (catalog.prices, supplier)
        return (catalog.prices, supplier)
    }
}
