import Foundation
import LeadSquaredWebhooks
import XCTest

private let draft = WebhookDraft(url: "https://example.com/hooks", trigger: .leadCreate)

/// The server responds only after the wait has ended: a wait that lasted until the response would
/// hang these tests.
final class CancellationTests: XCTestCase {
    private func assertCancelled<T: Sendable>(_ task: Task<T, Error>) async {
        do {
            _ = try await task.value
            XCTFail("the wait went on")
        } catch {
            XCTAssertTrue(error is CancellationError, "\(error)")
        }
    }

    /// Returns a client whose quota admits one call per hour, and is used up.
    private func exhausted(_ sandbox: Sandbox) async throws -> Client {
        let client = try sandbox.client(quota: Quota(limits: [QuotaLimit(calls: 1, window: 3600)]))
        _ = try await client.create(draft)
        return client
    }

    /// Yields to other tasks until this many creates of the client are pending.
    private func pending(_ client: Client, _ count: Int) async -> [PendingCall] {
        while client.pending().count < count { await Task.yield() }
        return client.pending()
    }

    func testCreatesThatWaitForTheQuotaAreWithdrawnWhenTheyAreCancelledAndAreNeverSent() async throws {
        let sandbox = try Sandbox()
        let client = try await exhausted(sandbox)
        let queued = (0..<20).map { _ in Task { try await client.create(draft) } }
        let calls = await pending(client, 20)
        XCTAssertEqual(calls.map(\.state), Array(repeating: .queued, count: 20))
        while client.quota().waiting() < 20 { await Task.yield() }
        for create in queued { create.cancel() }
        for create in queued { await assertCancelled(create) }
        XCTAssertTrue(client.pending().isEmpty)
        XCTAssertEqual(client.quota().waiting(), 0)
        try await client.drain()
        let requestCount = try await sandbox.requestCount()
        XCTAssertEqual(requestCount, 1)
    }

    func testWhoeverElseWaitsForACreateThatIsWithdrawnGetsThatItWasNotSent() async throws {
        let sandbox = try Sandbox()
        let client = try await exhausted(sandbox)
        // A call that begins after the withdrawal finds nothing: retry with more yields before it.
        for yields in 0... {
            let queued = Task { try await client.create(draft) }
            let id = await pending(client, 1)[0].id
            let second = Task { try await client.takeOutcome(id) }
            for _ in 0..<yields { await Task.yield() }
            queued.cancel()
            await assertCancelled(queued)
            guard case .failure(let error) = await second.result else { continue }
            guard case .notSent(_, let failure)? = error as? WebhookError else { return XCTFail("\(error)") }
            XCTAssertEqual(failure.kind, .cancelled)
            break
        }
        XCTAssertTrue(client.pending().isEmpty)
        let requestCount = try await sandbox.requestCount()
        XCTAssertEqual(requestCount, 1)
    }

    func testACreateIsCancelledByItsId() async throws {
        let server = try ScriptedServer()
        defer { server.stop() }
        let client = try Client(
            host: .parse(host: server.host), credentials: Credentials(accessKey: "a", secretKey: "b"),
            quota: Quota(limits: [QuotaLimit(calls: 1, window: 3600)]))
        let sent = Task { try await client.create(draft) }
        _ = try await server.arrived.next()
        let queued = Task { try await client.create(draft) }
        let ids = await pending(client, 2).map(\.id)
        XCTAssertEqual(client.cancel(id: ids[0]), .alreadySent)
        XCTAssertEqual(client.cancel(id: ids[1]), .withdrawn)
        let error = try await failure { try await queued.value }
        XCTAssertEqual(error.outcome(), .notSent)
        XCTAssertEqual(error.failure?.kind, .cancelled)
        XCTAssertEqual(client.cancel(id: ids[1]), .noSuchCall)
        server.answer(200, success)
        let attempts = try await sent.value.attempts
        XCTAssertEqual(attempts.count, 1)
    }

    func testAnEnsureThatIsCancelledWhileItsCreateWaitsForTheQuotaLeavesNothing() async throws {
        let sandbox = try Sandbox()
        // The quota admits the list, but not the create.
        let client = try sandbox.client(quota: Quota(limits: [QuotaLimit(calls: 1, window: 3600)]))
        let ensure = Task { try await client.ensure(draft) }
        _ = await pending(client, 1)
        ensure.cancel()
        await assertCancelled(ensure)
        XCTAssertTrue(client.pending().isEmpty)
        let ids = try await sandbox.webhookIds()
        XCTAssertEqual(ids, [])
    }

    func testARunThatIsCancelledByItsCancellationWaitsForWhatWasSentAndReportsIt() async throws {
        let server = try ScriptedServer()
        defer { server.stop() }
        let client = try server.client()
        let cancellation = Cancellation()
        let ensure = Task { try await client.ensure(draft, options: EnsureOptions(cancellation: cancellation)) }
        _ = try await server.arrived.next()
        server.answer(200, nothing)
        let sent = try await server.arrived.next()
        XCTAssertTrue(sent.contains("Create"))
        cancellation.cancel()
        XCTAssertTrue(cancellation.isCancelled())
        server.answer(200, success)
        let error = try await failure { try await ensure.value }
        XCTAssertEqual(error.outcome(), .unknown)
        XCTAssertEqual(error.failure?.id, "b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4")
        XCTAssertEqual(error.failure?.kind, .unconfirmed)
    }

