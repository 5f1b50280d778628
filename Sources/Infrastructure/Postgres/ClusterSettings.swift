/// How the embedded server is set up: durable, for a machine it shares with us.
enum ClusterSettings {
    static func arguments(isUnsafe: Bool, socketFolder: String) -> [String] {
        var settings = [
            ("listen_addresses", ""), ("port", "5432"), ("unix_socket_directories", quoted(socketFolder)),
            ("unix_socket_permissions", "0700"),
            ("max_connections", isUnsafe ? "200" : "50"),
            ("max_wal_size", "4GB"), ("checkpoint_timeout", "5min"), ("checkpoint_completion_target", "0.9"),
            ("autovacuum", "on"), ("jit", "off"), ("timezone", "UTC"), ("log_timezone", "UTC"),
            ("log_line_prefix", "%m [%p] "), ("log_min_messages", "warning"), ("log_checkpoints", "off"),
        ]
        if isUnsafe {
            settings += [
                ("fsync", "off"), ("full_page_writes", "off"), ("synchronous_commit", "off"), ("shared_buffers", "128MB"),
                ("wal_level", "minimal"), ("max_wal_senders", "0"),
            ]
        } else {
            let megabytes = sharedBuffers(memory: memory())
            settings += [("fsync", "on"), ("full_page_writes", "on"), ("synchronous_commit", "on"), ("shared_buffers", "\(megabytes)MB")]
        }
        return settings.flatMap { ["-c", "\($0.0)=\($0.1)"] }
    }

    /// A quarter of the memory, at most 2 GB: beyond, the kernel's cache does as well.
    static func sharedBuffers(memory bytes: Int64) -> Int64 { min(2048, max(32, bytes / 4 / (1 << 20))) }

    /// What this process may use: the machine's memory or the container's limit.
    private static func memory() -> Int64 {
        let machine = Files.text("/proc/meminfo")?.split(separator: "\n").first { $0.hasPrefix("MemTotal:") }?
            .split(separator: " ").compactMap { Int64($0) }.first.map { $0 * 1024 }
        let limit = Files.text("/sys/fs/cgroup/memory.max").flatMap { Int64($0.trimmingLineEnd()) }
        return [machine, limit].compactMap { $0 }.min() ?? 1 << 30
    }

    /// A list of folders in PostgreSQL's syntax: double quotes keep commas and spaces.
    private static func quoted(_ folder: String) -> String { SQL.quoted(folder) }
}
