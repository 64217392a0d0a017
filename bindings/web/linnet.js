// Linnet in JavaScript: opens a model file in WebAssembly and embeds texts with it. For browsers, their workers and
// node 18 and later; needs no bundler. linnet.d.ts documents every function.

// linnet_code of linnet.h, by number.
const CODES = ['ok', 'invalid_argument', 'not_found', 'io', 'corrupt', 'unsupported', 'limit', 'out_of_memory',
  'non_finite', 'internal'];

// Texts that go into one call: what bounds the memory that a call takes, which WebAssembly never gives back.
const GROUP = 256;

// A module with one function: i32.const 0, i8x16.splat. It is valid where there is SIMD, and only there.
const SIMD_MODULE = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7b, 3, 2, 1, 0, 10, 8, 1, 6,
  0, 0x41, 0, 0xfd, 0x0f, 0x0b]);

export class LinnetError extends Error {
  constructor(code, message, options) {
    super(message, options);
    this.name = 'LinnetError';
    this.code = code;
  }
}

const invalid = (message) => new LinnetError('invalid_argument', message);

function noMemory(bytes) {
  const size = bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
  return new LinnetError('out_of_memory',
    `WebAssembly memory cannot grow by ${size}: close other models, or use a smaller one`);
}

function requireSimd() {
  if (typeof WebAssembly !== 'object') {
    throw new LinnetError('unsupported', 'this JavaScript engine has no WebAssembly, which Linnet runs in');
  }
  if (!WebAssembly.validate(SIMD_MODULE)) {
    throw new LinnetError('unsupported', 'this JavaScript engine has no WebAssembly SIMD, which Linnet needs: it is in ' +
      'Chrome and Edge from 91, Firefox from 89, Safari from 16.4 and node from 16.4');
  }
}

const isNode = typeof process === 'object' && typeof process.versions?.node === 'string';

// The path of a file for node to read; null for what fetch() is for.
async function nodePath(source) {
  if (!isNode) return null;
  const text = String(source);
  if (text.startsWith('file:')) return (await import('node:url')).fileURLToPath(text);
  return /^[a-z][a-z0-9+.-]+:/i.test(text) ? null : text;
}

async function fetched(url) {
  let response;
  try {
    response = await fetch(url);
  } catch (cause) {
    throw new LinnetError('io', `cannot fetch ${url}: ${cause.message}`, { cause });
  }
  checkResponse(response, url);
  return response;
}

function checkResponse(response, url) {
  if (response.ok) return;
  throw new LinnetError(response.status === 404 ? 'not_found' : 'io',
    `cannot fetch ${url || response.url}: the server answers ${response.status} ${response.statusText}`.trimEnd());
}

function fileError(path, cause) {
  return new LinnetError(cause.code === 'ENOENT' ? 'not_found' : 'io', `cannot read '${path}': ${cause.message}`, { cause });
}

async function compile(wasm) {
  if (wasm instanceof WebAssembly.Module) return wasm;
  if (wasm instanceof ArrayBuffer || ArrayBuffer.isView(wasm)) return WebAssembly.compile(wasm);
  const url = wasm ?? new URL('./linnet.wasm', import.meta.url);
  const path = await nodePath(url);
  if (path !== null) {
    const { readFile } = await import('node:fs/promises');
    const bytes = await readFile(path).catch((cause) => { throw fileError(path, cause); });
    return WebAssembly.compile(bytes);
  }
  // Not compileStreaming: it refuses what a server does not call application/wasm.
  return WebAssembly.compile(await (await fetched(url)).arrayBuffer());
}

// One instance of the module: memory of its own, and the calls that JavaScript makes into it.
class Instance {
  constructor(module) {
    const exports = new WebAssembly.Instance(module, { wasi_snapshot_preview1: Instance.#wasi(() => exports.memory) }).exports;
    exports._initialize();
    this.exports = exports;
    this.error = this.allocated(exports.linnet_web_error_create(), 1024);
    this.pointer = this.allocated(exports.malloc(4), 4);
  }

  // What a C library without files still asks its host for: an empty environment, and to end.
  static #wasi(memory) {
    return {
      environ_sizes_get(count, bytes) {
        const view = new DataView(memory().buffer);
        view.setUint32(count, 0, true);
        view.setUint32(bytes, 0, true);
        return 0;
      },
      environ_get: () => 0,
      proc_exit(status) { throw new LinnetError('internal', `the module ended with status ${status}`); },
    };
  }

  allocated(address, bytes) {
    if (address === 0) throw noMemory(bytes);
    return address >>> 0;
  }

  // Memory for `bytes` bytes, for as long as `use` runs.
  lend(bytes, use) {
    const address = this.allocated(this.exports.malloc(bytes), bytes);
    try {
      return use(address);
    } finally {
      this.exports.free(address);
    }
  }

  // Views are made for each use: they end when memory grows.
  bytes(address, count) { return new Uint8Array(this.exports.memory.buffer, address, count); }
  words(address, count) { return new Uint32Array(this.exports.memory.buffer, address, count); }
  floats(address, count) { return new Float32Array(this.exports.memory.buffer, address, count); }

  string(address) {
    const rest = new Uint8Array(this.exports.memory.buffer, address >>> 0);
    return new TextDecoder().decode(rest.subarray(0, rest.indexOf(0)));
  }

  // A null-terminated string for as long as `use` runs; null for null.
  lendString(text, use) {
    if (text === null) return use(0);
    const bytes = new TextEncoder().encode(text);
    return this.lend(bytes.length + 1, (address) => {
      this.bytes(address, bytes.length).set(bytes);
      this.bytes(address + bytes.length, 1)[0] = 0;
      return use(address);
    });
  }

  check(code) {
    if (code === 0) return;
    throw new LinnetError(CODES[code] ?? 'internal', this.string(this.exports.linnet_web_error_message(this.error)));
  }

  // Makes an object by a function that writes its address to `pointer`.
  create(make) {
    this.check(make(this.pointer));
    return this.words(this.pointer, 1)[0];
  }
}

// Bytes that arrive in pieces, in module memory and aligned as a model needs it. A known size is taken at once; what
// turns out to be larger (a server that compresses announces the compressed size) moves.
class Inbox {
  constructor(instance, expected, onProgress) {
    Object.assign(this, { instance, expected, onProgress, size: 0, capacity: 0, address: 0 });
    this.reserve(expected ?? 1 << 20);
  }

