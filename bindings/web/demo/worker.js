// The model, off the page's own thread: it embeds the lines once and ranks them for each query.
import { Linnet } from '../linnet.js';

const MODEL = 'minilm-int8.linnet';
const PIECE = 8;  // lines between two looks at what the page wants

let model;
let texts = [];
let rows = [];
let job = 0;  // the latest list of lines

async function load() {
  const start = performance.now();
  const response = await fetch('../linnet.wasm');
  if (!response.ok) throw new Error(`there is no linnet.wasm beside linnet.js: the server answers ${response.status}`);
  const wasm = await response.arrayBuffer();
  const url = new URL(MODEL, import.meta.url).href;
  model = await Linnet.open(url, {
    wasm,
    isa: new URL(self.location).searchParams.get('isa'),
    onProgress: ({ loaded, total }) => postMessage({ type: 'loading', loaded, total }),
  });
  postMessage({ type: 'ready', loadMs: performance.now() - start, url, modelBytes: model.fileBytes, wasmBytes: wasm.byteLength,
    isa: model.isa });
}

async function embedLines(lines) {
  const mine = ++job;
  const made = [];
  for (let first = 0; first < lines.length; first += PIECE) {
    made.push(...model.rows(model.embed(lines.slice(first, first + PIECE))));
    postMessage({ type: 'lines', done: made.length, of: lines.length });
    await new Promise((resume) => setTimeout(resume));  // messages come in between
    if (mine !== job) return;
  }
  texts = lines;
  rows = made;
  postMessage({ type: 'indexed', count: lines.length, memoryBytes: model.memoryBytes });
}

function rank({ id, query, most }) {
  const start = performance.now();
  const wanted = model.embed(query);
  const ms = performance.now() - start;
  const found = rows.map((row, i) => ({ text: texts[i], similarity: Linnet.similarity(wanted, row) }))
    .sort((a, b) => b.similarity - a.similarity).slice(0, most);
  postMessage({ type: 'ranked', id, query, found, ms, tokens: model.tokenize(query).length });
}

const answer = { lines: ({ lines }) => embedLines(lines), query: rank };
const failed = (error) => postMessage({ type: 'failed', message: error.message });

const loading = load();
loading.catch(failed);
self.onmessage = async ({ data }) => {
  try {
    await loading;
  } catch {
    return;  // told already
  }
  try {
    await answer[data.type](data);
  } catch (error) {
    failed(error);
  }
};
