/// The namespaces in scope. The buffers point into the input, or into copies kept here for as long as the parse.
@safe struct XMLNamespaces: ~Copyable {
    @safe private struct Binding {
        let prefix: UnsafeBufferPointer<UInt8>
        let uri: UnsafeBufferPointer<UInt8>
    }

    static let xml = Array("http://www.w3.org/XML/1998/namespace".utf8)
    static let xmlns = Array("http://www.w3.org/2000/xmlns/".utf8)

    private var bindings: [Binding] = []
    // Declarations of the tag at hand begin here.
    private var tagStart = 0
    private var copies: [UnsafeMutableBufferPointer<UInt8>] = unsafe []

    init() {
        bindings.reserveCapacity(64)
        let prefix = unsafe keep(Array("xml".utf8))
        let uri = unsafe keep(XMLNamespaces.xml)
        unsafe bindings.append(Binding(prefix: prefix, uri: uri))
        tagStart = 1
    }

    deinit { unsafe copies.forEach { unsafe $0.deallocate() } }

    /// A copy that stays until the parse ends.
    mutating func keep(_ bytes: [UInt8]) -> UnsafeBufferPointer<UInt8> {
        let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
        _ = unsafe copy.initialize(from: bytes)
        unsafe copies.append(copy)
        return UnsafeBufferPointer(copy)
    }

    /// Declares for the element at hand; false if its tag has declared the prefix already.
    mutating func declare(_ prefix: UnsafeBufferPointer<UInt8>, _ uri: UnsafeBufferPointer<UInt8>) -> Bool {
        for binding in bindings[tagStart...] where unsafe binding.prefix.elementsEqual(prefix) { return false }
        unsafe bindings.append(Binding(prefix: prefix, uri: uri))
        return true
    }

    /// The namespace of the prefix, the innermost first; nil if there is none.
    func find(_ prefix: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8>? {
        var index = bindings.count - 1
        while index >= 0 {
            if unsafe XMLNamespaces.same(bindings[index].prefix, prefix) { return unsafe bindings[index].uri }
            index -= 1
        }
        return nil
    }

    private static func same(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        var index = 0
        while index < left.count {
            guard unsafe left[index] == right[index] else { return false }
            index &+= 1
        }
        return true
    }

    /// A new tag begins.
    mutating func beginTag() { tagStart = bindings.count }

    /// An element ends that declared so many.
    mutating func close(_ count: Int) { bindings.removeLast(count) }
}

/// Copies of the values of one tag that could not be handed on in place.
@safe struct XMLArena: ~Copyable {
    private var copies: [UnsafeMutableBufferPointer<UInt8>] = unsafe []

    deinit { unsafe copies.forEach { unsafe $0.deallocate() } }

    /// A new tag begins; the values of the one before are gone.
    mutating func clear() {
        unsafe copies.forEach { unsafe $0.deallocate() }
        unsafe copies.removeAll(keepingCapacity: true)
    }

    /// A copy that stays until the next tag.
    mutating func keep(_ bytes: [UInt8]) -> UnsafeBufferPointer<UInt8> {
        let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
        _ = unsafe copy.initialize(from: bytes)
        unsafe copies.append(copy)
        return UnsafeBufferPointer(copy)
    }
}
