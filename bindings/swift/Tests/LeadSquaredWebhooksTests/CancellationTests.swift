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
        XCTAssertEqual(client.pending(), [])
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
        XCTAssertEqual(client.pending(), [])
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
}
