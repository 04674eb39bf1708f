import Foundation
import LeadSquaredWebhooks
import XCTest

private let draft = WebhookDraft(url: "https://example.com/hooks", trigger: .leadCreate)

/// The server answers only after the wait has ended: a wait that lasted until the answer would hang these tests.
final class CancellationTests: XCTestCase {
    private func assertCancelled<T: Sendable>(_ task: Task<T, Error>) async {
        do {
            _ = try await task.value
            XCTFail("the wait went on")
        } catch {
            XCTAssertTrue(error is CancellationError, "\(error)")
        }
    }

    func testCancellingEndsTheWaitAtOnceAndTheCreateRunsToItsEnd() async throws {
        let server = try ScriptedServer()
        defer { server.stop() }
        let client = try server.client()
        let create = Task { try await client.create(draft) }
        _ = try await server.arrived.next()
        create.cancel()
        await assertCancelled(create)

        let pending = client.pending()
        XCTAssertEqual(pending.map(\.state), [.underWay])
        XCTAssertEqual(pending.map(\.webhook.url), [draft.url])
        server.answer(200, success)
        let created = try await client.claim(pending[0].id)
        XCTAssertEqual(created?.id, "b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4")
        XCTAssertEqual(created?.attempts.count, 1, "it was sent once")
        XCTAssertTrue(client.pending().isEmpty)
        let again = try await client.claim(pending[0].id)
        XCTAssertNil(again, "an outcome is taken once")
    }

    func testAClaimCanBeCancelledAndMadeAgain() async throws {
        let server = try ScriptedServer()
        defer { server.stop() }
        let client = try server.client()
        let create = Task { try await client.create(draft) }
        _ = try await server.arrived.next()
        create.cancel()
        await assertCancelled(create)

        let id = client.pending()[0].id
        let claim = Task { try await client.claim(id) }
        claim.cancel()
        await assertCancelled(claim)
        server.answer(500, #"{"Status":"Error","ExceptionType":"MXDuplicateEntryException"}"#)
        let error = try await failure { try await client.claim(id) }
        XCTAssertEqual(error.kind, .duplicate)
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
            if let created = try await client.claim(call.id) { known.insert(created.id) }
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
        XCTAssertEqual(call.state, .underWay)
        XCTAssertEqual(call.ticket?.toJson().contains(draft.url), true)
        server.answer(200, success)
        try await client.settle()
        XCTAssertEqual(client.pending().map(\.state), [.created(id: "b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4")])
        let created = try await client.claim(call.id)
        XCTAssertEqual(created?.id, "b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4")
    }

    func testReadingResolvingAndSettlingEndAtOnce() async throws {
        let server = try ScriptedServer()
        defer { server.stop() }
        let client = try server.client(retry: RetryPolicy(attempts: 1))
        server.answer(500, "")
        let error = try await failure { try await client.create(draft) }
        let ticket = try XCTUnwrap(error.ticket)
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
        let settling = Task { try await client.settle() }
        settling.cancel()
        await assertCancelled(settling)
        XCTAssertEqual(client.pending().map(\.state), [.underWay], "the verified create goes on")
    }
}
