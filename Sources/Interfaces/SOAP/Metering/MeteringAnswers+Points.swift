internal import Metering
internal import MeteringOperations
internal import Values
internal import XML

extension MeteringAnswers {
    /// A metering point as master data writes it.
    static func point(_ point: MeteringPointDetails, today: Day, _ version: MeteringService.Version) -> [UInt8] {
        var writer = XMLWriter(declaration: false)
        writer.element("code", point.code)
        writer.element("commodity", point.commodity.rawValue)
        writer.optional("state", point.state)
        if [point.street, point.house, point.postcode, point.city].contains(where: { $0 != nil }) {
            writer.element("address") { writer in
                writer.optional("street", point.street)
                writer.optional("house", point.house)
                writer.optional("postcode", point.postcode)
                writer.optional("city", point.city)
            }
        }
        if let latitude = point.latitude, let longitude = point.longitude {
            writer.element("coordinates") { writer in
                writer.element("lat", latitude)
                writer.element("lon", longitude)
            }
        }
        if let capacity = point.capacity {
            writer.element("capacity") { writer in
                writer.element("value", DecimalText.format(capacity.micro, scale: 6))
                writer.element("unit", capacity.unit.rawValue)
            }
        }
        for device in point.devices {
            writer.element("meters") { writer in
                writer.element("serial", device.serial)
                writer.element("from", device.installation.from.description)
                writer.optional("until", device.installation.until?.description)
                for register in device.registers { self.register(register, of: device, today, version, &writer) }
            }
        }
        return writer.bytes
    }

    /// Its parameters as of today, or of the last day on which the meter hung there.
    private static func register(
        _ register: Register, of device: MeteringPointDetails.Device, _ today: Day, _ version: MeteringService.Version,
        _ writer: inout XMLWriter
    ) {
        let last = device.installation.until.map { min(today, $0.adding(days: -1)) } ?? today
        let parameters = register.parameters(on: max(last, device.installation.from))
        writer.element("registers") { writer in
            writer.element("obis", register.obis.description)
            writer.element("unit", register.unit.rawValue)
            writer.optional("resolution", register.resolution?.description)
            writer.optional("digits", parameters.digits.map { String($0) })
            writer.element("decimals", parameters.decimals)
            writer.element("factor", DecimalText.format(parameters.factor.millionths, scale: 6))
            guard version != .first else { return }
            for (from, factor) in register.factors(in: device.installation) {
                writer.element("factors") { writer in
                    writer.element("from", from.description)
                    writer.element("factor", DecimalText.format(factor.millionths, scale: 6))
                }
            }
        }
    }
}
