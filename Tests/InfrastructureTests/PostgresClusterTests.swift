@testable import Postgres
import Testing

@Suite struct `The place of a cluster` {
    @Test func `a name of sixteen digits stands for a data folder`() {
        #expect(ClusterPlace.fingerprint("/srv/zaehlwerk").count == 16)
        #expect(ClusterPlace.fingerprint("/srv/a") != ClusterPlace.fingerprint("/srv/b"))
    }
}
