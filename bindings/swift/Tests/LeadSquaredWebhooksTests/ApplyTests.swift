import Foundation
import LeadSquaredWebhooks
import XCTest

private func manifest(_ host: String, _ variables: [String: String]) throws -> Manifest {
    try Manifest.parse(
        toml: """
            [[accounts]]
            name = "acme"
            host = "\(host)"
            access_key_env = "ACME_ACCESS_KEY"
            secret_key_env = "ACME_SECRET_KEY"
            owns = "https://hooks.example.com/"

            [[accounts.webhooks]]
            url = "https://hooks.example.com/leads"
            trigger = { event = "lead_create" }

            [[accounts.webhooks]]
            url = "https://hooks.example.com/calls"
            trigger = { event = "lead_activity_create", activity = "22" }
            """, variables: variables)
}

private func manifest(_ host: String, _ accessKey: String, _ secretKey: String) throws -> Manifest {
    try manifest(host, ["ACME_ACCESS_KEY": accessKey, "ACME_SECRET_KEY": secretKey])
}

final class ApplyTests: XCTestCase {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

    override func setUpWithError() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    override func tearDownWithError() throws {
        try FileManager.default.removeItem(at: folder)
    }

    func testAManifestIsPlannedAppliedAndThenTrue() async throws {
        let sandbox = try Sandbox()
        let manifest = try manifest(sandbox.host, sandbox.accessKey, sandbox.secretKey)
        XCTAssertEqual(manifest.accounts(), ["acme"])
        let old = try await sandbox.client().create(
            WebhookDraft(url: "https://hooks.example.com/old", trigger: .leadUpdate)
        ).id
        let before = try await plan(manifest)
        guard case .read("acme", let wanted, let unwanted)? = before.first else { return XCTFail("\(before)") }
        XCTAssertEqual(wanted, [.create, .create])
        XCTAssertEqual(unwanted.map(\.id), [old])

        let (steps, told) = AsyncStream<ApplyProgress>.makeStream()
        let held = DispatchSemaphore(value: 0)
        let journal = folder.appendingPathComponent("journal").path
        let applied = try await apply(manifest, options: ApplyOptions(delete: true, journal: journal)) { step in
            held.wait()
            told.yield(step)
        }
        // The run has ended with its listener held: it holds no run up.
        let account = try XCTUnwrap(applied.first)
        XCTAssertEqual(account.account, "acme")
        XCTAssertTrue(account.done)
        XCTAssertEqual(account.removed, [old])
        XCTAssertTrue(account.notRemoved.isEmpty)
        XCTAssertFalse(FileManager.default.fileExists(atPath: journal))
        var ids: [String] = []
        for webhook in account.webhooks {
            guard case .done(let ensured) = webhook, case .created = ensured.change else {
                return XCTFail("\(webhook)")
            }
            ids.append(ensured.id)
        }
        for step in [ApplyProgress.webhook(account: "acme"), .webhook(account: "acme"), .account(account: "acme")] {
            held.signal()
            let next = try await steps.next()
            XCTAssertEqual(next, step)
        }

        let after = try await plan(manifest)
        guard case .read(_, let kept, _)? = after.first else { return XCTFail("\(after)") }
        XCTAssertEqual(kept, ids.map { .keep(id: $0) })
        let there = try await sandbox.webhookIds()
        XCTAssertEqual(Set(there), Set(ids))
        let isClean = try await sandbox.isClean()
        XCTAssertTrue(isClean)
    }

    func testWhatIsWrongWithAManifestAnAccountOrAJournalIsTold() async throws {
        let invalid = try await failure { try manifest("127.0.0.1:9", [:]) }
        XCTAssertEqual(invalid.violations.map(\.field), ["accounts[0].access_key_env", "accounts[0].secret_key_env"])

        let sandbox = try Sandbox()
        let stranger = try manifest(sandbox.host, "a", "b")
        let planned = try await plan(stranger)
        guard case .failed("acme", let error)? = planned.first else { return XCTFail("\(planned)") }
        XCTAssertEqual(error.kind, .unauthorized)
        let applied = try await apply(stranger)
        XCTAssertEqual(applied.map(\.done), [false])
        for webhook in applied[0].webhooks {
            guard case .failed(let error) = webhook else { return XCTFail("\(webhook)") }
            XCTAssertEqual(error.kind, .unauthorized)
        }
        let folder = folder.path
        let config = try await failure(ConfigError.self) {
            try await apply(stranger, options: ApplyOptions(journal: folder))
        }
        guard case .invalidSettings(_, let problems) = config else { return XCTFail("\(config)") }
        XCTAssertEqual(problems.map(\.setting), ["journal"])
    }

    func testAnApplyThatIsCancelledEndsAtOnceAndTheNextGoesOn() async throws {
        let journal = folder.appendingPathComponent("journal").path
        let server = try ScriptedServer()
        let silent = try manifest(server.host, "a", "b")
        let cut = Task { try await apply(silent, options: ApplyOptions(journal: journal)) }
        _ = try await server.arrived.next()
        server.answer(200, nothing)
        let sent = try await server.arrived.next()
        XCTAssertTrue(sent.contains("Create"))
        cut.cancel()
        let cancelled = try await failure(CancellationError.self) { try await cut.value }
        XCTAssertTrue(type(of: cancelled) == CancellationError.self)
        server.stop()

        let sandbox = try Sandbox()
        let manifest = try manifest(sandbox.host, sandbox.accessKey, sandbox.secretKey)
        let applied = try await apply(manifest, options: ApplyOptions(settling: 0, journal: journal))
        XCTAssertEqual(applied.map(\.done), [true])
        let ids = try await sandbox.webhookIds()
        XCTAssertEqual(ids.count, 2)
    }
}
