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

    /// Documents that corrections have asked for, by number: a chain of n corrections names the first n times.
    private var documents: [String: InvoiceDraft] = [:]

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
            let stored: StoredCancellation
            do { stored = try StoredCancellation(parsing: inputs) } catch { throw Damage(what: "the inputs cannot be read: \(error)") }
            return Invoice(number: cancelled, issuedOn: original.issuedOn, draft: draft)
                .cancellation(
                    number: printed, on: issuedOn, settled: stored.settled, takesBackBreakdown: stored.takesBackBreakdown)
        }
        func named(_ number: String) throws -> PrintedNumber {
            guard let named = try? PrintedNumber(number) else { throw Damage(what: "the corrected invoice is missing") }
            return named
        }
        let stored = try StoredBill.parsed(inputs)
        return Invoice(
            number: printed, issuedOn: issuedOn, corrects: try stored.corrects.first.map(named), replaces: try stored.replaces.map(named),
            draft: try draft(inputs, in: connection))
    }

    private static func parsed(_ inputs: [UInt8]) throws -> StoredInputs {
        do { return try StoredInputs(parsing: inputs) } catch { throw Damage(what: "the inputs cannot be read: \(error)") }
    }

    /// The bill that these inputs give: of one case, of several, or the difference to what was billed.
    mutating func draft(_ inputs: [UInt8], in connection: Connection) throws -> InvoiceDraft {
        let stored = try StoredBill.parsed(inputs)
        var drafts: [InvoiceDraft] = []
        for part in stored.parts { drafts.append(try draft(part, in: connection)) }
        let right: InvoiceDraft
        do { right = try InvoiceDraft.combined(drafts, previous: stored.previous, by: stored.unit) } catch {
            throw Damage(what: "the inputs give no bill: overflow")
        }
        guard !stored.corrects.isEmpty else {
            let draft = right.crediting(stored.credit)
            return stored.isPaidOut ? draft.payingOut : draft
        }
        let billed = try self.drafts(of: stored.corrects, in: connection)
        do {
            guard let difference = try right.correction(of: billed, tax: stored.tax, by: stored.unit, breakdown: stored.breakdown) else {
                throw Damage(what: "the correction changes nothing")
            }
            let own = difference.settingOff(stored.setOff)
            let settled = stored.setsOff.isEmpty ? own.crediting(stored.credit) : own.settingOff(stored.setsOff)
            return stored.isPaidOut ? settled.payingOut : settled
        } catch is Overflow { throw Damage(what: "the inputs give no bill: overflow") }
    }

    /// What these documents charged, by their numbers, in this order.
    mutating func drafts(of numbers: [String], in connection: Connection) throws -> [InvoiceDraft] {
        // What a page of a long search has asked for need not be kept for the next.
        if documents.count > 1_000 { documents.removeAll() }
        let missing = numbers.filter { documents[$0] == nil }
        var found: [String: [UInt8]] = [:]
        if !missing.isEmpty {
            for row in try connection.query("SELECT number, inputs FROM invoice WHERE number = ANY(\(missing))") {
                found[try row.get(0)] = try row.get(1)
            }
        }
        var drafts: [InvoiceDraft] = []
        for number in numbers {
            if let known = documents[number] {
                drafts.append(known)
                continue
            }
            guard let inputs = found[number] else { throw Damage(what: "the corrected invoice \(number) is missing") }
            let draft = try draft(inputs, in: connection)
            documents[number] = draft
            drafts.append(draft)
        }
        return drafts
    }

    /// What a stored bill was computed from, a case for each contract or stretch on it.
    mutating func billingCases(_ inputs: [UInt8], in connection: Connection) throws -> [BillingCase] {
        var cases: [BillingCase] = []
        for part in try StoredBill.parsed(inputs).parts { cases.append(try billingCase(part, in: connection)) }
        return cases
    }

    private mutating func draft(_ stored: StoredCase, in connection: Connection) throws -> InvoiceDraft {
        let billed = try billingCase(stored, in: connection)
        do { return try Bill.compute(billed) } catch { throw Damage(what: "the inputs give no bill: \(error.code)") }
    }

    private mutating func billingCase(_ stored: StoredCase, in connection: Connection) throws -> BillingCase {
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
