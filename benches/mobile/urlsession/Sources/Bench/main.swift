import Foundation
import LeadSquaredWebhooks

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

struct Header: Encodable {
    let Key: String
    let Value: String
}

struct Body: Encodable {
    let Description = "calls to the warehouse"
    let URL = "https://example.com/hooks"
    let Method = "POST"
    let ContentType = "application/json"
    let WebhookEvent = "2"
    let LandingPageUrls: [String]? = nil
    let IsSpecificLandingPage = false
    let NotifyOnFailure = true
    let WebhookProperties = #"{"ActivityEvent":"22","ActivityData":"[]","WebPageNames":"[]"}"#
    let CustomHeaders = [Header(Key: "x-api-key", Value: "0123456789")]
    let ActivityEvent = "22"
}

struct Reply: Decodable {
    struct Id: Decodable { let Id: String }
    let Status: String
    let Message: Id
}

struct Unexpected: Error {}

func draft() -> WebhookDraft {
    WebhookDraft(
        url: "https://example.com/hooks", trigger: .leadActivityCreate(activity: "22"),
        description: "calls to the warehouse",
        customHeaders: [CustomHeader(name: "x-api-key", value: "0123456789")])
}

/// Returns the median of `times` runs, in microseconds, after a quarter as many warm-up runs.
func median(_ times: Int, _ run: () async throws -> Void) async throws -> Double {
    for _ in 0..<(times / 4) { try await run() }
    var taken: [UInt64] = []
    for _ in 0..<times {
        let begun = DispatchTime.now().uptimeNanoseconds
        try await run()
        taken.append(DispatchTime.now().uptimeNanoseconds - begun)
    }
    return Double(taken.sorted()[times / 2]) / 1e3
}

let creates = Int(CommandLine.arguments[1])!
let environment = ProcessInfo.processInfo.environment
let (host, access, secret) = (
    environment["LEADSQUARED_HOST"]!, environment["LEADSQUARED_ACCESS_KEY"]!, environment["LEADSQUARED_SECRET_KEY"]!
)

let client = try Client(
    host: .parse(host: host), credentials: Credentials(accessKey: access, secretKey: secret), quota: .unlimited())
let ours = try await median(creates) { _ = try await client.create(draft()) }
print(String(format: "swift create %.1f", ours))
let parse = try await median(creates * 10) { _ = try NewWebhook.parse(draft: draft()) }
print(String(format: "swift parse %.2f", parse))

let unreserved = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-._~"))
let query = [("accessKey", access), ("secretKey", secret)]
    .map { "\($0)=\($1.addingPercentEncoding(withAllowedCharacters: unreserved)!)" }.joined(separator: "&")
let session = URLSession(configuration: .ephemeral)
let theirs = try await median(creates) {
    var request = URLRequest(url: URL(string: "\(host)/v2/Webhook.svc/Create?\(query)")!)
    request.httpMethod = "POST"
    request.setValue("application/json; charset=utf-8", forHTTPHeaderField: "Content-Type")
    request.httpBody = try JSONEncoder().encode(Body())
    let (data, _) = try await session.data(for: request)
    guard try JSONDecoder().decode(Reply.self, from: data).Status == "Success" else { throw Unexpected() }
}
print(String(format: "urlsession create %.1f", theirs))
