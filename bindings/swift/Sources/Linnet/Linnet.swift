import CLinnet

/// A model file, immutable: any number of threads and sessions may share it.
public final class Model {
    let pointer: OpaquePointer

    /// Opens a file by mapping it. Nobody may truncate it while it is in use.
    public init(path: String) throws {
        var opened: OpaquePointer?
        try check { linnet_model_open(path, &opened, $0) }
        pointer = opened!
    }

    /// Opens bytes of an open file, which stays the caller's: mapped at an offset that is a multiple of 64, read into memory
    /// at others.
    public init(fileDescriptor: Int32, offset: UInt64, length: UInt64) throws {
        var opened: OpaquePointer?
        try check { linnet_model_open_fd(fileDescriptor, offset, length, &opened, $0) }
        pointer = opened!
    }

    deinit { linnet_model_close(pointer) }

    /// The tokens that a text is cut to, special tokens included.
    public var maxTokens: Int { linnet_model_max_tokens(pointer) }

    /// The longest sequence of token ids that `Session.run` takes.
    public var maxPositions: Int { linnet_model_max_positions(pointer) }

    /// The floats in a row of a value of the network, by default of an embedding. 0 when there is none of this name.
    public func width(of output: String? = nil) -> Int { linnet_model_width(pointer, output) }
}

/// The working memory of one caller at a time: not to be used by two threads at once. It keeps its model.
public final class Session {
    public let model: Model
    private let pointer: OpaquePointer

    /// `threads`: 0 for one on each fast core, at most 4; 1 for the calling thread only. Results do not depend on it.
    public init(_ model: Model, threads: Int = 0) throws {
        precondition(threads >= 0, "threads is \(threads)")
        var options = linnet_session_options()
        options.size = MemoryLayout<linnet_session_options>.size
        options.threads = threads
        var created: OpaquePointer?
        try check { linnet_session_create(model.pointer, &options, &created, $0) }
        pointer = created!
        self.model = model
    }

    deinit { linnet_session_free(pointer) }

    /// The instruction set that it runs on, such as "neon".
    public var isa: String { String(cString: linnet_session_isa(pointer)) }

    /// The threads that it computes on, the calling one included.
    public var threads: Int { linnet_session_threads(pointer) }

    /// Bytes that it allocated; the model's own are not among them.
    public var memoryBytes: Int { linnet_session_memory(pointer) }

    /// One row for each text. `prompt` is the name of one that the model has; nil: its default.
    public func embed(_ texts: [String], prompt: String? = nil) throws -> [[Float]] {
        let width = model.width()
        var utf8: [CChar] = []
        var lengths: [Int] = []
        for text in texts {
            let before = utf8.count
            utf8.append(contentsOf: text.utf8.map { CChar(bitPattern: $0) })
            lengths.append(utf8.count - before)
        }
        utf8.append(0)  // so that there is an address even for empty texts
        var rows = [Float](repeating: 0, count: texts.count * width)
        try utf8.withUnsafeBufferPointer { bytes in
            var starts: [UnsafePointer<CChar>?] = []
            var start = bytes.baseAddress!
            for length in lengths {
                starts.append(start)
                start += length
            }
            try check { linnet_embed(pointer, starts, lengths, texts.count, prompt, &rows, width, $0) }
        }
        return split(rows, width)
    }

    /// The token ids of a text as `embed` sees them: with special tokens, cut to `maxTokens`.
    public func tokenize(_ text: String, prompt: String? = nil) throws -> [Int32] {
        var ids = [Int32](repeating: 0, count: model.maxTokens)
        let capacity = ids.count
        var count = 0
        try check { linnet_tokenize(pointer, text, text.utf8.count, prompt, &ids, capacity, &count, $0) }
        return Array(ids.prefix(count))
    }

    /// Runs sequences of token ids and gives the rows of a value (nil: the default output): one a sequence, or one a token
    /// with all sequences in order.
    public func run(_ sequences: [[Int32]], output: String? = nil) throws -> [[Float]] {
        let ids = sequences.flatMap { $0 }
        let lengths = sequences.map { $0.count }
        let width = model.width(of: output)
        let perToken = linnet_model_is_per_token(model.pointer, output) == 1
        var rows = [Float](repeating: 0, count: (perToken ? ids.count : lengths.count) * width)
        try check { linnet_run(pointer, ids, lengths, sequences.count, output, &rows, width, $0) }
        return split(rows, width)
    }

    private func split(_ rows: [Float], _ width: Int) -> [[Float]] {
        stride(from: 0, to: rows.count, by: max(width, 1)).map { Array(rows[$0..<($0 + width)]) }
    }
}

/// The version of the runtime, such as "0.1.0".
public var version: String { String(cString: linnet_version()) }
