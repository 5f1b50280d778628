import BillingOperations
import Foundation
import Metering
import MeteringOperations
import Postgres
import Synchronization
import TestKit
import Testing
import Values

private typealias F = BillingFixture

@Suite(.database) struct `What a bill is computed from is of one moment` {
    private static let year = DayRange(from: Day(2025, 1, 1), until: Day(2026, 1, 1))

    private static func point(_ code: String, in connection: Connection) throws -> Identifier<MeteringPoint> {
        Identifier(try connection.one("SELECT id FROM metering_point WHERE code = \(code)", as: Int64.self))
    }
    /// A reading that is committed on another connection before this returns.
    private static func late(_ meter: String, _ value: Int, _ town: BillingFixture) {
        let done = DispatchSemaphore(value: 0)
        Task {
            try? await town.send([
                #"{"meter": "\#(meter)", "obis": "1-0:1.8.0", "at": "2026-01-01T00:00:00+01:00", "value": "\#(value)", "unit": "kWh", "status": "measured"}"#
            ])
            done.signal()
        }
        done.wait()
    }
    /// What the register showed at the end, asked for in two statements as registers and quarter hours are.
    private static func ends(
        of point: Identifier<MeteringPoint>, in connection: Connection, between: () -> Void
    ) throws -> [Int64?] {
        func end() throws -> Int64? {
            try LoadUsage.load([point], period: year, in: connection)[point]?.meters.first?.readings.last?.micro
        }
        let first = try end()
        between()
        return [first, try end()]
    }

    @Test func `a reading that is committed between two statements is in both or in none`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1"), .init(key: "2")])
        let tries = Mutex(0)
        let (read, disturbed) = try await town.pool.transaction { connection in
            let point = try Self.point("POINT-1", in: connection)
            let found = try UndisturbedRead.read([point], in: connection) {
                let number = tries.withLock { tries in
                    tries += 1
                    return tries
                }
                return try Self.ends(of: point, in: connection) { if number == 1 { Self.late("M-1", 4_600, town) } }
            }
            return (found.value, found.disturbed)
        }
        #expect(tries.withLock(\.self) == 2)
        #expect(read == [4_600_000_000, 4_600_000_000])
        #expect(disturbed.isEmpty)
    }

    @Test func `what comes for another point makes nobody read again`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1"), .init(key: "2")])
        let tries = Mutex(0)
        let disturbed = try await town.pool.transaction { connection in
            let point = try Self.point("POINT-1", in: connection)
            return try UndisturbedRead.read([point], in: connection) {
                tries.withLock { $0 += 1 }
                Self.late("M-2", 4_600, town)
            }.disturbed
        }
        #expect(tries.withLock(\.self) == 1)
        #expect(disturbed.isEmpty)
    }

    @Test func `a point that never rests is named, and nothing is built on it`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1"), .init(key: "2")])
        let tries = Mutex(0)
        let (disturbed, point) = try await town.pool.transaction { connection in
            let point = try Self.point("POINT-1", in: connection)
            let other = try Self.point("POINT-2", in: connection)
            let found = try UndisturbedRead.read([point, other], tries: 3, in: connection) {
                let number = tries.withLock { tries in
                    tries += 1
                    return tries
                }
                Self.late("M-1", 4_600 + number, town)
            }
            return (found.disturbed, point)
        }
        #expect(tries.withLock(\.self) == 3)
        #expect(disturbed == [point])
    }
}
