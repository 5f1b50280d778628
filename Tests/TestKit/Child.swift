import Foundation
import Glibc
import Synchronization

/// A process that a test started, with what it writes.
final class Child: Sendable {
    private let state = Mutex(State())
    let processIdentifier: Int32

    private struct State {
        var output = Data()
        var messages = Data()
        var openPipes = 2
        var status: Int32?
        var waiting: [CheckedContinuation<Void, Never>] = []
        var isOver: Bool { openPipes == 0 && status != nil }
    }

    init(_ program: URL, _ arguments: [String], environment: [String: String], folder: URL, input: Data? = nil) throws {
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.environment = environment
        process.currentDirectoryURL = folder
        let (output, messages) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = messages
        let given = Pipe()
        process.standardInput = input == nil ? FileHandle.nullDevice : given
        let ended = Mutex<(@Sendable (Int32) -> Void)?>(nil)
        let early = Mutex<Int32?>(nil)
        process.terminationHandler = { process in
            let status = process.terminationReason == .uncaughtSignal ? -process.terminationStatus : process.terminationStatus
            early.withLock { $0 = status }
            ended.withLock { $0 }?(status)
        }
        try process.run()
        processIdentifier = process.processIdentifier
        ended.withLock { $0 = { [weak self] status in self?.change { $0.status = status } } }
        // It may have ended before anybody listened.
        if let status = early.withLock({ $0 }) { change { $0.status = status } }
        read(output) { $0.output.append($1) }
        read(messages) { $0.messages.append($1) }
        if let input {
            // Who takes no input closes the pipe; that is its right.
            try? given.fileHandleForWriting.write(contentsOf: input)
            try? given.fileHandleForWriting.close()
        }
    }

    /// Runs to the end.
    static func run(_ program: URL, _ arguments: [String], environment: [String: String], folder: URL, input: Data? = nil) async throws
        -> ProgramUnderTest.Outcome
    {
        let child = try Child(program, arguments, environment: environment, folder: folder, input: input)
        return await withTaskCancellationHandler {
            let status = await child.end()
            return ProgramUnderTest.Outcome(status: status, output: child.output, messages: child.messages)
        } onCancel: {
            child.signal(SIGKILL)
        }
    }

    var output: String { state.withLock { String(decoding: $0.output, as: UTF8.self) } }
    var messages: String { state.withLock { String(decoding: $0.messages, as: UTF8.self) } }
    var isRunning: Bool { state.withLock { $0.status == nil } }

    func signal(_ number: Int32) { if isRunning { Glibc.kill(processIdentifier, number) } }

    /// Waits until the process has ended and all it wrote was read.
    func end() async -> Int32 {
        await wait { $0.isOver }
        return state.withLock { $0.status ?? -1 }
    }

    /// Waits for a whole line on standard output, or the end.
    func firstLine() async -> String {
        await wait { $0.output.contains(10) || $0.isOver }
        return output.split(separator: "\n").first.map(String.init) ?? ""
    }

    private func wait(for condition: @escaping @Sendable (State) -> Bool) async {
        while true {
            await withCheckedContinuation { continuation in
                let isDone = state.withLock { state in
                    if condition(state) { return true }
                    state.waiting.append(continuation)
                    return false
                }
                if isDone { continuation.resume() }
            }
            if state.withLock({ condition($0) }) { return }
        }
    }

    private func change(_ body: (inout State) -> Void) {
        let waiting = state.withLock { state in
            body(&state)
            let waiting = state.waiting
            state.waiting = []
            return waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Blocking reads belong on a thread of their own, not on one of the few of the pool.
    private func read(_ pipe: Pipe, _ keep: @escaping @Sendable (inout State, Data) -> Void) {
        let handle = pipe.fileHandleForReading
        Thread.detachNewThread { [self] in
            while true {
                let data = handle.availableData
                if data.isEmpty { break }
                change { keep(&$0, data) }
            }
            change { $0.openPipes -= 1 }
        }
    }
}
