/** Compressed sentence-embedding models in JavaScript: the same bytes out as everywhere else. */

declare global {
  // Older standard libraries do not know it yet.
  interface SymbolConstructor {
    readonly dispose: unique symbol;
  }
}

/** What went wrong, as in linnet.h. */
export type LinnetCode =
  | 'invalid_argument' | 'not_found' | 'io' | 'corrupt' | 'unsupported' | 'limit' | 'out_of_memory' | 'non_finite'
  | 'internal';

/** Every error that Linnet throws. The message names the thing and, where possible, says what to do. */
export class LinnetError extends Error {
  constructor(code: LinnetCode, message: string, options?: { cause?: unknown });
  readonly code: LinnetCode;
}

export interface OpenOptions {
  /** linnet.wasm: where it is, its bytes, or the compiled module (share one to open several models). Default: beside linnet.js. */
  wasm?: string | URL | ArrayBuffer | ArrayBufferView | WebAssembly.Module;
  /** The instruction set by name, 'wasm128' or 'scalar'. Default: the best. All give the same bytes. */
  isa?: string | null;
  /**
   * The most tokens that are computed together. Default: 1,024, or the model's maxTokens if that is more. A smaller
   * number takes less memory; a text of more tokens is then an error ('limit').
   */
  maxTokens?: number;
  /** Called while the model comes in, with bytes; `total` is missing when the server does not say. */
  onProgress?: (progress: { loaded: number; total: number | undefined }) => void;
}

export interface PromptOption {
  /** The name of a prompt that the model knows. Default: the model's own default, often none. */
  prompt?: string | null;
}

/**
 * An open model. It has a WebAssembly memory of its own, of the file's size and some megabytes, which goes when the
 * model is closed and no longer referred to. Calls compute on the calling thread: use a worker for long lists.
 */
export class Linnet {
  private constructor();

  /**
   * Opens a model from a URL (fetched, straight into WebAssembly memory), a path (node), bytes or a Response.
   * @throws LinnetError
   */
  static open(source: string | URL | ArrayBuffer | ArrayBufferView | Response, options?: OpenOptions): Promise<Linnet>;

  /** The cosine of the angle between two embeddings, -1 to 1. */
  static similarity(a: ArrayLike<number>, b: ArrayLike<number>): number;

  /**
   * Embeds texts: their rows of `width` numbers, one after the other. A text does not change the row of another.
   * @throws LinnetError
   */
  embed(texts: string | readonly string[], options?: PromptOption): Float32Array;

  /** What embed() returned, as an array of its rows (which share its memory). */
  rows(embeddings: Float32Array): Float32Array[];

  /**
   * The token ids of a text as embed() sees them, special tokens included, cut at maxTokens.
   * @throws LinnetError
   */
  tokenize(text: string, options?: PromptOption): Int32Array;

  /** Lets go of the memory. Later calls are errors. */
  close(): void;
  [Symbol.dispose](): void;

  /** Numbers in an embedding. */
  readonly width: number;
  /** The tokens that a text is cut to. */
  readonly maxTokens: number;
  /** The instruction set that the model runs on. */
  readonly isa: string;
  /** Bytes of the model file. */
  readonly fileBytes: number;
  /** Bytes of WebAssembly memory: the file, working memory, the program's own data. */
  readonly memoryBytes: number;
}
