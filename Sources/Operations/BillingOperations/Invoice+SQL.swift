internal import Billing
internal import Digests
internal import InvoiceFormats
internal import Ledger
internal import Postgres
internal import Tariffs
internal import Values

/// Invoices as rows.
enum InvoiceStore {
    /// An invoice ready to be written. A reference: it is handed from list to list, and its texts need not be counted each time.
    final class New {
        let invoice: Invoice
        let contract: Int64
        let account: Identifier<CustomerAccount>
        let inputs: [UInt8]
        var entry: Identifier<JournalEntry>?
        var reason: String?
        /// Row of the invoice it takes back.
        var cancels: Int64?
        /// Row of the invoice it corrects.
        var corrects: Int64?

        init(invoice: Invoice, contract: Int64, account: Identifier<CustomerAccount>, inputs: [UInt8]) {
            self.invoice = invoice
            self.contract = contract
            self.account = account
            self.inputs = inputs
        }
    }

    /// Writes rows and lines by COPY. The row's id is the serial of the invoice's number.
    static func insert(_ invoices: [New], run: Int64?, author: String, now: Instant, in connection: Connection) throws {
        try connection.copyIn(
            "invoice",
            columns: [
                "id", "number", "type", "run_id", "contract_id", "contract_number", "account_id", "commodity", "kind", "period",
                "issued_on", "due_on", "net_cents",
                "tax_cents", "gross_cents", "due_cents", "consumption_micro", "consumption_unit", "journal_entry_id", "cancels", "corrects",
                "document",
                "document_sha256", "xml_sha256", "inputs", "author", "reason", "recorded_at",
            ]
        ) { writer in
            for new in invoices {
                let invoice = new.invoice
                let draft = invoice.draft
                let document = InvoiceJSON.bytes(invoice)
                try writer.row { row in
                    row.append(invoice.number.serial)
                    row.append(invoice.number.description)
                    row.append(new.cancels != nil ? "cancellation" : new.corrects != nil ? "correction" : "invoice")
                    if let run { row.append(run) } else { row.appendNull() }
                    row.append(new.contract)
                    row.append(draft.contract.number)
                    row.append(new.account.number)
                    row.append(draft.commodity.rawValue)
                    row.append(draft.kind.rawValue)
                    row.append(draft.period)
                    row.append(invoice.issuedOn)
                    row.append(invoice.dueOn)
                    row.append(draft.totals.net)
                    row.append(draft.totals.tax)
                    row.append(draft.totals.gross)
                    row.append(draft.due)
                    if let consumption = draft.consumption {
                        row.append(consumption.micro)
                        row.append(consumption.unit.rawValue)
                    } else {
                        row.appendNull()
                        row.appendNull()
                    }
                    if let entry = new.entry { row.append(entry.number) } else { row.appendNull() }
                    if let cancels = new.cancels { row.append(cancels) } else { row.appendNull() }
                    if let corrects = new.corrects { row.append(corrects) } else { row.appendNull() }
                    row.append(document)
                    row.append(SHA256.hash(document).bytes)
                    row.append(SHA256.hash(XRechnung.bytes(invoice)).bytes)
                    row.append(new.inputs)
                    row.append(author)
                    if let reason = new.reason { row.append(reason) } else { row.appendNull() }
                    row.append(now)
                }
            }
        }
        try connection.copyIn(
            "invoice_line",
            columns: [
                "invoice_id", "position", "component", "service", "period", "quantity_micro", "unit", "price_e8", "amount_cents",
                "tax_basis_points", "tariff_sha256",
            ]
        ) { writer in
            for new in invoices {
                for line in new.invoice.draft.lines {
                    try writer.row { row in
                        row.append(new.invoice.number.serial)
                        row.append(Int16(clamping: line.position))
                        row.append(line.component)
                        row.append(line.service.rawValue)
                        row.append(line.period)
                        if let quantity = line.explanation.quantity {
                            row.append(line.isReversal ? -quantity.micro : quantity.micro)
                            row.append(quantity.unit.rawValue)
                        } else {
                            row.appendNull()
                            row.appendNull()
                        }
                        if let price = line.explanation.price { row.append(price.hundredMillionths) } else { row.appendNull() }
                        row.append(line.amount)
                        if line.tax.isOutside { row.appendNull() } else { row.append(line.tax.rate.basisPoints) }
                        row.append(Hexadecimal.decode(line.tariff.hash) ?? [])
                    }
                }
            }
        }
    }
}
