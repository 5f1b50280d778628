internal import JSON
internal import Web

extension RESTInterface {
    /// A page of a list as every list answers: `{"items": […], "next": cursor or null}`.
    static func list<Item>(_ items: [Item], next: String? = nil, _ write: (Item, inout JSONWriter) -> Void) -> WebResponse {
        .json { writer in
            writer.object { writer in
                writer.key("items")
                writer.array { writer in for item in items { write(item, &writer) } }
                writer.member("next", next)
            }
        }
    }
}
