// What the tests of bindings/web share.
import { createServer } from 'node:http';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { extname, join, normalize } from 'node:path';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
export const PACKAGE = join(ROOT, 'bindings/web');
export const GOLDEN = join(ROOT, 'tests/data/models/v1/tiny_bert_int8.linnet');
export const CASES = join(ROOT, 'tests/data/models/v1/expected/cases.json');
export const MINILM = join(ROOT, '.cache/models/minilm-int8.linnet');

// The texts of the golden model, the prompt to embed them with, and the bytes that every machine gives for them.
export function golden() {
  const folder = join(ROOT, 'tests/data/models/v1/expected');
  const { texts, prompt } = JSON.parse(readFileSync(CASES, 'utf8'));
  return { texts, prompt, bytes: npyBytes(join(folder, 'int8_texts.npy')) };
}

// The numbers of a float32 .npy file, as bytes.
export function npyBytes(path) {
  const file = readFileSync(path);
  return file.subarray(10 + file.readUInt16LE(8));
}

export function bytesOf(rows) {
  return Buffer.from(rows.buffer, rows.byteOffset, rows.byteLength);
}

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm', '.webmanifest': 'application/manifest+json' };

// Serves bindings/web, with the files of `others` (path -> file) beside it.
export async function serve(others = {}, port = 0) {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(request.url.split('?')[0]));
    let file = others[path] ?? join(PACKAGE, path);
    if (file.endsWith('/')) file += 'index.html';
    if (!existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    const body = readFileSync(file);
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream', 'content-length': body.length });
    response.end(body);
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    origin: `http://localhost:${server.address().port}`,
    stop: () => new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    }),
  };
}

// Ends the program the way that CTest counts as skipped.
export function skip(reason) {
  console.log(`skipped: ${reason}`);
  process.exit(77);
}
