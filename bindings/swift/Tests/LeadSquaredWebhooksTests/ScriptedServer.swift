import Foundation
import LeadSquaredWebhooks

#if canImport(Glibc)
    import Glibc
    private let stream = Int32(SOCK_STREAM.rawValue)
#else
    import Darwin
    private let stream = SOCK_STREAM
#endif

/// A server that reports each request on arrival, and responds only when the test asks it to.
final class ScriptedServer: @unchecked Sendable {
    private let listener: Int32
    private let answers = NSCondition()
    private var waiting: [String] = []
    private var connections: [Int32] = []
    private let arrivals: AsyncStream<String>.Continuation

    /// The head and the body of each request, in order of arrival.
    let arrived: AsyncStream<String>
    let host: String

    init() throws {
        listener = socket(AF_INET, stream, 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && listen(descriptor, 16) == 0
                    && getsockname(descriptor, $0, &size) == 0
            }
        }
        guard bound else { throw Unexpected(text: "no port to listen on") }
        host = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
        (arrived, arrivals) = AsyncStream.makeStream()
        Thread.detachNewThread { [weak self, descriptor] in
            while case let connection = accept(descriptor, nil, nil), connection >= 0 {
                guard let server = self else {
                    close(connection)
                    break
                }
                server.answers.withLock { server.connections.append(connection) }
                Thread.detachNewThread { server.serve(connection) }
            }
            // Only the accepting thread closes: a descriptor closed elsewhere may already belong to
            // another server.
            close(descriptor)
        }
    }

    /// Closes everything that is open.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        answers.withLock {
            for connection in connections { shutdown(connection, Int32(SHUT_RDWR)) }
            waiting.append("")
            answers.broadcast()
        }
        arrivals.finish()
    }

    /// Responds to one request: one that has arrived, or the next.
    func answer(_ status: Int, _ body: String) {
        answers.withLock {
            waiting.append("HTTP/1.1 \(status) Answer\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
            answers.signal()
        }
    }

    func client(
        credentials: Credentials? = nil, auth: Auth? = nil, codes: EventCodes? = nil, retry: RetryPolicy? = nil
    ) throws -> Client {
        try Client(
            host: .parse(host: host),
            credentials: credentials ?? Credentials(accessKey: "access", secretKey: "secret"), auth: auth, codes: codes,
            retry: retry)
    }

    private func serve(_ connection: Int32) {
        while let request = read(connection) {
            arrivals.yield(request)
            let answer = Array(next().utf8)
            if answer.isEmpty || send(connection, answer, answer.count, Int32(MSG_NOSIGNAL)) < 0 { break }
        }
        close(connection)
    }

    private func next() -> String {
        answers.withLock {
            while waiting.isEmpty { answers.wait() }
            return waiting.first == "" ? "" : waiting.removeFirst()
        }
    }

    /// Reads one request: its head, and as much of a body as the head announces.
    private func read(_ connection: Int32) -> String? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let text = String(decoding: bytes, as: UTF8.self)
            if let end = text.range(of: "\r\n\r\n") {
                let length =
                    text[..<end.lowerBound].lowercased().components(separatedBy: "content-length: ")
                    .dropFirst().first.flatMap { Int($0.prefix(while: \.isNumber)) } ?? 0
                if text[end.upperBound...].utf8.count >= length { return text }
            }
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            bytes += buffer[..<count]
        }
    }
}

let success = #"{"Status":"Success","Message":{"Id":"b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4"}}"#
let nothing = #"{"RecordCount":0,"Response":[]}"#

extension AsyncStream where Element: Sendable {
    /// The next element.
    func next() async throws -> Element {
        for await element in self { return element }
        throw Unexpected(text: "nothing came")
    }
}
