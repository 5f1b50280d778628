internal import Glibc
public import Values

/// The moment it is. Only interfaces and the executable ask; use cases are told.
public enum Wallclock {
    /// Microseconds since 1970 from the system's clock.
    public static func now() -> Instant {
        var time = timespec()
        let failed = unsafe clock_gettime(CLOCK_REALTIME, &time)
        precondition(failed == 0, "the system has no clock")
        return Instant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }
}
