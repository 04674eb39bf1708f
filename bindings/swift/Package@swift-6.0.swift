// swift-tools-version:6.0
import PackageDescription

// On Apple platforms the native library is an XCFramework, built by scripts/xcframework. On Linux
// it is linked from the output directory of scripts/bindings, or from the linker's search path.
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
