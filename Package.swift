// swift-tools-version:5.7
// Linnet for Swift over its C interface; bindings/swift/README.md says how to use it.
import PackageDescription

// An XCFramework of the library by its path in this package: what iOS needs. Without one, pkg-config finds an installed
// Linnet (macOS, Linux).
let framework = Context.environment["LINNET_XCFRAMEWORK"]

let package = Package(
    name: "Linnet",
    platforms: [.macOS(.v11), .iOS(.v14)],
    products: [.library(name: "Linnet", targets: ["Linnet"])],
    targets: [
        framework.map { Target.binaryTarget(name: "CLinnet", path: $0) }
            ?? Target.systemLibrary(name: "CLinnet", path: "bindings/swift/CLinnet", pkgConfig: "linnet"),
        .target(name: "Linnet", dependencies: ["CLinnet"], path: "bindings/swift/Sources/Linnet"),
    ]
)
