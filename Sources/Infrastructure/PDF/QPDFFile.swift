internal import CQPDF

/// A PDF as objects. Confined to the call that opened it.
@safe final class QPDFFile {
    /// An object inside this file.
    struct Object { fileprivate let handle: qpdf_oh }

    private var data: qpdf_data?
    // qpdf reads from this memory until the file is written.
    private let source: UnsafeMutableBufferPointer<CChar>

    init(_ pages: [UInt8]) throws(PDFError) {
        unsafe source = .allocate(capacity: max(pages.count, 1))
        unsafe pages.withUnsafeBytes { bytes in unsafe UnsafeMutableRawBufferPointer(source).copyMemory(from: bytes) }
        unsafe data = qpdf_init()
        unsafe qpdf_silence_errors(data)
        unsafe qpdf_set_suppress_warnings(data, 1)
        let code = unsafe qpdf_read_memory(data, "pages", source.baseAddress, UInt64(pages.count), nil)
        if code & ~1 != 0 { throw failure() }
    }

    deinit {
        unsafe qpdf_cleanup(&data)
        unsafe source.deallocate()
    }

    private func failure() -> PDFError {
        guard unsafe qpdf_has_error(data) != 0, let text = unsafe qpdf_get_error_full_text(data, qpdf_get_error(data)) else {
            return PDFError("qpdf failed without a reason")
        }
        return PDFError("qpdf: \(unsafe String(cString: text))")
    }

    var root: Object { Object(handle: unsafe qpdf_get_root(data)) }
    var trailer: Object { Object(handle: unsafe qpdf_get_trailer(data)) }

    /// Direct objects from PDF's own notation.
    func parse(_ notation: String) -> Object { Object(handle: unsafe qpdf_oh_parse(data, notation)) }
    func indirect(_ object: Object) -> Object { Object(handle: unsafe qpdf_make_indirect_object(data, object.handle)) }
    func set(_ key: String, of object: Object, to value: Object) { unsafe qpdf_oh_replace_key(data, object.handle, key, value.handle) }
    func remove(_ key: String, from object: Object) { unsafe qpdf_oh_remove_key(data, object.handle, key) }
    func array(_ elements: [Object]) -> Object {
        let array = unsafe qpdf_oh_new_array(data)
        for element in elements { unsafe qpdf_oh_append_item(data, array, element.handle) }
        return Object(handle: array)
    }
    /// A stream with these bytes; the entries say what it is.
    func stream(_ bytes: [UInt8], _ entries: [(key: String, notation: String)]) -> Object {
        let stream = unsafe qpdf_oh_new_stream(data)
        let dictionary = Object(handle: unsafe qpdf_oh_get_dict(data, stream))
        for entry in entries { set(entry.key, of: dictionary, to: parse(entry.notation)) }
        let null = unsafe qpdf_oh_new_null(data)
        unsafe bytes.withUnsafeBufferPointer { unsafe qpdf_oh_replace_stream_data(data, stream, $0.baseAddress, $0.count, null, null) }
        return Object(handle: stream)
    }
    func forEachPage(_ body: (Object) -> Void) {
        for page in 0..<max(0, unsafe qpdf_get_num_pages(data)) { body(Object(handle: unsafe qpdf_get_page_n(data, Int(page)))) }
    }

    /// Dictionaries of the file as it was read that are of this type and subtype.
    func forEach(_ type: String, _ subtype: String, _ body: (Object) -> Void) {
        let size = unsafe qpdf_oh_get_int_value_as_int(data, qpdf_oh_get_key(data, trailer.handle, "/Size"))
        for id in 1..<max(1, size) {
            let object = unsafe qpdf_get_object_by_id(data, id, 0)
            if unsafe qpdf_oh_is_dictionary_of_type(data, object, type, subtype) != 0 { body(Object(handle: object)) }
        }
    }

    func bytes() throws(PDFError) -> [UInt8] {
        if unsafe qpdf_has_error(data) != 0 { throw failure() }
        if unsafe qpdf_init_write_memory(data) & ~1 != 0 { throw failure() }
        unsafe qpdf_set_minimum_pdf_version(data, "1.7")
        unsafe qpdf_set_object_stream_mode(data, qpdf_o_disable)
        // What is compressed stays as it is; what is not, is compressed.
        unsafe qpdf_set_decode_level(data, qpdf_dl_none)
        unsafe qpdf_set_compress_streams(data, 1)
        unsafe qpdf_set_deterministic_ID(data, 1)
        if unsafe qpdf_write(data) & ~1 != 0 { throw failure() }
        guard let buffer = unsafe qpdf_get_buffer(data) else { throw failure() }
        return unsafe [UInt8](UnsafeBufferPointer(start: buffer, count: qpdf_get_buffer_length(data)))
    }

    /// A text string of PDF: UTF-16 in hexadecimal, so that no character needs an escape.
    static func string(_ text: String) -> String {
        var hexadecimal = "<FEFF"
        let digits = Array("0123456789ABCDEF".utf8)
        for unit in text.utf16 {
            for shift in [12, 8, 4, 0] { hexadecimal.unicodeScalars.append(Unicode.Scalar(digits[Int(unit >> UInt16(shift) & 15)])) }
        }
        return hexadecimal + ">"
    }
}
