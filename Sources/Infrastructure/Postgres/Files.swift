import Glibc

/// The few calls on files that migrations and the embedded cluster need, with errors that name the path.
enum Files {
    struct Problem: Error, CustomStringConvertible {
        var path: String
        var number: Int32
        var description: String { "\(path): \(unsafe String(cString: strerror(number)))" }
    }

    private static func check(_ status: Int32, _ path: String) throws(Problem) {
        guard status == 0 else { throw Problem(path: path, number: errno) }
    }

    static func status(_ path: String, followingLinks: Bool = true) -> stat? {
        var status = stat()
        let result = unsafe followingLinks ? stat(path, &status) : lstat(path, &status)
        return result == 0 ? status : nil
    }
    static func exists(_ path: String) -> Bool { status(path) != nil }
    static func isFolder(_ path: String) -> Bool { (status(path)?.st_mode ?? 0) & S_IFMT == S_IFDIR }
    static func isLink(_ path: String) -> Bool { (status(path, followingLinks: false)?.st_mode ?? 0) & S_IFMT == S_IFLNK }
    static func isProgram(_ path: String) -> Bool { unsafe access(path, X_OK) == 0 && !isFolder(path) }

    /// The path without links, `.` and `..`.
    static func real(_ path: String) throws(Problem) -> String {
        guard let resolved = unsafe realpath(path, nil) else { throw Problem(path: path, number: errno) }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }

    /// Makes a folder and its parents; those made here get `mode` whatever the umask says, those that exist stay as they are.
    static func makeFolders(_ path: String, mode: mode_t = 0o755) throws(Problem) {
        if isFolder(path) { return }
        let trimmed = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        if let slash = trimmed.lastIndex(of: "/"), slash != trimmed.startIndex { try makeFolders(String(trimmed[..<slash]), mode: mode) }
        guard unsafe mkdir(trimmed, mode) == 0 else {
            let number = errno
            if number == EEXIST, isFolder(trimmed) { return }  // another program was quicker
            throw Problem(path: trimmed, number: number)
        }
        try check(unsafe chmod(trimmed, mode), trimmed)
    }

    static func read(_ path: String) throws(Problem) -> [UInt8] {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw Problem(path: path, number: errno) }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe Glibc.read(file, &chunk, 65_536)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Problem(path: path, number: errno) }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
    }
    static func text(_ path: String) -> String? { (try? read(path)).map { String(decoding: $0, as: UTF8.self) } }

    /// Replaces the file as a whole: a reader sees the old text or the new.
    static func write(_ text: String, to path: String) throws(Problem) {
        let draft = path + ".new"
        let file = unsafe open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw Problem(path: draft, number: errno) }
        let bytes = Array(text.utf8)
        let written = unsafe Glibc.write(file, bytes, bytes.count)
        let number = errno
        close(file)
        guard written == bytes.count else { throw Problem(path: draft, number: number) }
        try check(unsafe Glibc.rename(draft, path), path)
    }

    /// The names in a folder, sorted.
    static func list(_ path: String) throws(Problem) -> [String] {
        guard let folder = unsafe opendir(path) else { throw Problem(path: path, number: errno) }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    static func target(ofLink path: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe buffer.withUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress else { return -1 }
            return unsafe readlink(path, base.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }
    static func link(_ path: String, to target: String) throws(Problem) { try check(unsafe symlink(target, path), path) }
    static func move(_ path: String, to other: String) throws(Problem) { try check(unsafe Glibc.rename(path, other), path) }
    static func delete(_ path: String) { _ = unsafe unlink(path) }
    static func give(_ path: String, to account: Account) throws(Problem) {
        try check(unsafe lchown(path, account.user, account.group), path)
    }
    static func setMode(_ path: String, _ mode: mode_t) throws(Problem) { try check(unsafe chmod(path, mode), path) }

    /// Removes a folder and all in it. What cannot be removed stays.
    ///
    /// By rm, which does not follow a link that an unprivileged user slips in while root is walking through the folder.
    static func removeTree(_ path: String) { _ = ChildProcess.run(["/bin/rm", "-rf", "--", path], log: "/dev/null") }
}

/// Whom a process runs as.
struct Account: Equatable {
    var user: uid_t
    var group: gid_t

    static var current: Account { Account(user: geteuid(), group: getegid()) }

    init(user: uid_t, group: gid_t) {
        self.user = user
        self.group = group
    }
    init?(named name: String) {
        guard let entry = unsafe getpwnam(name) else { return nil }
        self.init(user: unsafe entry.pointee.pw_uid, group: unsafe entry.pointee.pw_gid)
    }
}

enum Environment {
    static subscript(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        let text = unsafe String(cString: value)
        return text.isEmpty ? nil : text
    }
}
