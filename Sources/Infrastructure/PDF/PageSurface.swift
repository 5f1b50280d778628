internal import CPango

/// Cairo's PDF surface, writing into memory.
@safe final class PageSurface {
    private final class Sink {
        var bytes: [UInt8] = []
    }
    private let sink = Sink()
    private let surface: OpaquePointer
    private let cairo: OpaquePointer

    init(width: Double, height: Double) throws(PDFError) {
        sink.bytes.reserveCapacity(64 << 10)
        // The sink outlives the surface: both belong to this object, and `deinit` destroys the surface first.
        let closure = unsafe Unmanaged.passUnretained(sink).toOpaque()
        let surface = unsafe cairo_pdf_surface_create_for_stream(
            { closure, data, length in
                guard let closure = unsafe closure, let data = unsafe data else { return CAIRO_STATUS_WRITE_ERROR }
                unsafe Unmanaged<Sink>.fromOpaque(closure).takeUnretainedValue().bytes.append(
                    contentsOf: UnsafeBufferPointer(start: data, count: Int(length)))
                return CAIRO_STATUS_SUCCESS
            }, closure, width, height)
        guard let surface = unsafe surface, let cairo = unsafe cairo_create(surface) else {
            throw PDFError("Cairo has no memory for a page")
        }
        unsafe self.surface = surface
        unsafe self.cairo = cairo
        // The time of day would make two documents of one bill differ; the archive's own entry names the day of issue.
        unsafe cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, "2000-01-01T00:00:00Z")
    }

    deinit {
        unsafe cairo_destroy(cairo)
        unsafe cairo_surface_destroy(surface)
    }

    /// One page.
    func draw(_ marks: [PageComposer.Mark]) {
        for mark in marks {
            switch mark {
            case .text(let text, let x, let y, let colour):
                use(colour)
                unsafe cairo_move_to(cairo, x, y)
                unsafe text.show(on: cairo)
            case .line(let x, let y, let toX, let toY, let width, let colour):
                use(colour)
                unsafe cairo_set_line_width(cairo, width)
                unsafe cairo_move_to(cairo, x, y)
                unsafe cairo_line_to(cairo, toX, toY)
                unsafe cairo_stroke(cairo)
            case .box(let x, let y, let width, let height, let fill, let stroke):
                if let fill {
                    use(fill)
                    unsafe cairo_rectangle(cairo, x, y, width, height)
                    unsafe cairo_fill(cairo)
                }
                if let stroke {
                    use(stroke)
                    unsafe cairo_set_line_width(cairo, 0.6)
                    unsafe cairo_rectangle(cairo, x, y, width, height)
                    unsafe cairo_stroke(cairo)
                }
            case .hatch(let x, let y, let width, let height, let colour): hatch(x, y, width, height, colour)
            case .begin(let tag): unsafe cairo_tag_begin(cairo, tag.rawValue, nil)
            case .end(let tag): unsafe cairo_tag_end(cairo, tag.rawValue)
            }
        }
        unsafe cairo_show_page(cairo)
    }

    private func use(_ colour: Colour) { unsafe cairo_set_source_rgb(cairo, colour.red, colour.green, colour.blue) }

    private func hatch(_ x: Double, _ y: Double, _ width: Double, _ height: Double, _ colour: Colour) {
        unsafe cairo_save(cairo)
        unsafe cairo_rectangle(cairo, x, y, width, height)
        unsafe cairo_clip(cairo)
        use(colour)
        unsafe cairo_set_line_width(cairo, 0.7)
        var start = x - height
        while start < x + width {
            unsafe cairo_move_to(cairo, start, y + height)
            unsafe cairo_line_to(cairo, start + height, y)
            start += 3.5
        }
        unsafe cairo_stroke(cairo)
        unsafe cairo_restore(cairo)
    }

    func finish() throws(PDFError) -> [UInt8] {
        let drawing = unsafe cairo_status(cairo)
        unsafe cairo_surface_finish(surface)
        let writing = unsafe cairo_surface_status(surface)
        for status in [drawing, writing] where status != CAIRO_STATUS_SUCCESS {
            throw PDFError("Cairo: \(unsafe String(cString: cairo_status_to_string(status)))")
        }
        return sink.bytes
    }
}
