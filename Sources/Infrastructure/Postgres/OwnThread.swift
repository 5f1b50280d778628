import Glibc

/// Threads of our own, for what blocks: a blocked thread of the cooperative pool is a core lost.
enum OwnThread {
    /// Starts a detached thread that ends with `body`.
    static func start(_ body: @escaping @Sendable () -> Void) {
        let box = Box(body)
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        defer { _ = unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        var thread = pthread_t()
        // The new thread takes over the one reference that `passRetained` makes.
        let argument = unsafe Unmanaged.passRetained(box).toOpaque()
        let status = unsafe pthread_create(
            &thread, &attributes,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let box = unsafe Unmanaged<Box>.fromOpaque(argument).takeRetainedValue()
                box.body()
                return nil
            }, argument)
        // Without a thread there is no connection, no server and no way to say so later: the machine is out of memory.
        precondition(status == 0, "no thread could be started: \(status)")
    }

    /// Runs `body` on a thread of its own and waits for it without blocking.
    static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            start { continuation.resume(with: Result { try body() }) }
        }
    }

    static func sleep(milliseconds: Int) {
        var time = timespec(tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000)
        _ = unsafe nanosleep(&time, nil)
    }

    private final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}

/// A counting semaphore: how a connection's thread sleeps until there is work.
///
/// `@unchecked Sendable` is true because POSIX semaphores are made for use between threads, and the memory stays in one place
/// for as long as the object lives.
@safe final class Semaphore: @unchecked Sendable {
    private let semaphore: UnsafeMutablePointer<sem_t>

    init() {
        unsafe semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
        unsafe sem_init(semaphore, 0, 0)
    }
    deinit {
        unsafe sem_destroy(semaphore)
        unsafe semaphore.deallocate()
    }

    func signal() { _ = unsafe sem_post(semaphore) }
    func wait() { while unsafe sem_wait(semaphore) != 0 {} }  // only a signal handler interrupts it
}