  reserve(bytes) {
    const capacity = Math.ceil(bytes / 64 || 1) * 64;
    const { exports } = this.instance;
    if (capacity >= 2 ** 32) throw noMemory(capacity);  // what a 32-bit address cannot reach
    const address = this.instance.allocated(exports.aligned_alloc(64, capacity), capacity);
    if (this.address !== 0) {
      this.instance.bytes(address, this.size).set(this.instance.bytes(this.address, this.size));
      exports.free(this.address);
    }
    this.address = address;
    this.capacity = capacity;
  }

  // Where the next bytes go.
  rest() { return this.instance.bytes(this.address + this.size, this.capacity - this.size); }

  advance(bytes) {
    this.size += bytes;
    this.onProgress?.({ loaded: this.size, total: Math.max(this.size, this.expected ?? 0) || undefined });
  }

  add(piece) {
    if (this.size + piece.length > this.capacity) this.reserve(Math.max(this.size + piece.length, this.capacity * 1.5));
    this.rest().set(piece);
    this.advance(piece.length);
  }
}

async function readFileInto(instance, path, onProgress) {
  const { open } = await import('node:fs/promises');
  let file;
  try {
    file = await open(path);
    const { size } = await file.stat();
    const inbox = new Inbox(instance, size, onProgress);
    while (inbox.size < size) {
      const { bytesRead } = await file.read(inbox.rest(), 0, Math.min(size - inbox.size, 1 << 22), inbox.size);
      if (bytesRead === 0) break;
      inbox.advance(bytesRead);
    }
    return inbox;
  } catch (cause) {
    throw cause instanceof LinnetError ? cause : fileError(path, cause);
  } finally {
    await file?.close();
  }
}

async function readResponseInto(instance, response, onProgress) {
  const announced = Number(response.headers.get('content-length'));
  const inbox = new Inbox(instance, announced > 0 ? announced : undefined, onProgress);
  const reader = response.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return inbox;
      inbox.add(value);
    }
  } catch (cause) {
    if (cause instanceof LinnetError) throw cause;
    throw new LinnetError('io', `the download of ${response.url || 'the model'} broke off after ${inbox.size} bytes: ` +
      cause.message, { cause });
  }
}

// The model's bytes in module memory, wherever they come from.
async function load(instance, source, onProgress) {
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) {
    const bytes = ArrayBuffer.isView(source) ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
      : new Uint8Array(source);
    const inbox = new Inbox(instance, bytes.length, onProgress);
    inbox.add(bytes);
    return inbox;
  }
  if (typeof Response === 'function' && source instanceof Response) {
    checkResponse(source);
    return readResponseInto(instance, source, onProgress);
  }
  if (typeof source !== 'string' && !(source instanceof URL)) {
    throw invalid('a model is opened from a URL, an ArrayBuffer, a typed array or a Response');
  }
  const path = await nodePath(source);
  if (path !== null) return readFileInto(instance, path, onProgress);
  return readResponseInto(instance, await fetched(source), onProgress);
}

function encode(text, what) {
  if (typeof text !== 'string') throw invalid(`${what} is ${text === null ? 'null' : `a ${typeof text}`}, not a string`);
  if (/\p{Surrogate}/u.test(text)) {
    throw invalid(`${what} holds half of a surrogate pair, which no UTF-8 stands for (text.toWellFormed() replaces it)`);
  }
  return new TextEncoder().encode(text);
}

function promptName(options) {
  const { prompt = null } = options;
  if (prompt !== null && typeof prompt !== 'string') throw invalid('the prompt must be the name of one, a string');
  return prompt;
}

