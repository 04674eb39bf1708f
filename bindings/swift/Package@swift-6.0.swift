// swift-tools-version:6.0
import PackageDescription

// On Apple's systems the native library comes as an XCFramework (scripts/xcframework makes it); on
// Linux it is linked from where scripts/bindings put it, or from wherever the linker finds it.
#if os(macOS)
    let native: Target = .binaryTarget(
        name: "LeadSquaredWebhooksFFI",
        path: "LeadSquaredWebhooksFFI.xcframework"
    )
#else
    let native: Target = .systemLibrary(name: "LeadSquaredWebhooksFFI", path: "Sources/LeadSquaredWebhooksFFI")
#endif

let package = Package(
    name: "leadsquared-webhooks",
    platforms: [.iOS(.v15), .macOS(.v12)],
    products: [
        .library(name: "LeadSquaredWebhooks", targets: ["LeadSquaredWebhooks"])
    ],
    targets: [
        native,
        .target(
            name: "LeadSquaredWebhooks",
            dependencies: ["LeadSquaredWebhooksFFI"]
        ),
        .executableTarget(name: "CreateExample", dependencies: ["LeadSquaredWebhooks"]),
        .executableTarget(name: "EnsureExample", dependencies: ["LeadSquaredWebhooks"]),
        .testTarget(
            name: "LeadSquaredWebhooksTests",
            dependencies: ["LeadSquaredWebhooks", "CreateExample", "EnsureExample"]
        ),
    ],
    swiftLanguageModes: [.v6]
)