    func testCancellingEndsTheWaitAtOnceAndACreateThatWasSentRunsToItsEnd() async throws {
        let server = try ScriptedServer()
        defer { server.stop() }
        let client = try server.client()
        let create = Task { try await client.create(draft) }
        _ = try await server.arrived.next()
        create.cancel()
        await assertCancelled(create)

        let pending = client.pending()
        XCTAssertEqual(pending.map(\.state), [.inFlight])
        XCTAssertEqual(pending.map(\.webhook.url), [draft.url])
        server.answer(200, success)
        let created = try await client.takeOutcome(pending[0].id)
        XCTAssertEqual(created?.id, "b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4")
        XCTAssertEqual(created?.attempts.count, 1, "it was sent once")
        XCTAssertTrue(client.pending().isEmpty)
        let again = try await client.takeOutcome(pending[0].id)
        XCTAssertNil(again, "an outcome is taken once")
    }

    func testTakingAnOutcomeCanBeCancelledAndMadeAgain() async throws {
        let server = try ScriptedServer()
        defer { server.stop() }
        let client = try server.client()
        let create = Task { try await client.create(draft) }
        _ = try await server.arrived.next()
        create.cancel()
        await assertCancelled(create)

        let id = client.pending()[0].id
        let taking = Task { try await client.takeOutcome(id) }
        taking.cancel()
        await assertCancelled(taking)
        server.answer(500, #"{"Status":"Error","ExceptionType":"MXDuplicateEntryException"}"#)
        let error = try await failure { try await client.takeOutcome(id) }
        XCTAssertEqual(error.failure?.kind, .duplicate)
    }

    func testATaskThatIsCancelledBeforeItBeginsCreatesNothing() async throws {
        let server = try ScriptedServer()
        defer { server.stop() }
        let client = try server.client()
        let create = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await client.create(draft)
        }
        await assertCancelled(create)
        XCTAssertTrue(client.pending().isEmpty)
    }

    func testNoCancellationLosesAnOutcome() async throws {
        let sandbox = try Sandbox("--quota", "100000/1")
        let client = try sandbox.client()
        let creates = (0..<300).map { _ in Task { try await client.create(draft).id } }
        for (index, create) in creates.enumerated() {
            for _ in 0..<(index % 7) { await Task.yield() }
            create.cancel()
        }
        var known: Set<String> = []
        for create in creates {
            if case .success(let id) = await create.result { known.insert(id) }
        }
        for call in client.pending() {
            if let created = try await client.takeOutcome(call.id) { known.insert(created.id) }
        }
        let ids = try await sandbox.webhookIds()
        XCTAssertEqual(Set(ids), known)
    }

    func testACancelledEnsureEndsAtOnceAndItsCreateGoesOnWithATicket() async throws {
        let server = try ScriptedServer()
        defer { server.stop() }
        let client = try server.client()
        let ensure = Task { try await client.ensure(draft) }
        _ = try await server.arrived.next()
        server.answer(200, nothing)
        let sent = try await server.arrived.next()
        XCTAssertTrue(sent.contains("Create"))
        ensure.cancel()
        await assertCancelled(ensure)

        let call = try XCTUnwrap(client.pending().first)
        XCTAssertEqual(call.state, .inFlight)
        XCTAssertEqual(call.ticket?.toJson().contains(draft.url), true)
        server.answer(200, success)
        try await client.drain()
        XCTAssertEqual(client.pending().map(\.state), [.created(id: "b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4")])
        let created = try await client.takeOutcome(call.id)
        XCTAssertEqual(created?.id, "b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4")
    }

    func testReadingResolvingAndDrainingEndAtOnce() async throws {
        let server = try ScriptedServer()
        defer { server.stop() }
        let client = try server.client(retry: RetryPolicy(attempts: 1))
        server.answer(500, "")
        let error = try await failure { try await client.create(draft) }
        let ticket = try XCTUnwrap(error.failure?.ticket)
        _ = try await server.arrived.next()
        let waits: [@Sendable () async throws -> Void] = [
            { _ = try await client.list() },
            { _ = try await client.get("b1c4") },
            { _ = try await client.resolve(ticket) },
            { _ = try await client.ensure(draft) },
            { _ = try await client.update("b1c4", draft) },
            { _ = try await client.delete("b1c4") },
            { _ = try await client.createVerified(draft) },
        ]
        for wait in waits {
            let waiting = Task { try await wait() }
            _ = try await server.arrived.next()
            waiting.cancel()
            await assertCancelled(waiting)
        }
        let draining = Task { try await client.drain() }
        draining.cancel()
        await assertCancelled(draining)
        XCTAssertEqual(client.pending().map(\.state), [.inFlight], "the verified create goes on")
    }
}
