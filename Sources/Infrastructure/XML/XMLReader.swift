/// Reads XML without a tree, behind the check of ``XMLPrescan``. Entities, DTDs, XInclude and `schemaLocation` are never followed.
public enum XMLReader {
    /// Which parser reads.
    public enum Parser: Sendable, Hashable, CaseIterable {
        /// libxml2's SAX2 push parser: for whatever partners send.
        case libxml2
        /// Our own, for bulk: about twice as fast, without C, and strict in the same way. A differential test holds the two together.
        case scanner
    }

    /// Hands all elements to the handler, and to those it delegates to. Throws ``XMLError``, or what a handler threw, at once.
    public static func read(_ bytes: [UInt8], limits: XMLLimits = .standard, by parser: Parser = .libxml2, _ handler: any XMLHandler) throws
    {
        try unsafe bytes.withUnsafeBytes { try unsafe read($0, limits: limits, by: parser, handler) }
    }

    /// Hands all elements of these bytes, which must stay valid during the call, to the handler.
    public static func read(
        _ bytes: UnsafeRawBufferPointer, limits: XMLLimits = .standard, by parser: Parser = .libxml2, _ handler: any XMLHandler
    ) throws {
        precondition(
            limits.depth <= 64 && limits.attributes <= 64, "the readers keep a bit for each level, and room for so many attributes")
        try unsafe XMLPrescan.check(bytes, limits: limits)
        let dispatch = unsafe XMLDispatch(handler, lines: XMLLineCounter(bytes))
        switch parser {
        case .libxml2: try unsafe LibXML2Parse(dispatch).run(bytes)
        case .scanner:
            var scanner = unsafe XMLScanner(bytes, dispatch)
            try scanner.run()
        }
    }
}
