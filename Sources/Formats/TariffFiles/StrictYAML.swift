internal import Yams

/// Reads the strict subset: one document, plain structure, nothing that stands for something else.
enum StrictYAML {
    /// Longer files, lines and deeper nesting are no tariff; the limits keep a hostile file from costing anything.
    static let maximumBytes = 262_144
    static let maximumLine = 1_000
    static let maximumDepth = 16

    static func root(_ bytes: [UInt8], path: String) throws(TariffFileError) -> StrictNode {
        func whole(_ message: String, _ mend: String, line: Int = 0) -> TariffFileError {
            TariffFileError(path: path, line: line, column: line > 0 ? 1 : 0, key: "", message: message, mend: mend)
        }
        guard bytes.count <= maximumBytes else { throw whole("the file is larger than \(maximumBytes) bytes", "Split it.") }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw whole("the file is not UTF-8", "Save it as UTF-8.") }
        if let line = tooLongOrDeep(bytes) {
            throw whole(
                "the line is too long or nested too deeply",
                "Keep lines below \(maximumLine) bytes and brackets below \(maximumDepth) levels.", line: line)
        }
        let node: Node
        do {
            let parser = try Parser(yaml: text)
            guard let root = try parser.singleRoot() else { throw whole("the file is empty", "Write a tariff, or remove the file.") }
            node = root
            // Anchors are referenced weakly by nodes and held by the parser: look while it lives.
            let odd = withExtendedLifetime(parser) { firstOdd(root) }
            if let odd {
                throw StrictNode(node: odd, path: path, key: "").fault(
                    "anchors, aliases and tags are not allowed", mend: "Write the value out.")
            }
        } catch let error as TariffFileError {
            throw error
        } catch let error as YamlError {
            throw describe(error, path: path)
        } catch {
            throw whole("the file cannot be read as YAML", "Check the indentation.")
        }
        return StrictNode(node: node, path: path, key: "")
    }

    /// The first line (from 1) that breaks a limit. Brackets in comments and texts count, too: an honest file has few.
    private static func tooLongOrDeep(_ bytes: [UInt8]) -> Int? {
        var line = 1
        var column = 0
        var depth = 0
        for byte in bytes {
            column += 1
            switch byte {
            case 10: line += 1; column = 0; depth = 0
            case 91, 123: depth += 1
            case 93, 125: depth -= 1
            default: break
            }
            if column > maximumLine || depth > maximumDepth { return line }
        }
        return nil
    }

    private static func firstOdd(_ node: Node, isKey: Bool = false) -> Node? {
        switch node {
        case .alias: return node
        case .scalar(let scalar):
            let name = scalar.tag.description
            // A quoted scalar is a string without saying so; a plain one that says so has a tag. Keys are told apart by their
            // resolved tags when they are read, so a key looks as if it said so.
            let plain = name.isEmpty || (name == Tag.Name.str.rawValue && (isKey || scalar.style != .plain))
            return scalar.anchor == nil && plain ? nil : node
        case .sequence(let sequence):
            if sequence.anchor != nil || !sequence.tag.description.isEmpty { return node }
            for element in sequence { if let odd = firstOdd(element) { return odd } }
        case .mapping(let mapping):
            if mapping.anchor != nil || !mapping.tag.description.isEmpty { return node }
            for (key, value) in mapping { if let odd = firstOdd(key, isKey: true) ?? firstOdd(value) { return odd } }
        }
        return nil
    }

    private static func describe(_ error: YamlError, path: String) -> TariffFileError {
        let mend = "Check indentation, colons and quotes around this place."
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
            return TariffFileError(path: path, line: mark.line, column: mark.column, key: "", message: problem, mend: mend)
        case .duplicatedKeysInMapping(let duplicates, let context):
            return TariffFileError(
                path: path, line: context.mark.line, column: context.mark.column, key: duplicates.first ?? "",
                message: "the key occurs twice", mend: "Keep one of them.")
        default:
            return TariffFileError(path: path, line: 0, column: 0, key: "", message: "the file cannot be read as YAML", mend: mend)
        }
    }
}
