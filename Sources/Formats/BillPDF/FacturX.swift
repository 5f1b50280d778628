internal import Billing
internal import InvoiceFormats
internal import PDF

/// The e-invoice inside a file, and the part of the XMP that says so (ZUGFeRD 2 / Factur-X 1).
struct FacturX {
    private let profile: EInvoiceProfile
    let attachment: ArchiveFile.Attachment

    /// A buyer with a Leitweg-ID is public and gets the profile XRECHNUNG, everyone else EN 16931.
    init(to recipient: Recipient, _ bytes: (EInvoiceProfile) -> [UInt8]) {
        profile = recipient.leitwegId == nil ? .en16931 : .xrechnung
        attachment = ArchiveFile.Attachment(
            name: profile == .xrechnung ? "xrechnung.xml" : "factur-x.xml", description: "Factur-X / ZUGFeRD", mediaType: "text/xml",
            bytes: bytes(profile))
    }

    private var conformance: String { profile == .xrechnung ? "XRECHNUNG" : "EN 16931" }

    /// The properties of the file inside, and their description: PDF/A wants a property that XMP does not know described in the file
    /// itself.
    var packet: String {
        """
        <rdf:Description rdf:about="" xmlns:fx="urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"><fx:DocumentType>INVOICE</fx:DocumentType><fx:DocumentFileName>\(attachment.name)</fx:DocumentFileName><fx:Version>1.0</fx:Version><fx:ConformanceLevel>\(conformance)</fx:ConformanceLevel></rdf:Description>
        <rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#"><pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource"><pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema><pdfaSchema:namespaceURI>urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix><pdfaSchema:property><rdf:Seq>\(properties)</rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
        """
    }

    private var properties: String {
        [
            ("DocumentFileName", "The name of the embedded XML document"),
            ("DocumentType", "The type of the hybrid document in capital letters"),
            ("Version", "The actual version of the standard applying to the embedded XML document"),
            ("ConformanceLevel", "The conformance level of the embedded XML document"),
        ].map { name, description in
            "<rdf:li rdf:parseType=\"Resource\"><pdfaProperty:name>\(name)</pdfaProperty:name><pdfaProperty:valueType>Text</pdfaProperty:valueType><pdfaProperty:category>external</pdfaProperty:category><pdfaProperty:description>\(description)</pdfaProperty:description></rdf:li>"
        }.joined()
    }
}
