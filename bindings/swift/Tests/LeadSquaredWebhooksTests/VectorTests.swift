import Foundation
import LeadSquaredWebhooks
import XCTest

/// The contract: every case of `tests/vectors`. Its README documents the keys.
final class VectorTests: XCTestCase {
    private typealias Object = [String: Any]

    private static let kinds = ["build", "reject", "response"]
    private static let head: Set = ["id", "why", "evidence"]
    private static let grades: Set = ["documented", "observed", "inferred", "unknown", "ours"]
    private static let optional: Set = ["detail", "limit", "window_s"]
    private static let expected: [String: Set<String>] = [
        "created": ["id"],
        "api_error": ["kind", "exception_type", "detail", "limit", "window_s", "may_have_been_applied", "retry"],
        "unexpected": ["reason", "may_have_been_applied", "retry"],
    ]

    private let folder = root.appendingPathComponent("tests/vectors")

    /// A case, and the text of its draft, verbatim from the file.
    private struct Case {
        let json: Object
        let draft: String?

        func text(_ key: String) throws -> String { try VectorTests.text(json, key) }
    }

    private struct Difference: Error, CustomStringConvertible {
        let description: String
    }

    /// The cases of every file, each with the text of its draft. The layout of the files makes it
    /// safe to extract the text by line.
    private func cases(_ kind: String) throws -> [Case] {
        try FileManager.default.contentsOfDirectory(
            at: folder.appendingPathComponent(kind), includingPropertiesForKeys: nil
        )
        .filter { $0.pathExtension == "json" }
        .sorted { $0.path < $1.path }
        .flatMap { file in
            let text = try String(contentsOf: file, encoding: .utf8)
            let objects = try XCTUnwrap(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [Object])
            let texts = text.components(separatedBy: "\n").filter { $0.hasPrefix("{") }
            guard texts.count == objects.count else {
                throw Difference(description: "\(file.lastPathComponent) keeps another layout")
            }
            return try zip(objects, texts).map { json, text in
                Case(json: json, draft: json["draft"] == nil ? nil : try Self.draft(text))
            }
        }
    }

    private static func draft(_ line: String) throws -> String {
        let start = try XCTUnwrap(line.range(of: ", \"draft\": "))
        let rest = line[start.upperBound...]
        return String(rest.dropLast(rest.hasSuffix(",") ? 2 : 1))
    }

    private func run(_ kind: String, keys: Set<String>, required: Set<String>, check: (Case) throws -> Void) throws {
        let cases = try cases(kind)
        let failures = cases.compactMap { vector -> String? in
            do {
                try Self.only(vector.json, keys.union(Self.head))
                for key in required.union(Self.head) { try Self.same("has \(key)", vector.json[key] != nil, true) }
                let grade = try vector.text("evidence").components(separatedBy: ": ")[0]
                try Self.same("the grade is known", Self.grades.contains(grade), true)
                try check(vector)
                return nil
            } catch {
                return "  \(vector.json["id"] ?? "?") (\(vector.json["why"] ?? "?")): \(error)"
            }
        }
        print("vectors: \(cases.count) \(kind) cases ran")
        let ids = try Self.kinds.flatMap(self.cases).map { try $0.text("id") }
        let twice = Dictionary(grouping: ids) { $0 }.filter { $0.value.count > 1 }.keys
        let floors = try JSONDecoder().decode(
            [String: Int].self, from: Data(contentsOf: folder.appendingPathComponent("floor.json")))
        XCTAssertTrue(
            failures.isEmpty, "\(failures.count) of \(cases.count) failed\n\(failures.joined(separator: "\n"))")
        XCTAssertTrue(twice.isEmpty, "\(twice) are duplicates")
        XCTAssertGreaterThanOrEqual(cases.count, try XCTUnwrap(floors[kind]), "fewer than the floor")
    }

    private static func only(_ json: Object, _ keys: Set<String>) throws {
        try same("keys that nobody knows", Set(json.keys).subtracting(keys), [])
    }

    private static func same<T: Equatable>(_ what: String, _ actual: T, _ expected: T) throws {
        guard actual == expected else {
            throw Difference(description: "\(what)\n      is        \(actual)\n      should be \(expected)")
        }
    }

    private static func text(_ json: Object, _ key: String) throws -> String {
        guard let text = json[key] as? String else { throw Difference(description: "\(key) is no text") }
        return text
    }

    private static func object(_ json: Object, _ key: String) throws -> Object {
        guard let object = json[key] as? Object else { throw Difference(description: "\(key) is no object") }
        return object
    }

    private static func objects(_ json: Object, _ key: String) throws -> [Object] {
        guard let objects = json[key] as? [Object] else { throw Difference(description: "\(key) is no list") }
        return objects
    }

