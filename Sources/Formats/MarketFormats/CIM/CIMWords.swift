internal import VEE
public import Values

// The words of IEC 61968-9 for those who ask and answer in them without a message of readings.
extension CIM {
    /// The ReadingType of a register, or of a channel with its raster; nil where the 18 fields have no words for it.
    public static func readingType(of obis: ObisCode, _ unit: UnitCode, _ resolution: Resolution?) -> String? {
        CIMReadingType.text(obis, unit, resolution)
    }

    /// Whether a ReadingType means this register or channel.
    public static func matches(_ readingType: String, _ obis: ObisCode, _ resolution: Resolution?) -> Bool {
        guard let type = CIMReadingType(readingType), let said = type.obis else { return false }
        return said == obis && type.isDelta == (resolution != nil)
            && (resolution == nil || type.resolution == nil || type.resolution == resolution
                || (type.resolution == .day && resolution == .gasDay))
    }

    /// The status that a ReadingQualityType `system.category.index` means.
    public static func status(ofQuality reference: String) -> ValueStatus { CIMQuality.status(of: reference) }
}
