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
            managed_prefix = "https://hooks.example.com/"

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

extension Sandbox {
    fileprivate func desired() throws -> Manifest { try manifest(host, accessKey, secretKey) }
}

final class ApplyTests: XCTestCase {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    private var state: StateSettings {
        StateSettings(path: folder.appendingPathComponent("webhooks.toml.state").path)
    }

    override func setUpWithError() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    override func tearDownWithError() throws {
        try FileManager.default.removeItem(at: folder)
    }

    func testAManifestIsPlannedAppliedAndThenAsDesired() async throws {
        let sandbox = try Sandbox()
        let manifest = try sandbox.desired()
        XCTAssertEqual(manifest.accounts(), ["acme"])
        let old = try await sandbox.client().create(
            WebhookDraft(url: "https://hooks.example.com/old", trigger: .leadUpdate)
        ).id
        let before = try await plan(manifest, options: ApplyOptions(prune: .all))
        XCTAssertEqual(before.map(\.changes), [true])
        XCTAssertEqual(before[0].webhooks.map(\.reconciled?.action), [.created, .created])
        XCTAssertEqual(before[0].prune.map(\.id), [old])
        let untouched = try await sandbox.webhookIds()
        XCTAssertEqual(untouched, [old], "a plan is read-only")

        let (steps, reports) = AsyncStream<RunProgress>.makeStream()
        let held = DispatchSemaphore(value: 0)
        let options = ApplyOptions(
            prune: .shown(webhooks: [before[0].name: before[0].prune]), state: state,
            earlierAttempts: [before[0].name: before[0].attempts])
        let applied = try await apply(manifest, options: options) { step in
            held.wait()
            held.signal()
            reports.yield(step)
        }
        held.signal()  // The run has ended while its listener was blocked.
        XCTAssertNil(applied.stateError)
        let account = try XCTUnwrap(applied.accounts.first)
        XCTAssertEqual(account.name, "acme")
        XCTAssertTrue(account.isOk)
        XCTAssertEqual(account.pruned.map(\.reconciled?.id), [old])
        XCTAssertEqual(account.pruned.map(\.reconciled?.action), [.pruned])
        XCTAssertEqual(account.webhooks.map(\.reconciled?.action), [.created, .created])
        XCTAssertEqual(account.webhooks.map(\.reconciled?.state), [.delivering, .delivering])
        var last: RunProgress?
        for await step in steps {
            if step == .account(account: "acme") { break }
            last = step
        }
        XCTAssertEqual(last, .webhooks(account: "acme", ended: 2))

        let after = try await plan(manifest, options: options)
        XCTAssertEqual(after.map(\.changes), [false])
        let ids = account.webhooks.compactMap(\.reconciled?.id)
        XCTAssertEqual(after[0].webhooks.map(\.reconciled?.id), ids)
        let there = try await sandbox.webhookIds()
        XCTAssertEqual(Set(there), Set(ids))
        let isClean = try await sandbox.isClean()
        XCTAssertTrue(isClean)
    }

    func testWhatWasFoundDisabledIsNotAsDesiredInAPlanAndInAnApply() async throws {
        let sandbox = try Sandbox()
        let manifest = try sandbox.desired()
        let first = try await apply(manifest).accounts[0].webhooks[0]
        try await sandbox.status(XCTUnwrap(first.reconciled?.id), 2)
        let planned = try await plan(manifest)
        XCTAssertEqual(planned[0].webhooks.map(\.isOk), [false, true])
        let account = try await apply(manifest).accounts[0]
        XCTAssertFalse(account.isOk)
        XCTAssertEqual(
            account.webhooks.map(\.reconciled?.state), [.disabled(status: .disabledByFailures), .delivering])
    }

