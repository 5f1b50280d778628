internal import BillPDF
internal import Billing
public import InvoiceFormats
public import Postgres
internal import Tariffs
public import Values

/// One request for an instalment, and its papers as they went out.
public struct GetInstalment: Sendable {
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// - Parameter number: `AB-…`.
    /// - Throws: ``BillingRefusal/unknownInstalment(_:)``.
    public func callAsFunction(_ number: String) async throws -> InstalmentRecord {
        try await pool.transaction(readOnly: true) { connection in
            guard let found = try InstalmentRecord.list("s.number = \(number)", limit: 1, in: connection).first else {
                throw BillingRefusal.unknownInstalment(number)
            }
            return found
        }
    }

    /// The e-invoice (XRechnung, CII, type 326), kept as first made.
    /// - Throws: ``BillingRefusal``.
    public func xml(_ number: String, now: Instant) async throws -> [UInt8] { try await face("xml", of: number, now: now) }
    /// The same in the syntax of UBL.
    /// - Throws: ``BillingRefusal``.
    public func ubl(_ number: String, now: Instant) async throws -> [UInt8] { try await face("ubl", of: number, now: now) }

    /// The paper, with the e-invoice inside, kept as first made.
    /// - Throws: ``BillingRefusal``; `PDFError` if it cannot be drawn.
    public func pdf(_ number: String, language: BillLanguage, now: Instant) async throws -> [UInt8] {
        try await face(BillDocuments.kind(language), of: number, now: now)
    }

    private func face(_ kind: String, of number: String, now: Instant) async throws -> [UInt8] {
        let (id, stored, request) = try await pool.transaction(readOnly: true) { connection in
            try InstalmentPapers.load(number, kind, today: LocalTime.berlin.day(of: now), in: connection)
        }
        if let stored { return stored }
        guard let request else { throw BillingRefusal.unknownInstalment(number) }
        // All faces of one value, so that paper and e-invoice say the same for ever; drawn while no transaction is open.
        var faces = [(kind: "xml", body: XRechnung.bytes(request)), (kind: "ubl", body: UBLInvoice.bytes(request))]
        for language in BillLanguage.allCases {
            faces.append((BillDocuments.kind(language), try BillDocument.bytes(request, language: language)))
        }
        // Two that draw at once agree on those that were kept.
        return try await pool.transaction { [faces] connection in
            try InstalmentPapers.keep(faces, of: id, now: now, in: connection)
            return try InstalmentPapers.load(number, kind, today: LocalTime.berlin.day(of: now), in: connection).stored ?? []
        }
    }
}

/// The plan by which a contract pays in advance now.
public struct GetInstalmentPlan: Sendable {
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// - Parameter contract: number or key.
    /// - Throws: ``BillingRefusal/unknownContract(_:)``, ``BillingRefusal/noPlan(_:)``, ``BillingRefusal/noSupplier``.
    public func callAsFunction(_ contract: String, today: Day) async throws -> PlanLetter {
        try await pool.transaction(readOnly: true) { connection in
            guard !contract.utf8.contains(0),
                let number = try connection.optional(
                    "SELECT number FROM contract WHERE number = \(contract) OR key = \(contract) LIMIT 1", as: String.self)
            else { throw BillingRefusal.unknownContract(contract) }
            let plan = try connection.optional(
                "SELECT id FROM instalment_plan WHERE contract_number = \(number) AND ended_at IS NULL", as: Int64.self)
            guard let plan else { throw BillingRefusal.noPlan(number) }
            return try InstalmentPapers.letter(plan, writtenOn: today, in: connection)
        }
    }

    /// As a letter.
    /// - Throws: the same; `PDFError` if it cannot be drawn.
    public func pdf(_ contract: String, language: BillLanguage, today: Day) async throws -> [UInt8] {
        try BillDocument.bytes(try await self(contract, today: today), language: language)
    }
}
