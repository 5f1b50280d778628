// swift-tools-version: 6.2
// The manifest states the architecture: each helper names a layer, and what a layer may import is what its helper lets it.
// TidyTests reads the sources and says the same a second time.

import PackageDescription

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .strictMemorySafety(),  // SE-0458: each C call says `unsafe`
    .enableUpcomingFeature("ExistentialAny"),  // SE-0335
    .enableUpcomingFeature("InternalImportsByDefault"),  // SE-0409
    .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444
]
/// Small modules cost nothing at run time: half again as many bills a second as without (`benchmarks bills`). Only below, where the
/// arithmetic is: it doubles the time to compile what uses them.
let inlined: [SwiftSetting] = strict + [.unsafeFlags(["-cross-module-optimization"], .when(configuration: .release))]

func module(_ layer: String, _ name: String, _ dependencies: [Target.Dependency], _ settings: [SwiftSetting] = strict) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/\(layer)\(name)", swiftSettings: settings)
}
/// Pure: values and functions; no I/O, no clock, no randomness.
func core(_ name: String, _ cores: String...) -> Target {
    module("Core/", name, ["Values"] + cores.map { .byName(name: $0) }, inlined)
}
/// Bytes to values and back, pure.
func format(_ name: String, _ uses: [Target.Dependency]) -> Target {
    module("Formats/", name, ["Values"] + uses, inlined)
}
/// SQL and use cases of one area.
func operations(_ name: String, _ uses: String...) -> Target {
    module("Operations/", name, ["Values", "Postgres"] + uses.map { .byName(name: $0) })
}
/// A protocol translated into use cases and back.
func interface(_ name: String, _ uses: [Target.Dependency]) -> Target {
    module("Interfaces/", name, ["Values"] + uses)
}
func infrastructure(_ name: String, _ uses: [Target.Dependency]) -> Target {
    module("Infrastructure/", name, uses)
}
func systemLibrary(_ name: String, pkgConfig: String, apt: String) -> Target {
    .systemLibrary(name: name, path: "Sources/System/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}
func tests(_ name: String, _ uses: [Target.Dependency]) -> Target {
    .testTarget(name: "\(name)Tests", dependencies: uses, path: "Tests/\(name)Tests", swiftSettings: strict)
}

let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdTLS: Target.Dependency = .product(name: "HummingbirdTLS", package: "hummingbird")
let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
    .product(name: "NIOSSL", package: "swift-nio-ssl"),
    .product(name: "HTTPTypes", package: "swift-http-types"),
    .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
]
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

let everyOperation: [Target.Dependency] = [
    "MeteringOperations", "BillingOperations", "LedgerOperations", "PartnerOperations", "AccessOperations",
]
let everyCore: [Target.Dependency] = ["Metering", "VEE", "Tariffs", "Billing", "Ledger", "Partners"]

let package = Package(
    name: "zaehlwerk",
    products: [.executable(name: "zaehlwerk", targets: ["zaehlwerk"])],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        .target(name: "Values", path: "Sources/Values", swiftSettings: inlined),

        core("Metering"),
        core("VEE", "Metering"),
        core("Tariffs"),
        core("Billing", "Metering", "Tariffs"),
        core("Ledger"),
        core("Partners"),

        format("JSON", []),
        format("ReadingFormats", ["JSON", "Metering"]),
        format("MasterDataFormat", ["JSON", "Metering", "Partners"]),
        format("TariffFiles", ["Tariffs", yams]),
        format("MarketFormats", ["JSON", "XML", "Metering", "VEE", "ReadingFormats"]),
        format("ReportFormats", ["JSON", "Ledger", "Spreadsheets"]),
        format("InvoiceFormats", ["JSON", "Billing", "Tariffs", "Metering", "VEE", "Digests"]),
        format("BillPDF", ["InvoiceFormats", "PDF", "Billing", "Tariffs"]),

        systemLibrary("CLibPQ", pkgConfig: "libpq", apt: "libpq-dev"),
        systemLibrary("CLibXML2", pkgConfig: "libxml-2.0", apt: "libxml2-dev"),
        systemLibrary("CLibCrypto", pkgConfig: "libcrypto", apt: "libssl-dev"),
        systemLibrary("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
        systemLibrary("CXLSXWriter", pkgConfig: "xlsxwriter", apt: "libxlsxwriter-dev"),
        systemLibrary("CPango", pkgConfig: "pangocairo", apt: "libpango1.0-dev"),
        systemLibrary("CQPDF", pkgConfig: "libqpdf", apt: "libqpdf-dev"),
        infrastructure("PDF", ["CPango", "CQPDF"]),
        infrastructure("Postgres", ["Values", "CLibPQ", logging]),
        infrastructure("XML", ["Values", "CLibXML2"]),
        infrastructure("Digests", ["CLibCrypto"]),
        infrastructure("Compression", ["CZlib"]),
        infrastructure("Spreadsheets", ["Values", "CXLSXWriter"]),

        operations(
            "MeteringOperations", "Metering", "VEE", "ReadingFormats", "MarketFormats", "MasterDataFormat", "JSON", "Digests", "Compression"
        ),
        operations("LedgerOperations", "Ledger", "Digests"),
        operations("PartnerOperations", "Partners", "Billing", "MasterDataFormat", "JSON", "MeteringOperations"),
        operations(
            "BillingOperations", "Billing", "Tariffs", "Ledger", "Metering", "VEE", "TariffFiles", "InvoiceFormats", "BillPDF", "JSON",
            "ReportFormats", "MeteringOperations", "LedgerOperations", "PartnerOperations", "Digests"),
        operations("AccessOperations", "Digests"),

        interface(
            "Web",
            [hummingbird, hummingbirdTLS, logging, lifecycle, "JSON", "Compression", "Postgres", "AccessOperations", "Digests"] + nio),
        interface(
            "REST",
            [
                "Web", "JSON", "Digests", "ReportFormats", "ReadingFormats", "MarketFormats", "MasterDataFormat", "InvoiceFormats",
                "TariffFiles",
                "Postgres", logging,
            ] + everyOperation + everyCore),
        interface(
            "SOAP",
            [
                "Web", "XML", "JSON", "Digests", "ReadingFormats", "MarketFormats", "MasterDataFormat", "InvoiceFormats", "ReportFormats",
                "Postgres", logging,
            ] + everyOperation + everyCore),
        interface(
            "Cockpit",
            [
                "Web", "JSON", "Digests", "ReadingFormats", "MasterDataFormat", "ReportFormats", "InvoiceFormats", "TariffFiles",
                "Postgres",
                logging,
            ]
                + everyOperation
                + everyCore),

        .executableTarget(
            name: "zaehlwerk",
            dependencies: [
                argumentParser, logging, lifecycle, yams, "Values", "Postgres", "Digests", "Web", "REST", "SOAP", "Cockpit", "JSON",
                "ReadingFormats", "MarketFormats", "Compression", "MasterDataFormat", "TariffFiles", "InvoiceFormats", "ReportFormats",
            ] + everyOperation + everyCore,
            path: "Sources/zaehlwerk", swiftSettings: strict),
        .executableTarget(
            name: "benchmarks",
            dependencies: [
                "Values", "Postgres", "Metering", "Tariffs", "Billing", "TariffFiles", "InvoiceFormats", "BillPDF", "BillingOperations",
                logging,
            ],
            path: "Benchmarks", swiftSettings: strict),

        .target(
            name: "TestKit",
            dependencies: ["Values", "Postgres", "Web", "REST", "SOAP", "Cockpit", logging] + everyOperation,
            path: "Tests/TestKit", swiftSettings: strict),
        tests("Values", ["Values"]),
        // What tests of pure modules share; TestKit is for those that need a server.
        .target(name: "CoreKit", dependencies: ["Values", "Metering"], path: "Tests/CoreKit", swiftSettings: strict),
        tests("Metering", ["Values", "Metering", "CoreKit"]),
        tests("VEE", ["Values", "Metering", "VEE", "CoreKit"]),
        tests("Tariffs", ["Values", "Tariffs", "TariffFiles"]),
        tests("Billing", ["Values", "Metering", "Tariffs", "Billing", "TariffFiles"]),
        tests("Ledger", ["Values", "Ledger"]),
        tests("Partners", ["Values", "Partners"]),
        tests(
            "Formats",
            [
                "Values", "Metering", "Partners", "JSON", "ReadingFormats", "MasterDataFormat", "InvoiceFormats", "ReportFormats", "Ledger",
                "Billing", "Tariffs",
            ]),
        tests("BillPDF", ["Values", "Metering", "Billing", "Tariffs", "InvoiceFormats", "PDF", "BillPDF"]),
        tests("MarketFormats", ["Values", "Metering", "VEE", "JSON", "XML", "ReadingFormats", "MarketFormats"]),
        tests("Infrastructure", ["Values", "Postgres", "XML", "Digests", "Compression", "Spreadsheets", "TestKit"]),
        tests(
            "Operations",
            ["Values", "Postgres", "TestKit", "JSON", "ReadingFormats", "MarketFormats", "MasterDataFormat", "TariffFiles"] + everyOperation
                + everyCore),
        tests(
            "Interface",
            [
                "Values", "Postgres", "TestKit", "JSON", "XML", "Digests", "Compression", "ReadingFormats", "MasterDataFormat",
                "InvoiceFormats", logging, "Web", "REST", "SOAP", "Cockpit",
            ] + everyOperation + everyCore),
        tests("Scenario", ["Values", "Postgres", "TestKit", "JSON"] + everyOperation + everyCore),
        tests("Tidy", []),
    ],
    swiftLanguageModes: [.v6]
)
