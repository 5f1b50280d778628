internal import CLibPQ
import Glibc
import Logging

extension Connection {
    /// Sends all statements before reading the first answer: one wait instead of one per statement.
    ///
    /// Outside a transaction they are one: all or nothing. After the first that fails the rest is not run, and its error is thrown.
    public func pipeline(_ statements: [SQL]) throws(DatabaseError) -> [Rows] {
        guard let first = statements.first else { return [] }
        try checkInterrupt(first.text)
        guard unsafe PQenterPipelineMode(handle) == 1, unsafe PQsetnonblocking(handle, 1) == 0 else { throw connectionError(first.text) }
        let answers: [Rows]
        do {
            let expected = try send(statements)
            answers = try receive(expected)
        } catch {
            leavePipeline()
            throw error
        }
        leavePipeline()
        return answers
    }

    private struct Expected {
        enum Answer { case prepared(StatementCache.Key, String), rows }
        var answer: Answer
        var statement: String
    }

    private func send(_ statements: [SQL]) throws(DatabaseError) -> [Expected] {
        var expected: [Expected] = []
        var fresh: [StatementCache.Key: String] = [:]  // sent in this pipeline, not yet confirmed
        for (number, sql) in statements.enumerated() {
            let parameters = try MarshalledParameters(sql)
            let sent: Bool
            if sql.isWorthPreparing {
                let key = StatementCache.Key(text: sql.text, types: parameters.types)
                let name: String
                if let known = cache.name(of: key) ?? fresh[key] {
                    name = known
                } else {
                    name = cache.newName()
                    guard unsafe parameters.sendPrepare(sql.text, as: name, on: handle) else { throw connectionError(sql.text) }
                    fresh[key] = name
                    expected.append(Expected(answer: .prepared(key, name), statement: sql.text))
                }
                sent = unsafe parameters.sendPrepared(name, on: handle)
            } else {
                sent = unsafe parameters.send(sql.text, on: handle)
            }
            guard sent else { throw connectionError(sql.text) }
            expected.append(Expected(answer: .rows, statement: sql.text))
            // Read what is there now and then, so that neither side's buffers grow without bound.
            if number % 256 == 255 { try flush(sql.text, untilEmpty: false) }
        }
        guard unsafe PQpipelineSync(handle) == 1 else { throw connectionError("pipeline") }
        try flush("pipeline", untilEmpty: true)
        return expected
    }

    /// Sends without ever waiting for the server alone: it may itself be waiting for us to read.
    private func flush(_ statement: String, untilEmpty: Bool) throws(DatabaseError) {
        while true {
            let left = unsafe PQflush(handle)
            guard left >= 0 else { throw connectionError(statement) }
            if left == 0 { return }
            var descriptor = unsafe pollfd(fd: PQsocket(handle), events: Int16(POLLIN | POLLOUT), revents: 0)
            _ = unsafe poll(&descriptor, 1, untilEmpty ? -1 : 0)
            if descriptor.revents & Int16(POLLIN) != 0, unsafe PQconsumeInput(handle) == 0 { throw connectionError(statement) }
            if !untilEmpty { return }
        }
    }

    private func receive(_ expected: [Expected]) throws(DatabaseError) -> [Rows] {
        var answers: [Rows] = []
        var firstError: DatabaseError?
        for item in expected {
            var result = unsafe PQgetResult(handle)
            guard let answer = unsafe result else { throw firstError ?? connectionError(item.statement) }
            if unsafe PQresultStatus(answer) == PGRES_PIPELINE_ABORTED {
                unsafe PQclear(answer)
            } else {
                do {
                    let rows = try unsafe accept(answer, statement: item.statement)
                    switch item.answer {
                    case .prepared(let key, let name): cache.insert(key, name: name)
                    case .rows: answers.append(rows)
                    }
                } catch {
                    if error.kind == .connectionLost { throw error }
                    if firstError == nil { firstError = error }
                }
            }
            // Each statement's answer ends with a null result.
            repeat {
                unsafe result = unsafe PQgetResult(handle)
                if let surplus = unsafe result { unsafe PQclear(surplus) }
            } while unsafe result != nil
        }
        if let error = firstError {
            if error.isStalePlan { cache.removeAll() }
            throw error
        }
        return answers
    }

    /// Back to one statement at a time. Reads up to the synchronisation mark; a connection that cannot get there is broken
    /// and will be replaced.
    private func leavePipeline() {
        var nulls = 0
        while nulls < 2, unsafe PQpipelineStatus(handle) != PQ_PIPELINE_OFF, !isBroken {
            if let result = unsafe PQgetResult(handle) {
                nulls = 0
                let isMark = unsafe PQresultStatus(result) == PGRES_PIPELINE_SYNC
                unsafe PQclear(result)
                if isMark { break }
            } else {
                nulls += 1
            }
        }
        if unsafe PQexitPipelineMode(handle) == 0 { logger.debug("a pipeline was not left: the connection will be replaced") }
        _ = unsafe PQsetnonblocking(handle, 0)
    }

    /// Whether the connection takes a plain statement.
    var isInPipeline: Bool { unsafe PQpipelineStatus(handle) != PQ_PIPELINE_OFF }
}
