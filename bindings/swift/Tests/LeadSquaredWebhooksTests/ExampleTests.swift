import Foundation
import XCTest

/// Runs `examples/create.swift` and `examples/ensure.swift` as an app does: in a separate process,
/// with its settings in the environment.
final class ExampleTests: XCTestCase {
    private func run(
        _ host: String, _ accessKey: String, _ secretKey: String, example: String = "CreateExample"
    ) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
            .deletingLastPathComponent().appendingPathComponent(example)
        process.environment = [
            "LEADSQUARED_HOST": host, "LEADSQUARED_ACCESS_KEY": accessKey, "LEADSQUARED_SECRET_KEY": secretKey,
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        XCTAssertEqual(process.terminationStatus, 0)
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    func testTheExampleCreatesAWebhookAndDistinguishesTheFailures() async throws {
        let sandbox = try Sandbox()
        let created = try run(sandbox.host, sandbox.accessKey, sandbox.secretKey)
        let ids = try await sandbox.webhookIds()
        XCTAssertEqual(ids.map { "created \($0)" }, [created])
        try await sandbox.fault(#"{"fault": "apply_then_500"}"#)
        let unknown = try run(sandbox.host, sandbox.accessKey, sandbox.secretKey)
        XCTAssertTrue(unknown.hasPrefix("check whether it exists before retrying: "), unknown)
        let refused = try run(sandbox.host, "not", "these")
        XCTAssertTrue(refused.hasPrefix("fix the request: "), refused)
    }

    func testTheExampleThatEnsuresSaysWhatItDid() async throws {
        let sandbox = try Sandbox()
        let made = try run(sandbox.host, sandbox.accessKey, sandbox.secretKey, example: "EnsureExample")
        let ids = try await sandbox.webhookIds()
        XCTAssertEqual(ids.map { "\($0) created" }, [made.components(separatedBy: "\n")[0]])
        try await sandbox.status(ids[0], 2)
        let found = try run(sandbox.host, sandbox.accessKey, sandbox.secretKey, example: "EnsureExample")
        let lines = found.components(separatedBy: "\n")
        XCTAssertEqual(lines[0], "\(ids[0]) existed")
        XCTAssertTrue(lines[1].hasPrefix("not as desired: disabled"), found)
    }
}
