import Foundation
import LeadSquaredWebhooks
import XCTest

private let draft = WebhookDraft(url: "https://example.com/hooks", trigger: .leadCreate)
private let once = CallOptions(attempts: 1)

final class ClientTests: XCTestCase {
    func testCreatesAWebhookAndReportsWhatItTook() async throws {
        let sandbox = try Sandbox()
        let client = try sandbox.client()
        let created = try await client.create(
            WebhookDraft(
                url: "https://example.com/hooks", trigger: .leadActivityCreate(activity: "22"), description: "calls",
                contentType: "text/plain", notifyOnFailure: false,
                customHeaders: [CustomHeader(name: "x-api-key", value: "v1")]))
        let ids = try await sandbox.webhookIds()
        XCTAssertEqual(ids, [created.id])
        let attempt = try XCTUnwrap(created.attempts.first)
        XCTAssertEqual(created.attempts.count, 1)
        XCTAssertEqual(attempt.number, 1)
        XCTAssertEqual(attempt.status, 200)
        XCTAssertEqual(attempt.result, "ok")
        XCTAssertTrue(attempt.sent)
        XCTAssertNil(attempt.outcome)
        XCTAssertTrue(client.pending().isEmpty)
        let isClean = try await sandbox.isClean()
        XCTAssertTrue(isClean)
    }

