internal import Partners
internal import Postgres
internal import Values

/// The search by the words of name, address and e-mail, within milliseconds among a million partners.
///
/// The order is: partners whose name begins with a word asked for, then the others, each by name. Frequent words are found by walking the
/// index of names in that order, which soon fills a page; rare ones through the index of words. Which it is shows a short walk: the
/// planner knows nothing of how often a word occurs.
enum PartnerNames {
    /// Rows looked at before the index of words is asked: a few, which is enough for the most frequent words, then some more.
    private static let strolls = [250, 4_000]
    /// More matches than this are not all read to be sorted.
    private static let few = 3_000
    private static let lastCharacter = "\u{10FFFF}"

    /// A partner in the order of the list.
    fileprivate struct Candidate {
        /// 0: a word asked for begins the name; 1: it is elsewhere.
        var tier: Int
        var sortName: String
        var id: Int64

        static let start = Candidate(tier: 0, sortName: "", id: 0)
        var cursor: PartnerCursor { PartnerCursor(sortName: "\(tier)\(sortName)", id: id) }

        func isBefore(_ other: Candidate) -> Bool {
            if tier != other.tier { return tier < other.tier }
            // By bytes, as the column is sorted.
            if sortName != other.sortName { return sortName.utf8.lexicographicallyPrecedes(other.sortName.utf8) }
            return id < other.id
        }
    }

    static func find(_ question: FindPartners.Question, after cursor: PartnerCursor?, limit: Int, in connection: Connection) throws
        -> (hits: [PartnerHit], next: PartnerCursor?)
    {
        let start =
            cursor.map { Candidate(tier: $0.sortName.hasPrefix("1") ? 1 : 0, sortName: String($0.sortName.dropFirst()), id: $0.id) }
            ?? .start
        let walk = Walk(words: question.words, start: start, limit: limit)
        var (found, isComplete) = ([Candidate](), false)
        for steps in strolls where !isComplete && found.count <= limit {
            (found, isComplete) = try walk.take(atMost: steps, in: connection)
        }
        if !isComplete, found.count <= limit {
            _ = try connection.query("SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'on', true)")
            let rows = try connection.query(
                """
                SELECT sort_name, id FROM partner
                WHERE array_to_tsvector(string_to_array(search, ' ')) @@ \(all(question.words.map { [$0] }, begun: true))::text::tsquery LIMIT \(few + 1)
                """)
            if rows.count <= few {
                found = try rows.map { row in
                    let name: String = try row.get(0)
                    return Candidate(
                        tier: question.words.contains { name.utf8.starts(with: $0.utf8) } ? 0 : 1, sortName: name, id: try row.get(1))
                }.filter { start.isBefore($0) }.sorted { $0.isBefore($1) }
            } else {
                (found, isComplete) = try walk.take(atMost: .max, in: connection)
            }
        }
        let page = found.prefix(limit)
        return (try hits(page.map(\.id), .name, in: connection), found.count > limit ? page.last?.cursor : nil)
    }

    /// By words that are nearly right: those of the dictionary that resemble what was typed.
    static func similar(_ question: FindPartners.Question, limit: Int, in connection: Connection) throws -> [PartnerHit] {
        let words = question.words.filter { $0.count >= 3 && !SearchText.looksLikeNumber($0) }
        guard !words.isEmpty else { return [] }
        _ = try connection.query(
            """
            SELECT set_config('pg_trgm.similarity_threshold', '0.4', true), set_config('enable_seqscan', 'off', true),
                   set_config('enable_bitmapscan', 'on', true)
            """)
        var alternatives: [[String]] = []
        for word in words {
            // Letters swapped or doubled leave the length nearly as it was.
            let near = try connection.query(
                """
                SELECT word FROM search_word WHERE word % \(word) AND length(word) BETWEEN \(word.count - 2) AND \(word.count + 2)
                ORDER BY similarity(word, \(word)) DESC, word LIMIT 8
                """
            ).map { try $0.get(0) as String }
            if near.isEmpty { return [] }
            alternatives.append(near)
        }
        let rank = words.map { "word_similarity(\($0), search)" as SQL }.joined(separator: " + ")
        let ids = try connection.query(
            """
            SELECT id FROM (
                SELECT id, search, sort_name FROM partner
                WHERE array_to_tsvector(string_to_array(search, ' ')) @@ \(all(alternatives, begun: false))::text::tsquery LIMIT 500
            ) p ORDER BY \(rank) DESC, sort_name, id LIMIT \(limit)
            """
        ).map { try $0.get(0) as Int64 }
        return try hits(ids, .similar, in: connection)
    }