export class Linnet {
  #instance;
  #model = 0;
  #session = 0;

  // Not for callers: Linnet.open().
  constructor(instance, inbox, { isa = null, maxTokens = 0 }) {
    const { exports } = instance;
    this.#instance = instance;
    this.#model = instance.create((out) =>
      exports.linnet_model_from_memory(inbox.address, inbox.size, out, instance.error));
    this.#session = instance.lendString(isa, (name) => instance.create((out) =>
      exports.linnet_web_session_create(this.#model, name, maxTokens, out, instance.error)));
    this.isa = instance.string(exports.linnet_session_isa(this.#session));
    this.width = exports.linnet_model_width(this.#model, 0);
    this.maxTokens = exports.linnet_model_max_tokens(this.#model);
    this.fileBytes = inbox.size;
  }

  static async open(source, options = {}) {
    requireSimd();
    const { isa = null, maxTokens = 0, onProgress, wasm } = options;
    if (isa !== null && typeof isa !== 'string') throw invalid('isa must be the name of an instruction set, a string');
    if (!Number.isInteger(maxTokens) || maxTokens < 0 || maxTokens > 2 ** 31) {
      throw invalid(`maxTokens is ${maxTokens}, not a number of tokens`);
    }
    const instance = new Instance(await compile(wasm));
    return new Linnet(instance, await load(instance, source, onProgress), { isa, maxTokens });
  }

  static similarity(a, b) {
    if (a.length !== b.length) throw invalid(`embeddings of ${a.length} and ${b.length} numbers cannot be compared`);
    let product = 0, squaresOfA = 0, squaresOfB = 0;
    for (let i = 0; i < a.length; ++i) {
      product += a[i] * b[i];
      squaresOfA += a[i] * a[i];
      squaresOfB += b[i] * b[i];
    }
    return product === 0 ? 0 : product / Math.sqrt(squaresOfA * squaresOfB);
  }

  get memoryBytes() { return this.#open().exports.memory.buffer.byteLength; }

  embed(texts, options = {}) {
    const instance = this.#open();
    const list = typeof texts === 'string' ? [texts] : texts;
    if (!Array.isArray(list)) throw invalid('texts must be a string or an array of strings');
    if (list.length === 0) throw invalid('texts is empty: there is nothing to embed');
    const encoded = list.map((text, i) => encode(text, `text ${i}`));
    const rows = new Float32Array(list.length * this.width);
    instance.lendString(promptName(options), (prompt) => {
      for (let first = 0; first < encoded.length; first += GROUP) {
        rows.set(this.#embedGroup(encoded.slice(first, first + GROUP), prompt, first), first * this.width);
      }
    });
    return rows;
  }

  #embedGroup(encoded, prompt, first) {
    const instance = this.#instance;
    const count = encoded.length;
    const textBytes = encoded.reduce((sum, text) => sum + text.length, 0);
    // Rows, addresses, lengths, texts.
    const addresses = count * this.width * 4, lengths = addresses + 4 * count, data = lengths + 4 * count;
    return instance.lend(data + textBytes, (base) => {
      let at = base + data;
      encoded.forEach((text, i) => {
        instance.words(base + addresses, count)[i] = at;
        instance.words(base + lengths, count)[i] = text.length;
        instance.bytes(at, text.length).set(text);
        at += text.length;
      });
      const code = instance.exports.linnet_embed(this.#session, base + addresses, base + lengths, count, prompt, base,
        this.width, instance.error);
      try {
        instance.check(code);
      } catch (error) {
        throw first === 0 ? error : new LinnetError(error.code, `after ${first} texts: ${error.message}`);
      }
      return instance.floats(base, count * this.width).slice();
    });
  }

  rows(embeddings) {
    const count = embeddings.length / this.width;
    if (!Number.isInteger(count)) throw invalid(`${embeddings.length} numbers are not rows of ${this.width}`);
    return Array.from({ length: count }, (_, i) => embeddings.subarray(i * this.width, (i + 1) * this.width));
  }

  tokenize(text, options = {}) {
    const instance = this.#open();
    const encoded = encode(text, 'the text');
    // The number of ids, the ids, the text.
    const data = 4 + 4 * this.maxTokens;
    return instance.lendString(promptName(options), (prompt) => instance.lend(data + encoded.length, (base) => {
      instance.bytes(base + data, encoded.length).set(encoded);
      instance.check(instance.exports.linnet_tokenize(this.#session, base + data, encoded.length, prompt, base + 4,
        this.maxTokens, base, instance.error));
      const count = instance.words(base, 1)[0];
      return new Int32Array(instance.exports.memory.buffer, base + 4, count).slice();
    }));
  }

  close() {
    // The instance goes as a whole, and its memory with it.
    this.#instance = null;
    this.#session = this.#model = 0;
  }

  #open() {
    if (this.#instance === null) throw invalid('the model is closed');
    return this.#instance;
  }
}

if (typeof Symbol.dispose === 'symbol') Linnet.prototype[Symbol.dispose] = Linnet.prototype.close;
