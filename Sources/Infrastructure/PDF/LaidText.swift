internal import CPango

/// A text that Pango has shaped and broken into lines. It is confined to the composer that made it.
@safe final class LaidText {
    private let layout: OpaquePointer
    let width: Double
    let height: Double

    /// - Parameter limit: where lines break, in points; nil: they do not.
    init(_ text: String, context: OpaquePointer, font: OpaquePointer, style: TextStyle, limit: Double?, alignment: TextAlignment) {
        let layout = unsafe pango_layout_new(context)
        // Out of memory only, like any allocation.
        guard let layout = unsafe layout else { preconditionFailure("Pango has no memory for a text") }
        unsafe pango_layout_set_font_description(layout, font)
        var text = text
        text.withUTF8 { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
                unsafe pango_layout_set_text(layout, characters.baseAddress, Int32(clamping: characters.count))
            }
        }
        if let limit {
            unsafe pango_layout_set_width(layout, LaidText.units(limit))
            unsafe pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR)
        }
        switch alignment {
        case .leading: break
        case .centre: unsafe pango_layout_set_alignment(layout, PANGO_ALIGN_CENTER)
        case .trailing: unsafe pango_layout_set_alignment(layout, PANGO_ALIGN_RIGHT)
        }
        if style.leading > 0 { unsafe pango_layout_set_spacing(layout, LaidText.units(style.size * style.leading)) }
        var (width, height): (Int32, Int32) = (0, 0)
        unsafe pango_layout_get_size(layout, &width, &height)
        unsafe self.layout = layout
        self.width = Double(width) / LaidText.scale
        self.height = Double(height) / LaidText.scale
    }

    deinit { unsafe g_object_unref(UnsafeMutableRawPointer(layout)) }

    /// With its upper left corner at the current point of `cairo`.
    func show(on cairo: OpaquePointer) { unsafe pango_cairo_show_layout(cairo, layout) }

    // PANGO_SCALE.
    private static let scale = 1_024.0
    private static func units(_ points: Double) -> Int32 { Int32((points * scale).rounded()) }
}
