internal import CLibPQ

extension Connection {
    /// COPY … FROM STDIN in the binary format: the fastest way in.
    ///
    ///     try db.copyIn("register_reading", columns: ["register_id", "at"]) { copy in
    ///         for reading in readings { try copy.row { $0.append(reading.register); $0.append(reading.at) } }
    ///     }
    ///
    /// COPY is refused in a pipeline and under row-level security, and one duplicate key fails the whole batch.
    /// - Parameter table: `table` or `schema.table`; names are quoted.
    /// - Returns: the number of rows PostgreSQL counted.
    /// - Throws: what `body` throws, after the copy has been abandoned.
    @discardableResult
    public func copyIn(_ table: String, columns: [String], _ body: (inout CopyWriter) throws -> Void) throws -> Int {
        let name = table.split(separator: ".").map { SQL.quoted(String($0)) }.joined(separator: ".")
        let statement = "COPY \(name) (\(columns.map { SQL.quoted($0) }.joined(separator: ", "))) FROM STDIN (FORMAT binary)"
        try checkInterrupt(statement)
        try start(statement, expecting: PGRES_COPY_IN)
        var writer = CopyWriter(columns: columns.count) { [self] buffer throws(DatabaseError) in
            guard !interrupt.isRequested else { throw .cancelled(statement) }
            guard unsafe buffer.send(to: handle) else { throw connectionError(statement) }
        }
        do {
            try body(&writer)
            try writer.finish()
        } catch {
            // The server answers with an error of its own, which says only that we gave up.
            _ = unsafe PQputCopyEnd(handle, "abandoned")
            drain()
            throw error
        }
        guard unsafe PQputCopyEnd(handle, nil) == 1 else { throw connectionError(statement) }
        let rows = try unsafe accept(PQgetResult(handle), statement: statement)
        drain()
        return rows.affected
    }

    /// COPY (query) TO STDOUT in the binary format: rows are handed to `row` one by one and never held together.
    /// - Parameter query: trusted text, without parameters: COPY takes none.
    /// - Returns: the number of rows.
    @discardableResult
    public func copyOut(_ query: String, _ row: (inout CopyReader) throws -> Void) throws -> Int {
        let statement = "COPY (\(query)) TO STDOUT (FORMAT binary)"
        try checkInterrupt(statement)
        try start(statement, expecting: PGRES_COPY_OUT)
        var count = 0
        var isFirst = true
        while true {
            var data: UnsafeMutablePointer<CChar>? = nil
            let length = unsafe PQgetCopyData(handle, &data, 0)
            if length == -1 { break }
            guard length > 0, let data = unsafe data else { throw connectionError(statement) }
            defer { unsafe PQfreemem(data) }
            // Safe: the bytes live until PQfreemem at the end of this turn; the reader cannot escape it.
            let raw = unsafe UnsafeRawBufferPointer(start: data, count: Int(length)).bindMemory(to: UInt8.self)
            do {
                let begin = isFirst ? try lengthOfHeader(unsafe raw.span, statement) : 0
                isFirst = false
                if begin == raw.count { continue }
                guard raw.count - begin >= 2 else {
                    throw DatabaseError(kind: .mismatch, message: "COPY sent a row of \(raw.count) bytes", statement: statement)
                }
                let fields = Int(unsafe raw.span.bigEndian(Int16.self, at: begin))
                if fields < 0 { continue }  // the end mark
                var reader = unsafe CopyReader(raw, start: begin, count: fields)
                try row(&reader)
                count += 1
            } catch {
                abandonCopyOut()
                throw error
            }
        }
        _ = try unsafe accept(PQgetResult(handle), statement: statement)
        drain()
        return count
    }

    private func start(_ statement: String, expecting status: ExecStatusType) throws(DatabaseError) {
        guard let result = unsafe PQexec(handle, statement) else { throw connectionError(statement) }
        guard unsafe PQresultStatus(result) == status else {
            _ = try unsafe accept(result, statement: statement)
            throw DatabaseError(kind: .misuse, message: "this is no COPY", statement: statement)
        }
        unsafe PQclear(result)
    }

    /// The signature, flags and extension that come before, or with, the first row.
    private func lengthOfHeader(_ bytes: Span<UInt8>, _ statement: String) throws(DatabaseError) -> Int {
        guard bytes.count >= 19, bytes[0] == UInt8(ascii: "P") else {
            throw DatabaseError(kind: .mismatch, message: "COPY began without its signature", statement: statement)
        }
        let end = 19 + Int(bytes.bigEndian(Int32.self, at: 15))
        guard end >= 19, end <= bytes.count else {
            throw DatabaseError(kind: .mismatch, message: "COPY's header is cut off", statement: statement)
        }
        return end
    }

    /// Stops the server and reads what is already under way, so that the connection can be used again.
    private func abandonCopyOut() {
        unsafe CancelHandle(of: handle)?.cancel()
        while true {
            var data: UnsafeMutablePointer<CChar>? = nil
            let length = unsafe PQgetCopyData(handle, &data, 0)
            if let data = unsafe data { unsafe PQfreemem(data) }
            if length < 0 { break }
        }
        drain()
    }
}
