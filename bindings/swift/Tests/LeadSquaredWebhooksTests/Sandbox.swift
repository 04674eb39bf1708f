import Foundation
import LeadSquaredWebhooks
import XCTest

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// The root of the repository.
let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

/// `lsq-webhooks sandbox` as a child process: a local LeadSquared API with its own account.
final class Sandbox: Sendable {
    private struct Started: Decodable {
        let host: String
        let accessKey: String
        let secretKey: String
    }

    private let process: Process
    let host: String
    let accessKey: String
    let secretKey: String

    init(_ arguments: String...) throws {
        process = Process()
        process.executableURL = root.appendingPathComponent("target/debug/lsq-webhooks")
        process.arguments = ["sandbox", "--port", "0", "--json"] + arguments
        process.standardError = FileHandle.nullDevice
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        var line = Data()
        while line.last != UInt8(ascii: "\n"), case let more = output.fileHandleForReading.availableData, !more.isEmpty
        {
            line.append(more)
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let started = try decoder.decode(Started.self, from: line)
        (host, accessKey, secretKey) = (started.host, started.accessKey, started.secretKey)
    }

    deinit {
        // On Linux, a child process of Foundation inherits a signal mask that blocks gentler
        // signals.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    func client(quota: Quota = .unlimited(), timeout: TimeInterval? = nil) throws -> Client {
        try Client(
            host: .parse(host: host), credentials: Credentials(accessKey: accessKey, secretKey: secretKey),
            quota: quota,
            timeout: timeout)
    }

    /// Injects a fault into the next matching call.
    func fault(_ json: String) async throws {
        try await post("faults", json)
    }

    /// Enables or disables a webhook, as a person or LeadSquared does.
    func status(_ id: String, _ status: Int) async throws {
        try await post("status", #"{"id": "\#(id)", "status": \#(status)}"#)
    }

    private func post(_ what: String, _ json: String) async throws {
        var request = URLRequest(url: URL(string: "\(host)/_sandbox/\(what)")!)
        request.httpMethod = "POST"
        request.httpBody = Data(json.utf8)
        let (_, answer) = try await URLSession.shared.data(for: request)
        XCTAssertEqual((answer as? HTTPURLResponse)?.statusCode, 200)
    }

    func requestCount() async throws -> Int {
        try await ask("requests", as: [String: [AnyMember]].self)["requests"]!.count
    }

    /// The IDs of all webhooks, or of those that post to a URL.
    func webhookIds(url: String? = nil) async throws -> [String] {
        struct Webhook: Decodable {
            let id: String
            let url: String
        }
        return try await ask("webhooks", as: [String: [Webhook]].self)["webhooks"]!
            .filter { url == nil || $0.url == url }.map(\.id)
    }

    func isClean() async throws -> Bool {
        struct ClientReport: Decodable { let clean: Bool }
        return try await ask("client-report", as: ClientReport.self).clean
    }

    private struct AnyMember: Decodable { init(from _: Decoder) {} }

    private func ask<T: Decodable>(_ what: String, as type: T.Type) async throws -> T {
        let (body, _) = try await URLSession.shared.data(from: URL(string: "\(host)/_sandbox/\(what)")!)
        return try JSONDecoder().decode(type, from: body)
    }
}

/// Returns the error that a call throws.
func failure<T>(of call: () async throws -> T) async throws -> WebhookError {
    try await failure(WebhookError.self, of: call)
}

/// Returns the error of this type that a call throws.
func failure<T, E: Error>(_ type: E.Type, of call: () async throws -> T) async throws -> E {
    do {
        let result = try await call()
        throw Unexpected(text: "it gave \(String(describing: result))")
    } catch let error as E {
        return error
    }
}

struct Unexpected: Error {
    let text: String
}
