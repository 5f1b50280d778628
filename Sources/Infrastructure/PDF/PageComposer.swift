internal import CPango

/// Pages, drawn in points from the upper left corner.
///
/// Nothing is drawn before `finish`: until then texts are only laid out and measured, so each page can say at its foot how many
/// there are, and each text is shaped once. A composer is confined to the task that made it.
@safe public final class PageComposer {
    public let width: Double
    public let height: Double
    private let context: OpaquePointer
    private var fonts: [FontKey: Font] = [:]
    private var pages: [[Mark]] = [[]]
    /// The page that is drawn on.
    private var current = 0

    private struct FontKey: Hashable {
        let size: Double
        let isBold: Bool
    }

    enum Mark {
        case text(LaidText, x: Double, y: Double, Colour)
        case line(x: Double, y: Double, toX: Double, toY: Double, width: Double, Colour)
        case box(x: Double, y: Double, width: Double, height: Double, fill: Colour?, stroke: Colour?)
        case hatch(x: Double, y: Double, width: Double, height: Double, Colour)
        case begin(PageTag)
        case end(PageTag)
    }

    /// - Parameters:
    ///   - width: of a page, in points; A4 by default.
    ///   - family: the font; what it lacks comes from others that fontconfig knows.
    public init(width: Double = 595.276, height: Double = 841.89, family: String = "Noto Sans,DejaVu Sans,sans-serif", language: String) {
        self.width = width
        self.height = height
        self.family = family
        // A map belongs to its thread in Pango, and a composer may be finished on another: the context keeps the map alive.
        let map = unsafe pango_cairo_font_map_get_default()
        guard let context = unsafe pango_font_map_create_context(map) else { preconditionFailure("Pango has no memory") }
        unsafe pango_cairo_context_set_resolution(context, 72)
        // Paper has no pixels: no hinting, no rounding of advances.
        let options = unsafe cairo_font_options_create()
        unsafe cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE)
        unsafe cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF)
        unsafe cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY)
        unsafe pango_cairo_context_set_font_options(context, options)
        unsafe cairo_font_options_destroy(options)
        unsafe pango_context_set_round_glyph_positions(context, 0)
        unsafe pango_context_set_language(context, pango_language_from_string(language))
        unsafe self.context = context
    }
    private let family: String

    deinit {
        unsafe g_object_unref(UnsafeMutableRawPointer(context))
    }

    // MARK: pages

    public var pageCount: Int { pages.count }
    /// What is drawn next stands on a new last page.
    public func newPage() {
        pages.append([])
        current = pages.count - 1
    }
    /// Goes back to each page in turn, when all are there.
    public func onEachPage(_ body: (_ page: Int) -> Void) {
        for page in pages.indices {
            current = page
            body(page)
        }
        current = pages.count - 1
    }

    // MARK: text

    /// Shapes and breaks a text without drawing it.
    public func lay(_ text: String, _ style: TextStyle, width: Double? = nil, _ alignment: TextAlignment = .leading) -> Block {
        Block(
            text: unsafe LaidText(text, context: context, font: font(style).description, style: style, limit: width, alignment: alignment),
            colour: style.colour)
    }

    /// A text with its measures.
    public struct Block {
        let text: LaidText
        let colour: Colour
        public var width: Double { text.width }
        public var height: Double { text.height }
    }

    /// Draws with the upper left corner at `x`, `y`.
    public func draw(_ block: Block, x: Double, y: Double) { put(.text(block.text, x: x, y: y, block.colour)) }

    /// Lays and draws; the height it took.
    @discardableResult
    public func text(
        _ text: String, _ style: TextStyle, x: Double, y: Double, width: Double? = nil, _ alignment: TextAlignment = .leading
    ) -> Double {
        let block = lay(text, style, width: width, alignment)
        draw(block, x: x, y: y)
        return block.height
    }

    private func font(_ style: TextStyle) -> Font {
        let key = FontKey(size: style.size, isBold: style.isBold)
        if let known = fonts[key] { return known }
        let font = Font(family: family, size: style.size, isBold: style.isBold)
        fonts[key] = font
        return font
    }

    // MARK: shapes

    public func line(x: Double, y: Double, toX: Double, toY: Double, width: Double = 0.5, _ colour: Colour) {
        put(.line(x: x, y: y, toX: toX, toY: toY, width: width, colour))
    }
    public func box(x: Double, y: Double, width: Double, height: Double, fill: Colour? = nil, stroke: Colour? = nil) {
        put(.box(x: x, y: y, width: width, height: height, fill: fill, stroke: stroke))
    }
    /// Diagonal lines, for what is estimated: it must not be told by colour alone.
    public func hatch(x: Double, y: Double, width: Double, height: Double, _ colour: Colour) {
        put(.hatch(x: x, y: y, width: width, height: height, colour))
    }

    /// What `body` draws has this role. It must stay on one page.
    public func tagged(_ tag: PageTag, _ body: () -> Void) {
        put(.begin(tag))
        body()
        put(.end(tag))
    }

    private func put(_ mark: Mark) { pages[current].append(mark) }

    /// A description of a font, freed with its composer.
    @safe private final class Font {
        let description: OpaquePointer
        init(family: String, size: Double, isBold: Bool) {
            guard let description = unsafe pango_font_description_new() else { preconditionFailure("Pango has no memory") }
            unsafe pango_font_description_set_family(description, family)
            unsafe pango_font_description_set_absolute_size(description, size * 1_024)
            unsafe pango_font_description_set_weight(description, isBold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL)
            unsafe self.description = description
        }
        deinit { unsafe pango_font_description_free(description) }
    }

    // MARK: bytes

    /// The pages as PDF 1.5. Nothing in it depends on the time.
    /// - Throws: ``PDFError``.
    public func finish() throws(PDFError) -> [UInt8] {
        let surface = try PageSurface(width: width, height: height)
        for page in pages { surface.draw(page) }
        return try surface.finish()
    }
}
