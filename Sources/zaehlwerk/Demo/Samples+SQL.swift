import Postgres

extension Connection {
    /// The hashes of these that a delivery with this content has, from which source and under which number whatever.
    func deliveredHashes(among hashes: [[UInt8]]) throws -> Set<[UInt8]> {
        Set(
            try query("SELECT DISTINCT content_hash FROM delivery WHERE content_hash = ANY(\(hashes))").map {
                try $0.get(0, as: [UInt8].self)
            })
    }
}
