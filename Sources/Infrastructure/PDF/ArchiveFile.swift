internal import CQPDF

/// Makes drawn pages a PDF/A-3b, with or without an attachment (ISO 19005-3): header 1.7, colour profile, metadata, associated file, identifier.
public struct ArchiveFile: Sendable {
    /// What lies in the file beside its pages.
    public struct Attachment: Sendable {
        public var name: String
        public var description: String
        /// `text/xml`.
        public var mediaType: String
        public var bytes: [UInt8]
        public init(name: String, description: String, mediaType: String, bytes: [UInt8]) {
            self.name = name
            self.description = description
            self.mediaType = mediaType
            self.bytes = bytes
        }
    }
    public var title: String
    public var author: String
    public var producer: String
    /// `de`.
    public var language: String
    /// `20260112`: the day the document says it was made.
    public var day: String
    /// The XMP packet, which must say the same as the fields above.
    public var metadata: [UInt8]
    /// An alternative of the pages (AFRelationship Alternative).
    public var attachment: Attachment?

    public init(
        title: String, author: String, producer: String, language: String, day: String, metadata: [UInt8], attachment: Attachment?
    ) {
        self.title = title
        self.author = author
        self.producer = producer
        self.language = language
        self.day = day
        self.metadata = metadata
        self.attachment = attachment
    }

    /// The pages with all of this. The identifier in the trailer comes from the content, so the same content gives the same bytes.
    /// - Throws: ``PDFError``.
    public func bytes(pages: [UInt8]) throws(PDFError) -> [UInt8] {
        let file = try QPDFFile(pages)
        let root = file.root
        // Everything is opaque, so the transparency groups that Cairo opens on each page say nothing.
        file.forEachPage { file.remove("/Group", from: $0) }
        // Cairo numbers the glyphs of its subsets as they stand in the font; PDF/A wants that said.
        file.forEach("/Font", "/CIDFontType2") { file.set("/CIDToGIDMap", of: $0, to: file.parse("/Identity")) }

        let profile = file.stream(ColourProfile.sRGB, [("/N", "3"), ("/Alternate", "/DeviceRGB")])
        let intent = file.parse(
            "<< /Type /OutputIntent /S /GTS_PDFA1 /OutputConditionIdentifier (sRGB) /RegistryName (http://www.color.org) /Info (sRGB IEC61966-2.1) >>"
        )
        file.set("/DestOutputProfile", of: intent, to: profile)
        file.set("/OutputIntents", of: root, to: file.array([file.indirect(intent)]))

        file.set("/Metadata", of: root, to: file.stream(metadata, [("/Type", "/Metadata"), ("/Subtype", "/XML")]))

        if let attachment { embed(attachment, in: file) }

        file.set("/Lang", of: root, to: file.parse(QPDFFile.string(language)))
        file.set("/ViewerPreferences", of: root, to: file.parse("<< /DisplayDocTitle true >>"))
        // Cairo writes the tree of tags and forgets to say that there is one.
        file.set("/MarkInfo", of: root, to: file.parse("<< /Marked true >>"))
        file.set("/PageMode", of: root, to: file.parse("/UseNone"))
        file.set(
            "/Info", of: file.trailer,
            to: file.indirect(
                file.parse(
                    "<< /Title \(QPDFFile.string(title)) /Author \(QPDFFile.string(author)) /Producer \(QPDFFile.string(producer)) /CreationDate (\(date)) /ModDate (\(date)) >>"
                )))
        return try file.bytes()
    }

    private func embed(_ attachment: Attachment, in file: QPDFFile) {
        let root = file.root
        let mediaType = attachment.mediaType.replacing("/", with: "#2F")
        let embedded = file.stream(
            attachment.bytes,
            [
                ("/Type", "/EmbeddedFile"), ("/Subtype", "/\(mediaType)"),
                ("/Params", "<< /ModDate (\(date)) /Size \(attachment.bytes.count) >>"),
            ])
        let name = QPDFFile.string(attachment.name)
        let specification = file.indirect(
            file.parse(
                "<< /Type /Filespec /F \(name) /UF \(name) /AFRelationship /Alternative /Desc \(QPDFFile.string(attachment.description)) >>"
            ))
        let contents = file.parse("<< >>")
        file.set("/F", of: contents, to: embedded)
        file.set("/UF", of: contents, to: embedded)
        file.set("/EF", of: specification, to: contents)
        file.set("/AF", of: root, to: file.array([specification]))
        let tree = file.parse("<< >>")
        file.set("/Names", of: tree, to: file.array([file.parse(name), specification]))
        let names = file.parse("<< >>")
        file.set("/EmbeddedFiles", of: names, to: file.indirect(tree))
        file.set("/Names", of: root, to: names)
    }

    private var date: String { "D:\(day)000000Z" }
}