    func testWhatIsWrongWithAManifestAnAccountOrAStateFileIsReported() async throws {
        let invalid = try await failure { try manifest("127.0.0.1:9", [:]) }
        XCTAssertEqual(invalid.violations.map(\.field), ["accounts[0].access_key_env", "accounts[0].secret_key_env"])

        let foreign = try manifest("api.example", "a", "b").warnings()
        XCTAssertEqual(foreign.map(\.code), [.foreignHost])
        XCTAssertEqual(foreign.map(\.field), ["accounts[0].host"])
        XCTAssertEqual(try ApiHost.parse(host: "api.example").warning()?.code, .foreignHost)
        XCTAssertNil(ApiHost.mumbai().warning())

        let sandbox = try Sandbox()
        let stranger = try manifest(sandbox.host, "a", "b")
        let planned = try await plan(stranger)
        XCTAssertEqual(planned.map(\.error?.failure?.kind), [.unauthorized])
        let account = try await apply(stranger).accounts[0]
        XCTAssertFalse(account.isOk)
        XCTAssertEqual(account.listError?.failure?.kind, .unauthorized)
        XCTAssertEqual(account.webhooks.map(\.reconciled?.id), [nil, nil])
        XCTAssertEqual(account.webhooks.map(\.error?.failure?.kind), [.unauthorized, .unauthorized])

        let nobodys = Webhook(
            id: " ", event: nil, url: nil, status: nil, description: nil, properties: nil, other: [])
        for (setting, wrong) in [
            "state": ApplyOptions(state: StateSettings(path: folder.path)),
            "prune": ApplyOptions(prune: .shown(webhooks: ["acme": [nobodys]])),
        ] {
            let config = try await failure(ConfigError.self) { try await apply(stranger, options: wrong) }
            guard case .invalidSettings(_, let problems) = config else { return XCTFail("\(config)") }
            XCTAssertEqual(problems.map(\.setting), [setting])
        }
    }

    func testTheSettingsReachTheAccountsClients() async throws {
        let server = try ScriptedServer()
        defer { server.stop() }
        let settings = ClientSettings(timeout: 0.1, attempts: 1)
        let planned = try await plan(
            manifest(server.host, "a", "b"), options: ApplyOptions(settings: settings))
        XCTAssertEqual(planned.map(\.error?.failure?.kind), [.timeout])
        XCTAssertEqual(planned.map(\.attempts.count), [1])
    }

    func testOneApplyAtATimeUsesAStateFileAndAnotherWaitsForItWhenAsked() async throws {
        let state = state
        let sandbox = try Sandbox()
        let server = try ScriptedServer()
        defer { server.stop() }
        let silent = try manifest(server.host, "a", "b")
        let first = Task { try await apply(silent, options: ApplyOptions(state: state)) }
        _ = try await server.arrived.next()
        let pid = ProcessInfo.processInfo.processIdentifier
        let manifest = try sandbox.desired()
        let config = try await failure(ConfigError.self) {
            try await apply(manifest, options: ApplyOptions(state: state))
        }
        XCTAssertTrue("\(config)".contains("in use by pid \(pid) on host"), "\(config)")

        let (waits, reports) = AsyncStream<RunProgress>.makeStream()
        let patient = StateSettings(path: state.path, lock: .exclusive(timeout: 3600))
        let second = Task {
            try await apply(manifest, options: ApplyOptions(state: patient)) { reports.yield($0) }
        }
        let wait = try await waits.next()
        guard case .locked(state.path, let holder?, 3600) = wait else { return XCTFail("\(wait)") }
        XCTAssertEqual(holder.pid, UInt32(pid))
        first.cancel()
        _ = await first.result
        let applied = try await second.value
        XCTAssertEqual(applied.accounts.map(\.isOk), [true])
    }

    func testAnApplyThatIsCancelledEndsAtOnceAndTheNextResumesIt() async throws {
        let state = state
        let server = try ScriptedServer()
        let silent = try manifest(server.host, "a", "b")
        let cancelled = Task { try await apply(silent, options: ApplyOptions(state: state)) }
        _ = try await server.arrived.next()
        server.answer(200, nothing)
        let sent = try await server.arrived.next()
        XCTAssertTrue(sent.contains("Create"))
        cancelled.cancel()
        let error = try await failure(CancellationError.self) { try await cancelled.value }
        XCTAssertTrue(type(of: error) == CancellationError.self)
        server.stop()

        let sandbox = try Sandbox()
        let options = ApplyOptions(consistencyWindow: 0, state: state)
        let applied = try await apply(sandbox.desired(), options: options)
        XCTAssertEqual(applied.accounts.map(\.isOk), [true])
        let ids = try await sandbox.webhookIds()
        XCTAssertEqual(ids.count, 2)
        XCTAssertFalse(applied.open.isEmpty, "the create of another host is kept and reported")
    }
}
