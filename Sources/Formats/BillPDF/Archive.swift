internal import InvoiceFormats
internal import PDF
internal import Values

/// What makes drawn sheets a file for the archive: title, author, day, and the XMP that says the same.
struct Archive {
    private static let producer = "Zählwerk"
    private let author: String
    private let day: Day

    init(author: String, on day: Day) {
        self.author = author
        self.day = day
    }

    func bytes(_ page: BillPage, with factur: FacturX?) throws(PDFError) -> [UInt8] {
        let title = "\(page.title) \(page.number)"
        let pages = try BillSheet(page).finish()
        return try ArchiveFile(
            title: title, author: author, producer: Archive.producer, language: page.language.rawValue,
            day: day.description.filter { $0 != "-" }, metadata: metadata(title, page.language.rawValue, factur),
            attachment: factur?.attachment
        ).bytes(pages: pages)
    }

    /// The packet; it says what the file's own dictionary says.
    private func metadata(_ title: String, _ language: String, _ factur: FacturX?) -> [UInt8] {
        let moment = "\(day)T00:00:00+00:00"
        let inside = factur.map { $0.packet + "\n" } ?? ""
        return Array(
            """
            <?xpacket begin="\u{FEFF}" id="W5M0MpCehiHzreSzNTczkc9d"?>
            <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
            <rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"><pdfaid:part>3</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance></rdf:Description>
            <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:format>application/pdf</dc:format><dc:title><rdf:Alt><rdf:li xml:lang="x-default">\(escaped(title))</rdf:li></rdf:Alt></dc:title><dc:creator><rdf:Seq><rdf:li>\(escaped(author))</rdf:li></rdf:Seq></dc:creator><dc:language><rdf:Bag><rdf:li>\(language)</rdf:li></rdf:Bag></dc:language></rdf:Description>
            <rdf:Description rdf:about="" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"><pdf:Producer>\(Archive.producer)</pdf:Producer></rdf:Description>
            <rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/"><xmp:CreateDate>\(moment)</xmp:CreateDate><xmp:ModifyDate>\(moment)</xmp:ModifyDate></rdf:Description>
            \(inside)</rdf:RDF></x:xmpmeta>
            <?xpacket end="r"?>
            """.utf8)
    }

    private func escaped(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 32 ? " " : $0 }))
            .replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
