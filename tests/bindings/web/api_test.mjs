// linnet.js in node: what it gives, byte for byte, and what it says when it cannot.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import { Linnet, LinnetError } from '../../../bindings/web/linnet.js';
import { GOLDEN, PACKAGE, ROOT, bytesOf, golden } from './support.mjs';
import { limitMemory } from './wasm_limits.mjs';

const wasm = readFileSync(join(PACKAGE, 'linnet.wasm'));
const compiled = new WebAssembly.Module(wasm);
const modelBytes = readFileSync(GOLDEN);
const expected = golden();
const open = (source, options = {}) => Linnet.open(source, { wasm: compiled, ...options });

// That `work` throws or rejects with a LinnetError of this code whose message has all of these words.
async function fails(code, words, work) {
  await assert.rejects(async () => work(), (error) => {
    assert.ok(error instanceof LinnetError, String(error.stack));
    assert.equal(error.code, code, error.message);
    for (const word of words) assert.ok(error.message.includes(word), `'${error.message}' has no '${word}'`);
    return true;
  });
}

// A server that answers with `respond`, for as long as `use` runs.
async function served(respond, use) {
  const server = createServer(respond);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await use(`http://127.0.0.1:${server.address().port}/model.linnet`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

function assertGolden(model, what) {
  const rows = model.embed(expected.texts, { prompt: expected.prompt });
  assert.equal(Buffer.compare(bytesOf(rows), expected.bytes), 0, `${what}: other bytes than native`);
}

// The instruction sets of this module, as it names them to whoever asks for another.
async function instructionSets() {
  try {
    await open(modelBytes, { isa: 'none' });
  } catch (error) {
    return error.message.match(/can run: (.*)$/)[1].split(', ');
  }
  throw new Error('isa "none" was accepted');
}

test('every instruction set gives the bytes of native code', async () => {
  const names = await instructionSets();
  assert.ok(names.includes('scalar'), names.join());
  for (const isa of names) {
    const model = await open(modelBytes, { isa });
    assert.equal(model.isa, isa);
    assertGolden(model, isa);
  }
  assert.equal((await open(modelBytes)).isa, names[0]);
});

test('a model opens from a path, a URL, bytes of any kind and a response', async () => {
  const shifted = new Uint8Array(modelBytes.length + 3);
  shifted.set(modelBytes, 3);
  for (const source of [GOLDEN, pathToFileURL(GOLDEN), pathToFileURL(GOLDEN).href, modelBytes, shifted.subarray(3),
    shifted.slice(3).buffer, new DataView(shifted.buffer, 3), new Response(modelBytes)]) {
    assertGolden(await open(source), Object.prototype.toString.call(source));
  }
  assertGolden(await Linnet.open(GOLDEN), 'the module beside linnet.js');
  assertGolden(await Linnet.open(GOLDEN, { wasm: join(PACKAGE, 'linnet.wasm') }), 'the module by its path');
});

test('a fetched model is the same whatever the server says of its size, and its progress is told', async () => {
  const halves = [modelBytes.subarray(0, 30001), modelBytes.subarray(30001)];
  const servers = {
    'with its length': (_, response) => response.writeHead(200, { 'content-length': modelBytes.length }).end(modelBytes),
    'without a length': (_, response) => { response.write(halves[0]); response.end(halves[1]); },
    'compressed': (_, response) => {
      const packed = gzipSync(modelBytes);
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': packed.length }).end(packed);
    },
  };
  for (const [what, respond] of Object.entries(servers)) {
    const progress = [];
    const model = await served(respond, (url) => open(url, { onProgress: (event) => progress.push(event) }));
    assertGolden(model, what);
    assert.equal(model.fileBytes, modelBytes.length);
    assert.equal(progress.at(-1).loaded, modelBytes.length);
    for (const { loaded, total } of progress) assert.ok(total === undefined || loaded <= total);
  }
});

test('the module asks its host for three things only, and offers linnet.h but for files and heads', () => {
  assert.deepEqual(WebAssembly.Module.imports(compiled).map(({ name }) => name).sort(),
    ['environ_get', 'environ_sizes_get', 'proc_exit']);
  const header = readFileSync(join(ROOT, 'runtime/include/linnet/linnet.h'), 'utf8');
  const functions = [...header.matchAll(/^LINNET_API [^;(]*?(linnet_\w+)\(/gm)].map(([, name]) => name);
  assert.ok(functions.length >= 15, functions.join());
  const offered = new Set(WebAssembly.Module.exports(compiled).map(({ name }) => name));
  const without = /^linnet_(model_open|tag$|answer$|fill_mask$|rerank$)/;
  for (const name of functions) assert.equal(offered.has(name), !without.test(name), name);
});

test('the codes are those of linnet.h, in its order, in the program and in its types', () => {
  const header = readFileSync(join(ROOT, 'runtime/include/linnet/linnet.h'), 'utf8');
  const codes = header.match(/typedef enum linnet_code \{(.*?)\} linnet_code;/s)[1];
  const names = [...codes.matchAll(/^ {2}LINNET_(\w+) = (\d+)/gm)].map(([, name, value], i) => {
    assert.equal(Number(value), i);
    return name.toLowerCase();
  });
  const quoted = (text) => [...text.matchAll(/'(\w+)'/g)].map(([, name]) => name);
  const program = readFileSync(join(PACKAGE, 'linnet.js'), 'utf8');
  assert.deepEqual(quoted(program.match(/CODES = \[(.*?)\]/s)[1]), names);
  const types = readFileSync(join(PACKAGE, 'linnet.d.ts'), 'utf8');
  assert.deepEqual(quoted(types.match(/type LinnetCode =(.*?);/s)[1]), names.slice(1));
});

test('more texts than go into one call give the rows that each gives alone', async () => {
  const model = await open(modelBytes);
  const texts = Array.from({ length: 260 }, (_, i) => ['the cat', 'a dog', 'blue house'][i % 3] + ' the'.repeat(i % 2));
  const rows = model.rows(model.embed(texts));
  assert.equal(rows.length, 260);
  for (let i = 0; i < 260; i += 37) {
    assert.equal(Buffer.compare(bytesOf(rows[i]), bytesOf(model.embed(texts[i]))), 0, `text ${i}`);
  }
});

test('memory does not grow from call to call', async () => {
  const model = await open(modelBytes);
  const texts = Array(300).fill('the cat');
  const call = () => {
    model.embed(texts);
    model.tokenize(texts[0]);
    assert.throws(() => model.embed(texts, { prompt: 'no such prompt' }));
  };
  call();
  const before = model.memoryBytes;
  for (let i = 0; i < 5; ++i) call();
  assert.equal(model.memoryBytes, before);
});

test('tokenize gives the ids that embed sees', async () => {
  const model = await open(modelBytes);
  const { text_ids: ids, texts, prompt } = JSON.parse(readFileSync(join(ROOT, 'tests/data/models/v1/expected/cases.json')));
  texts.forEach((text, i) => assert.deepEqual([...model.tokenize(text, { prompt })], ids[i], text));
  assert.equal(model.maxTokens, 24);
  assert.equal(model.tokenize('cat '.repeat(1000)).length, 24);
});

test('similarity is the cosine', async () => {
  assert.equal(Linnet.similarity([3, 4], [3, 4]), 1);
  assert.equal(Linnet.similarity([1, 0], [0, 5]), 0);
  assert.equal(Linnet.similarity([1, 2], [-2, -4]), -1);
  assert.equal(Linnet.similarity([0, 0], [1, 1]), 0);
  await fails('invalid_argument', ['2', '3'], () => Linnet.similarity([1, 2], [1, 2, 3]));
});

test('what is no Linnet model is an error that says so', async () => {
  await fails('corrupt', ['not a Linnet model'], () => open(new TextEncoder().encode('<!doctype html>'.repeat(20))));
  await fails('corrupt', [], () => open(new Uint8Array(0)));
  await fails('corrupt', ['bytes'], () => open(modelBytes.subarray(0, 20000)));
  const newer = Uint8Array.from(modelBytes);
  newer[8] = 99;
  await fails('unsupported', ['99'], () => open(newer));
  const damaged = Uint8Array.from(modelBytes);
  damaged[200] ^= 1;
  await fails('corrupt', ['damaged'], () => open(damaged));
  await fails('invalid_argument', ['URL'], () => open(7));
  await fails('invalid_argument', ['URL'], () => open(null));
});

test('a file or an address that cannot be read is named', async () => {
  await fails('not_found', ['nowhere/model.linnet'], () => open('nowhere/model.linnet'));
  await fails('io', [tmpdir()], () => open(tmpdir()));
  await fails('not_found', ['nowhere.wasm'], () => Linnet.open(GOLDEN, { wasm: 'nowhere.wasm' }));
  await served((_, response) => response.writeHead(404).end(),
    (url) => fails('not_found', [url, '404'], () => open(url)));
  await served((_, response) => response.writeHead(500).end(), (url) => fails('io', [url, '500'], () => open(url)));
  await served((_, response) => {
    response.writeHead(200, { 'content-length': modelBytes.length });
    response.write(modelBytes.subarray(0, 1000), () => response.destroy());
  }, (url) => fails('io', ['broke off', url], () => open(url)));
  const gone = await served(() => {}, (url) => url);
  await fails('io', [gone], () => open(gone));
});

test('wrong texts and options are named', async () => {
  const model = await open(modelBytes);
  await fails('invalid_argument', ['empty'], () => model.embed([]));
  await fails('invalid_argument', ['text 1', 'number'], () => model.embed(['a', 7]));
  await fails('invalid_argument', ['text 0', 'null'], () => model.embed([null]));
  await fails('invalid_argument', ['array'], () => model.embed(undefined));
  await fails('invalid_argument', ['text 2', 'surrogate'], () => model.embed(['a', 'b', 'c\ud800']));
  await fails('invalid_argument', ['surrogate'], () => model.tokenize('\udc00'));
  await fails('not_found', ['nothing', 'query'], () => model.embed('a', { prompt: 'nothing' }));
  await fails('invalid_argument', ['prompt'], () => model.embed('a', { prompt: 3 }));
  await fails('invalid_argument', ['avx2', 'scalar'], () => open(modelBytes, { isa: 'avx2' }));
  await fails('invalid_argument', ['isa'], () => open(modelBytes, { isa: 3 }));
  await fails('invalid_argument', ['maxTokens'], () => open(modelBytes, { maxTokens: -1 }));
  await fails('limit', ['10'], async () => (await open(modelBytes, { maxTokens: 10 })).embed('the cat '.repeat(9)));
  assert.equal(model.embed('\u{1f426} \0').length, model.width);  // pairs of surrogates and NULs are text
});

test('a closed model says that it is closed', async () => {
  const model = await open(modelBytes);
  model.close();
  model.close();
  await fails('invalid_argument', ['closed'], () => model.embed('a'));
  await fails('invalid_argument', ['closed'], () => model.tokenize('a'));
  if (typeof Symbol.dispose === 'symbol') (await open(modelBytes))[Symbol.dispose]();
});

test('memory that cannot grow is an error with the size', async () => {
  const model = await open(modelBytes, { wasm: limitMemory(wasm, 200) });
  assertGolden(model, 'a module with room enough');
  await fails('out_of_memory', ['cannot grow', '61 KB'], () => open(modelBytes, { wasm: limitMemory(wasm, 2) }));
  // Room for the file, not for a session.
  await fails('out_of_memory', ['session', 'bytes'], () => open(modelBytes, { wasm: limitMemory(wasm, 8) }));
  // What 32 bits cannot address is refused before anything is read.
  const endless = new Response(modelBytes, { headers: { 'content-length': '5000000000' } });
  await fails('out_of_memory', ['5000.0 MB'], () => open(endless));
});

test('an engine without SIMD is told so before anything is compiled', async () => {
  const { validate, compile } = WebAssembly;
  let asked = 0;
  try {
    WebAssembly.validate = (bytes) => {
      asked += validate(bytes) ? 1 : 0;  // here it has it: the question itself is a sound module
      return false;
    };
    WebAssembly.compile = () => assert.fail('compiled');
    await fails('unsupported', ['SIMD', 'Safari'], () => Linnet.open(GOLDEN));
    assert.equal(asked, 1);
  } finally {
    Object.assign(WebAssembly, { validate, compile });
  }
});

test('it runs in a worker', async () => {
  const worker = new Worker(`
    import { parentPort, workerData } from 'node:worker_threads';
    import(workerData.library).then(async ({ Linnet }) => {
      const model = await Linnet.open(workerData.model);
      parentPort.postMessage(model.embed(workerData.texts, { prompt: workerData.prompt }));
    });`.replace(/import \{(.*)\} from '(.*)';/, "const {$1} = require('$2');"), {
    eval: true,
    workerData: { library: pathToFileURL(join(PACKAGE, 'linnet.js')).href, model: GOLDEN, texts: expected.texts,
      prompt: expected.prompt },
  });
  const rows = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  await worker.terminate();
  assert.equal(Buffer.compare(bytesOf(rows), expected.bytes), 0);
});

test('embed.mjs writes rows and names what is wrong', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-web-'));
  const run = (...words) => spawnSync(process.execPath, [join(PACKAGE, 'embed.mjs'), ...words], { encoding: 'utf8' });
  try {
    const texts = join(folder, 'texts.txt'), out = join(folder, 'rows.bin');
    writeFileSync(texts, 'the cat\n\nA dog, a bird;\r\nlast');
    const { stdout, stderr, status } = run(GOLDEN, texts, out, 'scalar');
    assert.equal(status, 0, stderr);
    assert.equal(stdout, '4 rows of 36 floats, scalar\n');
    const model = await open(modelBytes);
    const rows = model.embed(['the cat', '', 'A dog, a bird;\r', 'last']);
    assert.equal(Buffer.compare(readFileSync(out), bytesOf(rows)), 0);
    assert.equal(run(GOLDEN).status, 2);
    const wrong = run(join(folder, 'none.linnet'), texts, out);
    assert.equal(wrong.status, 1);
    assert.match(wrong.stderr, /none\.linnet/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