    /// A query that wants one of each list, whole or as the beginning of a word. The words are folded: letters and digits, nothing else.
    private static func all(_ alternatives: [[String]], begun: Bool) -> String {
        alternatives.map { "(" + $0.map { "'\($0)'\(begun ? ":*" : "")" }.joined(separator: "|") + ")" }.joined(separator: "&")
    }

    private static func hits(_ ids: [Int64], _ match: PartnerHit.Match, in connection: Connection) throws -> [PartnerHit] {
        guard !ids.isEmpty else { return [] }
        let rows = try connection.query(
            """
            SELECT \(FindPartners.columns) FROM unnest(\(ids)) WITH ORDINALITY AS u (id, place) JOIN partner p ON p.id = u.id ORDER BY u.place
            """)
        return try rows.map { row in
            let partner = try PartnerSummary(row)
            return PartnerHit(partner: partner, match: match, via: partner.name)
        }
    }

    /// A walk along the index of names.
    private struct Walk {
        let words: [String]
        let start: Candidate
        let limit: Int

        /// Names that begin with one of the words first, then all others.
        /// - Returns: at most one more than `limit`, and whether the walk came to its end.
        func take(atMost steps: Int, in connection: Connection) throws -> (found: [Candidate], isComplete: Bool) {
            _ = try connection.query("SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)")
            let occur: SQL =
                words.isEmpty ? "true" : words.map { "' ' || search LIKE \("% " + $0 + "%")" as SQL }.joined(separator: " AND ")
            // A word that begins with another one lies in the other's range.
            let beginnings = Set(words).sorted().reduce(into: [String]()) {
                if let last = $0.last, $1.hasPrefix(last) { return } else { $0.append($1) }
            }
            var found: [Candidate] = []
            if start.tier == 0 {
                for word in beginnings {
                    // One lower bound only: of two, the index would take the farther one as its start.
                    let first = Candidate(tier: 0, sortName: word, id: 0)
                    let part = try take(
                        0, "sort_name < \(word + lastCharacter)", occur, after: start.isBefore(first) ? first : start, atMost: steps,
                        missing: limit + 1 - found.count, in: connection)
                    found += part.found
                    if found.count > limit || !part.isComplete { return (found, part.isComplete) }
                }
            }
            let elsewhere = beginnings.map { "NOT (sort_name >= \($0) AND sort_name < \($0 + lastCharacter))" as SQL }.joined(
                separator: " AND ")
            let rest: SQL = beginnings.isEmpty ? occur : occur + " AND " + elsewhere
            let from = start.tier == 0 ? Candidate(tier: 1, sortName: "", id: 0) : start
            let part = try take(1, "true", rest, after: from, atMost: steps, missing: limit + 1 - found.count, in: connection)
            return (found + part.found, part.isComplete)
        }

        private func take(
            _ tier: Int, _ range: SQL, _ condition: SQL, after: Candidate, atMost steps: Int, missing: Int, in connection: Connection
        ) throws -> (found: [Candidate], isComplete: Bool) {
            if steps == .max {
                let rows = try connection.query(
                    """
                    SELECT sort_name, id FROM partner WHERE \(range) AND (sort_name, id) > (\(after.sortName), \(after.id)) AND \(condition)
                    ORDER BY sort_name, id LIMIT \(missing)
                    """)
                return (try rows.map { Candidate(tier: tier, sortName: try $0.get(0), id: try $0.get(1)) }, rows.count < missing)
            }
            let rows = try connection.query(
                """
                WITH step AS MATERIALIZED (
                    SELECT sort_name, id, \(condition) AS fits FROM partner
                    WHERE \(range) AND (sort_name, id) > (\(after.sortName), \(after.id)) ORDER BY sort_name, id LIMIT \(steps)
                )
                SELECT NULL, count(*) FROM step
                UNION ALL (SELECT sort_name, id FROM step WHERE fits ORDER BY sort_name, id LIMIT \(missing))
                """)
            var seen: Int64 = 0
            var found: [Candidate] = []
            for row in rows {
                if let name: String = try row.get(0) {
                    found.append(Candidate(tier: tier, sortName: name, id: try row.get(1)))
                } else {
                    seen = try row.get(1)
                }
            }
            return (found, seen < Int64(steps) && found.count < missing)
        }
    }
}
