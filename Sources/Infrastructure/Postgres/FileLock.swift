import Glibc

/// An advisory lock on a file (`flock`). The kernel drops it with the process, however that ends.
final class FileLock: Sendable {
    private let descriptor: Int32

    /// Opens the file, and makes it if need be. Closed on exec: a child must not hold our locks.
    init(_ path: String) throws(Files.Problem) {
        descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw Files.Problem(path: path, number: errno) }
    }
    deinit { close(descriptor) }

    private func apply(_ operation: Int32) -> Bool {
        while true {
            if flock(descriptor, operation) == 0 { return true }
            if errno != EINTR { return false }
        }
    }
    /// Waits.
    func exclusive() { _ = apply(LOCK_EX) }
    /// Waits.
    func shared() { _ = apply(LOCK_SH) }
    /// From shared to exclusive is no upgrade but a new attempt: if it fails, the shared lock is gone, too.
    func tryExclusive() -> Bool { apply(LOCK_EX | LOCK_NB) }
    func tryShared() -> Bool { apply(LOCK_SH | LOCK_NB) }
    func release() { _ = apply(LOCK_UN) }
}