    func testSixtyFourCreatesAtOnceEachGetAnIdOfTheirOwn() async throws {
        let sandbox = try Sandbox("--quota", "1000/1")
        let client = try sandbox.client()
        let ids = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<64 { group.addTask { try await client.create(draft).id } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        XCTAssertEqual(ids.count, 64)
        let requestCount = try await sandbox.requestCount()
        XCTAssertEqual(requestCount, 64)
    }

    func testABadDraftIsRefusedWithEveryViolationAndIsNotSent() async throws {
        let sandbox = try Sandbox()
        let client = try sandbox.client()
        let bad = WebhookDraft(
            url: "/hooks", trigger: .leadActivityCreate(activity: " "),
            customHeaders: [CustomHeader(name: "x y", value: "v")])
        let error = try await failure { try await client.create(bad) }
        guard case .invalid = error else { return XCTFail("\(error)") }
        XCTAssertEqual(error.violations.map(\.field), ["url", "trigger.activity", "custom_headers[0].name"])
        XCTAssertEqual(error.violations[0].problem, #""/hooks" is relative; an absolute http or https URL is needed"#)
        XCTAssertEqual(error.outcome(), .notSent)
        XCTAssertFalse(error.mayHaveBeenApplied())
        XCTAssertEqual("\(error)", error.detail)
        XCTAssertEqual(error.localizedDescription, error.detail)
        let requestCount = try await sandbox.requestCount()
        XCTAssertEqual(requestCount, 0)
    }

    func testNoConnectionIsNotSent() async throws {
        let server = try ScriptedServer()
        let client = try server.client()
        server.stop()
        let error = try await failure { try await client.create(draft, options: once) }
        guard case .notSent = error else { return XCTFail("\(error)") }
        XCTAssertEqual(error.failure?.kind, .connect)
        XCTAssertEqual(error.failure?.cause, .refused)
        XCTAssertEqual(error.failure?.stopped, .attempts)
        XCTAssertEqual(error.failure?.retry, .backoff)
        XCTAssertEqual(error.failure?.attempts.map(\.sent), [false])
        XCTAssertNil(error.failure?.status)
        XCTAssertFalse(error.mayHaveBeenApplied())
    }

    func testNoTurnInAQuotaThatTwoClientsShareIsNotSent() async throws {
        let sandbox = try Sandbox()
        let quota = try Quota(limits: [QuotaLimit(calls: 1, window: 3600)])
        let (first, second) = (try sandbox.client(quota: quota), try sandbox.client(quota: quota))
        _ = try await first.create(draft)
        let error = try await failure { try await second.create(draft, options: CallOptions(quotaWait: 0)) }
        guard case .notSent = error else { return XCTFail("\(error)") }
        XCTAssertEqual(error.failure?.kind, .quotaWait)
        XCTAssertEqual(second.quota().limits(), quota.limits())
        let requestCount = try await sandbox.requestCount()
        XCTAssertEqual(requestCount, 1)
    }

    func testWrongKeysAreRefused() async throws {
        let sandbox = try Sandbox()
        let stranger = try Client(
            host: .parse(host: sandbox.host), credentials: Credentials(accessKey: "a", secretKey: "b"))
        let error = try await failure { try await stranger.create(draft) }
        guard case .refused = error else { return XCTFail("\(error)") }
        XCTAssertEqual(error.failure?.kind, .unauthorized)
        XCTAssertEqual(error.failure?.status, 401)
        XCTAssertEqual(error.failure?.retry, .never)
        XCTAssertEqual(error.failure?.stopped, .final)
        XCTAssertEqual(error.outcome(), .refused)
    }

    func testADuplicateIsRefusedWithTheTypeThatTheServerReported() async throws {
        let sandbox = try Sandbox()
        let client = try sandbox.client()
        var field = draft
        field.trigger = .leadFieldUpdate(field: "ProspectStage")
        _ = try await client.create(field)
        let error = try await failure { [field] in try await client.create(field) }
        guard case .refused = error else { return XCTFail("\(error)") }
        XCTAssertEqual(error.failure?.kind, .duplicate)
        XCTAssertEqual(error.failure?.exceptionType, "MXDuplicateEntryException")
        XCTAssertNotNil(error.failure?.exceptionMessage)
        XCTAssertEqual(error.failure?.excerpt?.contains("MXDuplicateEntryException"), true)
    }

    func testARateLimitReportsItsLimitAndItsWindow() async throws {
        let sandbox = try Sandbox()
        let client = try sandbox.client()
        try await sandbox.fault(#"{"fault": "rate_limited", "limit": 10, "window_s": 7}"#)
        let error = try await failure { try await client.create(draft, options: once) }
        guard case .refused = error else { return XCTFail("\(error)") }
        XCTAssertEqual(error.failure?.kind, .rateLimited)
        XCTAssertEqual(error.failure?.limit, 10)
        XCTAssertEqual(error.failure?.window, 7)
        XCTAssertEqual(error.failure?.retry, .after(wait: 7))
        XCTAssertEqual(error.failure?.stopped, .attempts)
    }

    func testARateLimitThatPassesIsWaitedForAndShowsInTheLog() async throws {
        let sandbox = try Sandbox()
        let client = try sandbox.client()
        try await sandbox.fault(#"{"fault": "rate_limited", "limit": 10, "window_s": 1}"#)
        let created = try await client.create(draft)
        XCTAssertEqual(created.attempts.map(\.result), ["rate_limited", "ok"])
        XCTAssertEqual(created.attempts[0].waitedFor, .rateLimit)
        XCTAssertEqual(created.attempts[0].waited, 1)
    }

    func testAServerThatBreaksLeavesTheOutcomeUnknown() async throws {
        let sandbox = try Sandbox()
        let client = try sandbox.client()
        try await sandbox.fault(#"{"fault": "apply_then_500"}"#)
        let error = try await failure { try await client.create(draft) }
        guard case .unknown = error else { return XCTFail("\(error)") }
        XCTAssertEqual(error.failure?.kind, .server)
        XCTAssertEqual(error.failure?.status, 500)
        XCTAssertEqual(error.failure?.stopped, .unsafe)
        XCTAssertTrue(error.mayHaveBeenApplied())
        let ids = try await sandbox.webhookIds()
        XCTAssertEqual(ids.count, 1)
    }

    func testAnAnswerThatIsCutLeavesTheOutcomeUnknown() async throws {
        let sandbox = try Sandbox()
        let client = try sandbox.client()
        try await sandbox.fault(#"{"fault": "truncated"}"#)
        let error = try await failure { try await client.create(draft) }
        guard case .unknown = error else { return XCTFail("\(error)") }
        XCTAssertEqual(error.failure?.kind, .unexpectedResponse)
        XCTAssertEqual(error.failure?.reason, .truncated)
        XCTAssertEqual(error.failure?.status, 200)
        XCTAssertNotNil(error.failure?.excerpt)
    }

    func testAConnectionThatBreaksLeavesTheOutcomeUnknown() async throws {
        let sandbox = try Sandbox()
        let client = try sandbox.client()
        try await sandbox.fault(#"{"fault": "apply_then_close"}"#)
        let error = try await failure { try await client.create(draft) }
        guard case .unknown = error else { return XCTFail("\(error)") }
        XCTAssertEqual(error.failure?.kind, .interrupted)
        XCTAssertNil(error.failure?.status)
        XCTAssertEqual(error.failure?.retry, .never)
        XCTAssertEqual(error.failure?.attempts.map(\.sent), [true])
    }

    func testADeadlineThatPassesAfterTheRequestLeftLeavesTheOutcomeUnknown() async throws {
        let server = try ScriptedServer()
        defer { server.stop() }
        let client = try server.client()
        let error = try await failure { try await client.create(draft, options: CallOptions(timeout: 0.3)) }
        guard case .unknown = error else { return XCTFail("\(error)") }
        XCTAssertEqual(error.failure?.kind, .timeout)
        XCTAssertEqual(error.failure?.attempts.map(\.sent), [true])
        _ = try await server.arrived.next()
    }

    func testEverySettingReachesTheCall() async throws {
        let server = try ScriptedServer()
        defer { server.stop() }
        let client = try Client(
            host: .parse(host: server.host), credentials: Credentials(accessKey: "access", secretKey: "secret"),
            auth: .headers, codes: .observed, quota: .documented(), quotaWait: 5, timeout: 20, connectTimeout: 2,
            retry: RetryPolicy(attempts: 2, backoff: 0.001, longestBackoff: 0.002), proxies: Proxies.none,
            roots: .bundled, rootCertificates: [])
        server.answer(200, success)
        var opportunity = draft
        opportunity.trigger = .opportunityCreate(opportunityTypes: ["12000"])
        _ = try await client.create(opportunity)
        let request = try await server.arrived.next()
        XCTAssertTrue(request.lowercased().contains("x-lsq-accesskey: access"), "the keys travel in headers")
        XCTAssertTrue(request.contains(#""WebhookEvent":"29""#), "by the observed table")
    }

    func testSettingsThatAreWrongAreReportedWithoutAKey() throws {
        let wrong: [(String, () throws -> Void)] = [
            ("host", { _ = try ApiHost.parse(host: "http://api.example") }),
            ("credentials", { _ = try Credentials(accessKey: "canary ", secretKey: "canary") }),
            ("quota", { _ = try Quota(limits: [QuotaLimit(calls: 0, window: 5)]) }),
            (
                "root_certificates",
                {
                    _ = try Client(
                        host: .mumbai(), credentials: Credentials(accessKey: "a", secretKey: "b"),
                        rootCertificates: [Data([1])])
                }
            ),
            ("LEADSQUARED_HOST", { _ = try Client.fromEnv() }),
        ]
        for (setting, call) in wrong {
            XCTAssertThrowsError(try call()) { error in
                guard case .invalidSettings(let detail, let problems) = error as? ConfigError else {
                    return XCTFail("\(error)")
                }
                XCTAssertEqual(problems.first?.setting, setting)
                XCTAssertEqual("\(error)", detail)
                XCTAssertFalse(detail.contains("canary"))
            }
        }
    }

    func testAWebhookIsCheckedWithoutSendingIt() throws {
        var plain = draft
        plain.url = "http://example.com"
        let webhook = try NewWebhook.parse(draft: plain)
        XCTAssertEqual(webhook.warnings().map(\.code), [.insecureReceiver])
        XCTAssertEqual(webhook.warnings().map(\.field), ["url"])
        let request = try webhook.toRequest()
        XCTAssertEqual("\(request.method) \(request.path)", "POST /v2/Webhook.svc/Create")
        XCTAssertTrue(String(decoding: request.body, as: UTF8.self).contains(#""WebhookEvent":"3""#))
        XCTAssertEqual(try NewWebhook.parse(draft: webhook.toDraft()), webhook)
        XCTAssertNil(webhook.toDraft().contentType, "what is not given is not desired")
        let read = try NewWebhook.fromApiJson(json: String(decoding: request.body, as: UTF8.self)).toDraft()
        XCTAssertEqual(read.trigger, webhook.toDraft().trigger)
        XCTAssertEqual(read.contentType, "application/json")
    }

    func testTheEventsAndTheHostsAreListedWithTheirEvidence() throws {
        XCTAssertEqual(events().count, 18)
        let create = try XCTUnwrap(events().first { $0.event == .opportunityCreate })
        XCTAssertEqual([create.documentedCode, create.observedCode], [31, 29])
        XCTAssertEqual(create.evidence, .observed)
        XCTAssertEqual(create.keys, [EventKey(name: "opportunity_types", required: true)])
        XCTAssertEqual(documentedHosts().count, 7)
        XCTAssertTrue(documentedHosts().contains(.mumbai()))
        XCTAssertEqual("\(ApiHost.mumbai())", "https://api-in21.leadsquared.com")
    }

    func testAClientThatIsLetGoLetsItsCreatesEnd() async throws {
        let server = try ScriptedServer()
        defer { server.stop() }
        let create = Task {
            let client = try server.client()
            return try await client.create(draft)
        }
        _ = try await server.arrived.next()
        server.answer(200, success)
        let id = try await create.value.id
        XCTAssertEqual(id.count, 36)
    }
}
