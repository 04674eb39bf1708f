import Foundation
import LeadSquaredWebhooks
import XCTest

private let access = "acc$canary-1"
private let secret = "sec$canary-2"
private let header = "hdr$canary-3"

final class KeysTests: XCTestCase {
    private let draft = WebhookDraft(
        url: "https://example.com/hooks", trigger: .leadCreate,
        customHeaders: [CustomHeader(name: "x-api-key", value: header)])

    private func assertHidden(_ value: Any, _ what: String, line: UInt = #line) {
        var dumped = ""
        dump(value, to: &dumped)
        let text = "\(value) \(String(reflecting: value)) \(dumped)"
        for canary in [access, secret, header] {
            let spellings = [
                canary, String(canary.split(separator: "$")[1]), canary.replacingOccurrences(of: "$", with: "%24"),
                Data(canary.utf8).base64EncodedString(),
            ]
            for spelling in spellings where text.contains(spelling) {
                XCTFail("\(what) shows a secret", line: line)
            }
        }
    }

    func testNoTextOfAnObjectOrAValueShowsAKeyOrAHeadersValue() async throws {
        let server = try ScriptedServer()
        defer { server.stop() }
        let credentials = try Credentials(accessKey: access, secretKey: secret)
        for auth in [Auth.query, .headers] {
            let client = try server.client(credentials: credentials, auth: auth)
            let draft = draft
            let create = Task { try await client.create(draft) }
            _ = try await server.arrived.next()
            assertHidden(credentials, "credentials")
            assertHidden(client, "client")
            assertHidden(client.quota(), "quota")
            assertHidden(draft, "draft")
            assertHidden(draft.customHeaders[0], "header")
            assertHidden(client.pending(), "pending")
            let ticket = try XCTUnwrap(client.pending().first?.ticket)
            assertHidden([ticket, ticket.toJson()] as [Any], "ticket")
            assertHidden(try NewWebhook.parse(draft: draft), "webhook")
            server.answer(200, success)
            assertHidden(try await create.value, "created")
        }
        XCTAssertEqual("\(draft.customHeaders[0])", "CustomHeader(name: x-api-key, value: [REDACTED])")
    }

    func testNoErrorShowsAKeyOrAHeadersValueThatTheServerRepeats() async throws {
        let server = try ScriptedServer()
        defer { server.stop() }
        let client = try server.client(credentials: Credentials(accessKey: access, secretKey: secret))
        let echo = "\(access) \(secret.replacingOccurrences(of: "$", with: "%24")) \(header)"
        let mx = #"{"Status":"Error","ExceptionType":"MXInvalidInputException","ExceptionMessage":"\#(echo)"}"#
        for (status, body) in [(500, mx), (400, echo), (200, "<p>\(echo)"), (502, echo), (200, mx)] {
            server.answer(status, body)
            let error = try await failure { try await client.create(draft) }
            assertHidden(error, "\(status)")
            assertHidden(error.localizedDescription, "\(status)")
            assertHidden(try XCTUnwrap(error.failure), "\(status)")
        }
    }

    func testNoViolationShowsAKeyOrAHeadersValue() throws {
        var bad = draft
        bad.customHeaders = [CustomHeader(name: "x y", value: "\(header)\n")]
        XCTAssertThrowsError(try NewWebhook.parse(draft: bad)) { assertHidden($0, "invalid") }
        XCTAssertThrowsError(try Credentials(accessKey: "\(access) ", secretKey: secret)) { assertHidden($0, "config") }
    }

    func testNoLineOfTheLogShowsAKeyOrAHeadersValueAndASlowListenerHoldsNoCallUp() async throws {
        let server = try ScriptedServer()
        defer { server.stop() }
        let client = try server.client(credentials: Credentials(accessKey: access, secretKey: secret))
        let (batches, reported) = AsyncStream<[LogLine]>.makeStream()
        let gate = DispatchSemaphore(value: 0)
        try logTo(.trace) { lines in
            reported.yield(lines)
            gate.wait()
        }
        server.answer(400, "\(access) \(header)")
        _ = try await failure { try await client.create(draft) }
        let first = try await batches.next()
        XCTAssertEqual(first.map(\.level), [.debug])
        XCTAssertTrue(first[0].text.hasPrefix("failed"))
        for _ in 0..<2 {
            server.answer(200, success)
            _ = try await client.create(draft)
        }
        gate.signal()
        let rest = try await batches.next()
        XCTAssertEqual(rest.count, 2, "what came meanwhile comes at once")
        assertHidden(first + rest, "the log")
        gate.signal()
        try stopLogging()
    }

    func testNoTextOfTheOtherCallsShowsAKeyOrAHeadersValueThatTheServerRepeats() async throws {
        let server = try ScriptedServer()
        defer { server.stop() }
        let client = try server.client(
            credentials: Credentials(accessKey: access, secretKey: secret), retry: RetryPolicy(attempts: 1))
        let keys = "\(access) \(secret.replacingOccurrences(of: "$", with: "%24"))"
        let draft = draft
        let calls: [() async throws -> Void] = [
            { _ = try await client.update("b1c4", draft) },
            { _ = try await client.createVerified(draft) },
        ]
        for call in calls {
            server.answer(400, "\(keys) \(header)")
            assertHidden(try await failure { try await call() }, "refused")
        }
        let manifest = try Manifest.parse(
            toml: """
                [[accounts]]
                name = "acme"
                host = "\(server.host)"
                access_key_env = "A"
                secret_key_env = "S"
                [[accounts.webhooks]]
                url = "https://example.com/hooks"
                trigger = { event = "lead_create" }
                custom_headers = [{ name = "x-api-key", value_env = "H" }]
                """, variables: ["A": access, "S": secret, "H": header])
        assertHidden(manifest, "manifest")
        // A plan knows no custom header to redact, so the echo omits it.
        server.answer(401, keys)
        assertHidden(try await plan(manifest), "plan")
        server.answer(200, nothing)
        server.answer(400, "\(keys) \(header)")
        assertHidden(try await apply(manifest), "applied")
    }
}
