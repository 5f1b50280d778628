/// An opaque colour of sRGB.
public struct Colour: Hashable, Sendable {
    let red: Double
    let green: Double
    let blue: Double

    /// `0xRRGGBB`.
    public init(_ hexadecimal: UInt32) {
        red = Double(hexadecimal >> 16 & 0xFF) / 255
        green = Double(hexadecimal >> 8 & 0xFF) / 255
        blue = Double(hexadecimal & 0xFF) / 255
    }
}

/// How a text looks. Sizes are points.
public struct TextStyle: Hashable, Sendable {
    public var size: Double
    public var isBold: Bool
    public var colour: Colour
    /// Extra space between lines as a share of the size.
    public var leading: Double

    public init(size: Double, isBold: Bool = false, colour: Colour = Colour(0x1B1D1F), leading: Double = 0.0) {
        self.size = size
        self.isBold = isBold
        self.colour = colour
        self.leading = leading
    }
}

/// Where the lines of a text stand inside its width.
public enum TextAlignment: Sendable, Hashable { case leading, centre, trailing }

/// The role of what is drawn, for readers that do not see the page (tagged PDF).
public enum PageTag: String, Sendable, Hashable {
    case title = "H1"
    case heading = "H2"
    case paragraph = "P"
    case table = "Table"
    case row = "TR"
    case headCell = "TH"
    case cell = "TD"
    case figure = "Figure"
}

/// What can go wrong while a document is made; all of it is the world's (memory, fonts, libraries), none of it the bill's.
public struct PDFError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
