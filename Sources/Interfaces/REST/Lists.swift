internal import JSON
internal import Web

extension RESTInterface {
    /// All there is: `{"items": […]}`.
    static func all<Item>(_ items: [Item], _ write: (Item, inout JSONWriter) -> Void) -> WebResponse {
        .json { writer in writer.object { writer in writer.member("items", array: items, write) } }
    }

    /// A page of a list as every list answers: `{"items": […], "next": cursor or null}`.
    static func list<Item>(_ items: [Item], next: String? = nil, _ write: (Item, inout JSONWriter) -> Void) -> WebResponse {
        .json { writer in
            writer.object { writer in
                writer.member("items", array: items, write)
                writer.member("next", next)
            }
        }
    }
}
