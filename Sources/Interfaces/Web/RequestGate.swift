internal import HTTPTypes
internal import NIOCore
internal import NIOHTTPTypes

/// Stands between the wire and the server and does what neither does: answers `Expect: 100-continue`, without which curl and .NET wait
/// a second before each body; ends connections whose body trickles in; ends them after an answer that says `Connection: close`; says so
/// itself in the answer to who wants the connection closed: PHP's SoapClient else takes it for open and sends into the closing line.
///
/// Lives on its channel's event loop, as every channel handler does.
final class RequestGate: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// A body that brings fewer bytes than this in a window is an attack or a dead line.
    private static let leastBytes = 16 << 10
    private let window: TimeAmount
    private let limit: Int
    private var received = 0
    private var isReading = false
    private var watch: Scheduled<Void>?
    private var closesAfterAnswer = false
    // Of each request that waits for its answer, whether it is to be the last one.
    private var isLast: [Bool] = []

    init(limit: Int, window: TimeAmount = .seconds(30)) {
        self.limit = limit
        self.window = window
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            received = 0
            isReading = true
            isLast.append(head.headerFields[.connection]?.lowercased() == "close")
            startWatch(context)
            // A body that is too large by its own word is not asked for: the client learns it before sending.
            let declared = head.headerFields[.contentLength].flatMap { Int($0) } ?? 0
            if head.headerFields[.expect]?.lowercased() == "100-continue", declared <= limit {
                context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
            }
        case .body(let buffer): received += buffer.readableBytes
        case .end:
            isReading = false
            watch?.cancel()
            watch = nil
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        var data = data
        switch unwrapOutboundIn(data) {
        case .head(var head):
            closesAfterAnswer = head.headerFields[.connection]?.lowercased() == "close"
            if head.status.kind != .informational, !isLast.isEmpty, isLast.removeFirst(), !closesAfterAnswer {
                head.headerFields[.connection] = "close"
                data = wrapOutboundOut(.head(head))
            }
        case .body: break
        case .end:
            if closesAfterAnswer {
                // The client may still be sending. Closing at once would reset the line and lose the answer on its way.
                let context = NIOLoopBound(context, eventLoop: context.eventLoop)
                context.value.eventLoop.scheduleTask(in: .seconds(2)) { context.value.close(promise: nil) }
            }
        }
        context.write(data, promise: promise)
    }

    func handlerRemoved(context: ChannelHandlerContext) { watch?.cancel() }
    func channelInactive(context: ChannelHandlerContext) {
        watch?.cancel()
        context.fireChannelInactive()
    }

    private func startWatch(_ context: ChannelHandlerContext) {
        watch?.cancel()
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        watch = context.eventLoop.scheduleTask(in: window) {
            let (gate, context) = bound.value
            guard gate.isReading else { return }
            guard gate.received >= RequestGate.leastBytes else {
                context.close(promise: nil)
                return
            }
            gate.received = 0
            gate.startWatch(context)
        }
    }
}
