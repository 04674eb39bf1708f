import Foundation
import LeadSquaredWebhooks
import XCTest

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// The repository.
let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

/// `lsq-webhooks sandbox` as a child process: a local LeadSquared with an account of its own.
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
        // A child of Foundation's on Linux inherits the mask of a thread that takes no signals, so it would miss a gentler one.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    func client(quota: Quota = .unlimited()) throws -> Client {
        try Client(
            host: .parse(host: host), credentials: Credentials(accessKey: accessKey, secretKey: secretKey), quota: quota
        )
    }

    /// What goes wrong with the next call.
    func fault(_ json: String) async throws {
        var request = URLRequest(url: URL(string: "\(host)/_sandbox/faults")!)
        request.httpMethod = "POST"
        request.httpBody = Data(json.utf8)
        let (_, answer) = try await URLSession.shared.data(for: request)
        XCTAssertEqual((answer as? HTTPURLResponse)?.statusCode, 200)
    }

    func requestCount() async throws -> Int {
        try await ask("requests", as: [String: [AnyMember]].self)["requests"]!.count
    }

    func webhookIds() async throws -> [String] {
        struct Webhook: Decodable { let id: String }
        return try await ask("webhooks", as: [String: [Webhook]].self)["webhooks"]!.map(\.id)
    }

    func isClean() async throws -> Bool {
        struct Manners: Decodable { let clean: Bool }
        return try await ask("manners", as: Manners.self).clean
    }

    private struct AnyMember: Decodable { init(from _: Decoder) {} }

    private func ask<T: Decodable>(_ what: String, as type: T.Type) async throws -> T {
        let (body, _) = try await URLSession.shared.data(from: URL(string: "\(host)/_sandbox/\(what)")!)
        return try JSONDecoder().decode(type, from: body)
    }
}

/// The error that a create ends with.
func failure(of call: () async throws -> Created?) async throws -> WebhookError {
    do {
        let created = try await call()
        throw Unexpected(text: "created \(String(describing: created))")
    } catch let error as WebhookError {
        return error
    }
}

struct Unexpected: Error {
    let text: String
}
