import CLinnet

/// What went wrong, in words that name the thing.
public struct LinnetError: Error, CustomStringConvertible {
    /// The numbers of `linnet_code`, which never change.
    public enum Code: Int {
        /// The caller passed something that cannot work.
        case invalidArgument = 1
        /// A file, an output or a prompt that does not exist.
        case notFound
        /// The operating system refused.
        case io
        /// A damaged or truncated file.
        case corrupt
        /// Well formed, but this version or this machine cannot do it.
        case unsupported
        /// Larger than a stated limit.
        case limit
        case outOfMemory
        /// A NaN or an infinity reached a step that needs finite numbers.
        case nonFinite
        case `internal`
    }

    public let code: Code
    public let message: String

    public var description: String { message }
}

/// Calls a function of linnet.h and throws the error that it fills in.
func check(_ call: (UnsafeMutablePointer<linnet_error>) -> linnet_code) throws {
    var error = linnet_error()
    let code = call(&error)
    guard code != LINNET_OK else { return }
    let message = withUnsafeBytes(of: &error.message) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    throw LinnetError(code: LinnetError.Code(rawValue: Int(code.rawValue)) ?? .internal, message: message)
}