    func testADraftBecomesTheRequestThatItsVectorSays() throws {
        try run(
            "build", keys: ["draft", "codes", "custom_headers_form", "request", "warnings"],
            required: ["draft", "request", "warnings"]
        ) { vector in
            let codes: EventCodes
            switch vector.json["codes"] as? String {
            case nil, "documented": codes = .documented
            case "observed": codes = .observed
            case let other?: throw Difference(description: "\(other) is no table of codes")
            }
            let form: CustomHeadersForm
            switch vector.json["custom_headers_form"] as? String {
            case nil, "array": form = .array
            case "json_string": form = .jsonString
            case let other?: throw Difference(description: "\(other) is no form of custom headers")
            }
            let expected = try Self.object(vector.json, "request")
            try Self.only(expected, ["method", "path", "body"])
            let webhook = try NewWebhook.fromJson(json: XCTUnwrap(vector.draft))
            let request = try webhook.toRequest(codes: codes, customHeadersForm: form)
            try Self.same("method", request.method, Self.text(expected, "method"))
            try Self.same("path", request.path, Self.text(expected, "path"))
            let body = try JSON(JSONSerialization.jsonObject(with: request.body))
            try Self.same("body", body, JSON(Self.object(expected, "body")))
            let warnings = webhook.warnings().map { "\(snake($0.code)) \($0.field)" }
            let expectedWarnings = try Self.objects(vector.json, "warnings")
            for warning in expectedWarnings { try Self.only(warning, ["code", "field"]) }
            try Self.same(
                "warnings", warnings,
                expectedWarnings.map { try "\(Self.text($0, "code")) \(Self.text($0, "field"))" })
        }
    }

    func testABadDraftIsRefusedWhereAndForWhatItsVectorSays() throws {
        try run("reject", keys: ["draft", "draft_text", "violations"], required: ["violations"]) { vector in
            let draft = try vector.draft ?? vector.text("draft_text")
            try Self.same(
                "one of draft and draft_text", (vector.draft != nil) != (vector.json["draft_text"] != nil), true)
            let expected = try Self.objects(vector.json, "violations")
            for violation in expected { try Self.only(violation, ["field", "problem"]) }
            do {
                _ = try NewWebhook.fromJson(json: draft)
                throw Difference(description: "is not refused")
            } catch let error as WebhookError {
                try Self.same(
                    "violations", error.violations.map { "\($0.field): \($0.problem)" }.sorted(),
                    expected.map { try "\(Self.text($0, "field")): \(Self.text($0, "problem"))" }.sorted())
            }
        }
    }

    func testAnAnswerMeansWhatItsVectorSays() throws {
        try run(
            "response", keys: ["status", "headers", "body", "body_base64", "expect"], required: ["status", "expect"]
        ) { vector in
            let body: Data
            switch (vector.json["body"] as? String, vector.json["body_base64"] as? String) {
            case (let text?, nil): body = Data(text.utf8)
            case (nil, let base64?): body = try XCTUnwrap(Data(base64Encoded: base64))
            default: throw Difference(description: "one of body and body_base64 is needed")
            }
            let headers = vector.json["headers"] as? [String: String] ?? [:]
            let status = try XCTUnwrap(vector.json["status"] as? NSNumber).uint16Value
            let expect = try Self.object(vector.json, "expect")
            try Self.same("one expectation", expect.count, 1)
            let what = try XCTUnwrap(expect.keys.first)
            let expected = try Self.object(expect, what)
            let keys = try XCTUnwrap(Self.expected[what], "\(what) is no expectation")
            try Self.only(expected, keys)
            for key in keys.subtracting(Self.optional) { try Self.same("has \(key)", expected[key] != nil, true) }
            let answer: Object
            do {
                let created = try readAnswer(answer: Answer(status: status, headers: headers, body: body))
                answer = ["created": ["id": created.id]]
            } catch let error as WebhookError {
                answer = Self.failed(error, comparesDetail: expected["detail"] != nil)
            }
            try Self.same("answer", JSON(answer), JSON(expect))
        }
    }

    /// The content of the error, in the form of the vectors.
    private static func failed(_ error: WebhookError, comparesDetail: Bool) -> Object {
        guard let failure = error.failure else { return ["neither": [:]] }
        let retry: Any
        switch failure.retry {
        case .never: retry = "never"
        case .backoff: retry = "backoff"
        case .after(let wait): retry = ["after_s": NSNumber(value: wait)]
        }
        var members: Object = ["may_have_been_applied": error.mayHaveBeenApplied(), "retry": retry]
        if failure.kind == .unexpectedResponse {
            return ["unexpected": members.merging(["reason": failure.reason.map(snake) ?? "none"]) { $1 }]
        }
        members["kind"] = snake(failure.kind)
        members["exception_type"] = failure.exceptionType ?? NSNull()
        if comparesDetail { members["detail"] = failure.exceptionMessage ?? NSNull() }
        if failure.kind == .rateLimited {
            members["limit"] = failure.limit.map { NSNumber(value: $0) } ?? NSNull()
            members["window_s"] = failure.window.map { NSNumber(value: $0) } ?? NSNull()
        }
        return ["api_error": members]
    }
}

/// JSON compared as JSON: the order of members is ignored, the type of a value is not.
private struct JSON: Equatable, CustomStringConvertible {
    let description: String

    init(_ value: Any) throws {
        let data = try JSONSerialization.data(withJSONObject: value, options: [.sortedKeys, .fragmentsAllowed])
        description = String(decoding: data, as: UTF8.self)
    }
}

/// The stable name of an enum's case.
private func snake<T>(_ value: T) -> String {
    "\(value)".reduce(into: "") { $0 += $1.isUppercase ? "_\($1.lowercased())" : String($1) }
}
