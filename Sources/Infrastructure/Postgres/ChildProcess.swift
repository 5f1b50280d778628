internal import CLibPQ
import Glibc

/// Programs we start: with few variables, no descriptors of ours, default signals, and a session of their own, so that Ctrl-C
/// at our terminal is ours alone.
///
/// The environment is not inherited: LD_PRELOAD (a faked clock), PGDATA and the like would change what the server is.
enum ChildProcess {
    private static let environment = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC"]

    /// Starts a program.
    /// - Parameter log: where its output is appended.
    /// - Returns: its process id, or the error number.
    static func start(_ arguments: [String], log: String) -> Result<pid_t, Files.Problem> {
        guard let program = arguments.first else { return .failure(Files.Problem(path: "", number: EINVAL)) }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { _ = unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        // No link is followed: the folder belongs to an unprivileged user, the file is opened by root.
        unsafe posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0o600)
        unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)
        _ = unsafe zw_spawn_close_from(&actions, 3)

        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { _ = unsafe posix_spawnattr_destroy(&attributes) }
        var all = sigset_t()
        unsafe sigfillset(&all)
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setflags(&attributes, Int16(truncatingIfNeeded: zw_spawn_flags))

        var process: pid_t = 0
        let status = unsafe CStrings.with(arguments) { argv in
            unsafe CStrings.with(environment) { envp in
                unsafe posix_spawn(&process, program, &actions, &attributes, mutable(argv), mutable(envp))
            }
        }
        return status == 0 ? .success(process) : .failure(Files.Problem(path: program, number: status))
    }

    // posix_spawn takes `char *const []` for history's sake and writes to neither.
    private static func mutable(_ strings: UnsafePointer<UnsafePointer<CChar>?>) -> UnsafePointer<UnsafeMutablePointer<CChar>?> {
        unsafe UnsafeRawPointer(strings).assumingMemoryBound(to: UnsafeMutablePointer<CChar>?.self)
    }

    /// Runs a program to its end; blocks.
    /// - Returns: its exit status; 128 + n for signal n; 127 if it could not be started.
    static func run(_ arguments: [String], log: String) -> Int32 {
        guard case .success(let process) = start(arguments, log: log) else { return 127 }
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) < 0 {
            guard errno == EINTR else { return 127 }
        }
        return exitCode(status)
    }

    /// The exit code of a child that has ended, or nil while it runs. Takes the zombie away; 0 if that was done before.
    static func ended(_ process: pid_t) -> Int32? {
        var status: Int32 = 0
        let answer = unsafe waitpid(process, &status, WNOHANG)
        if answer == process { return exitCode(status) }
        return answer < 0 && errno == ECHILD ? 0 : nil
    }

    /// Takes the zombie away whenever the child ends. A program that waits for any child of this process (Swift Testing's exit
    /// tests do) would find a zombie nobody asks for again and again, and no other behind it.
    static func takeAwayWhenEnded(_ process: pid_t) {
        OwnThread.start {
            var status: Int32 = 0
            while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
        }
    }

    private static func exitCode(_ status: Int32) -> Int32 {
        let signal = status & 0x7F
        return signal == 0 ? status >> 8 & 0xFF : 128 + signal
    }

    /// Looks where programs lie on Debian, then in PATH.
    static func find(_ name: String) -> String? {
        let folders = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"] + (Environment["PATH"]?.split(separator: ":").map(String.init) ?? [])
        return folders.map { $0 + "/" + name }.first { Files.isProgram($0) }
    }
}
