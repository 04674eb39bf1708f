// swift-tools-version:5.9
import PackageDescription

let package = Package(
    name: "bench",
    platforms: [.macOS(.v12)],
    dependencies: [.package(path: "../../../bindings/swift")],
    targets: [
        .executableTarget(
            name: "Bench",
            dependencies: [.product(name: "LeadSquaredWebhooks", package: "swift")])
    ]
)
