// The page: what is typed goes to the worker, what it finds is shown.
import { QUERIES, TEXTS } from './texts.js';

const MOST = 10;  // results shown
const at = (id) => document.getElementById(id);
const query = at('query'), lines = at('lines'), state = at('state'), progress = at('progress');

let worker;
let asked = 0, shown = 0;  // queries by number: an answer that a later one has overtaken is dropped
let times = [];
let lineCount = 0;
let modelUrl;

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
const milliseconds = (ms) => ms < 1000 ? `${ms.toFixed(ms < 10 ? 1 : 0)} ms` : `${(ms / 1000).toFixed(1)} s`;
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

function say(text, done) {
  state.textContent = text;
  state.classList.remove('wrong');
  progress.hidden = done === undefined;
  if (done !== undefined) progress.value = done;
}

function complain(text) {
  say(text);
  state.classList.add('wrong');
}

function search() {
  const text = query.value.trim();
  if (text === '') {
    shown = ++asked;  // whatever is still on its way is too late
    at('results').replaceChildren();
    at('summary').textContent = '';
    return;
  }
  worker.postMessage({ type: 'query', id: ++asked, query: text.toWellFormed?.() ?? text, most: MOST });
}

function useLines(list) {
  const texts = list.map((line) => line.trim()).filter((line) => line !== '');
  if (texts.length === 0) return complain('There are no lines to search: type or drop some first.');
  lines.value = texts.join('\n');
  say(`Reading ${texts.length} lines …`, 0);
  worker.postMessage({ type: 'lines', lines: texts });
}

function resultItem({ text, similarity }) {
  const item = document.createElement('li');
  const line = document.createElement('span'), score = document.createElement('span'), bar = document.createElement('span');
  const fill = document.createElement('span');
  line.className = 'text';
  line.textContent = text;
  score.className = 'score';
  score.textContent = similarity.toFixed(2);
  bar.className = 'bar';
  bar.setAttribute('aria-hidden', 'true');  // the number says the same
  fill.style.width = `${Math.max(0, similarity) * 100}%`;
  bar.append(fill);
  item.append(line, score, bar);
  return item;
}

const receive = {
  loading({ loaded, total }) {
    say(`Loading the model: ${megabytes(loaded)}${total ? ` of ${megabytes(total)}` : ''}`, total ? loaded / total : 0);
  },
  ready({ loadMs, url, modelBytes, wasmBytes, isa }) {
    modelUrl = url;
    at('load-time').textContent = milliseconds(loadMs);
    at('model-size').textContent = megabytes(modelBytes);
    at('wasm-size').textContent = `${Math.round(wasmBytes / 1000)} KB`;
    at('isa').textContent = isa;
  },
  lines({ done, of }) { say(`Reading the lines: ${done} of ${of}`, done / of); },
  async indexed({ count, memoryBytes }) {
    lineCount = count;
    at('offline').textContent = await isKept(modelUrl) ? 'works' : 'does not work';
    at('memory').textContent = megabytes(memoryBytes);
    query.disabled = false;
    for (const button of at('examples').children) button.disabled = false;
    say(`Ready: ${count} lines.`);
    document.body.dataset.state = 'ready';
    search();
  },
  ranked({ id, query: wanted, found, ms, tokens }) {
    times.push(ms);
    at('queries').textContent = times.length;
    at('latency').textContent = milliseconds(median(times));
    at('tokens').textContent = tokens;
    if (id < shown) return;
    shown = id;
    at('results').replaceChildren(...found.map(resultItem));
    at('summary').textContent = `${lineCount} lines ranked. Closest: ${found[0].text}`;
    document.body.dataset.shown = wanted;
  },
  failed({ message }) { complain(`This does not work here: ${message}`); },
};

async function readFile(file) {
  try {
    useLines((await file.text()).split('\n'));
  } catch (error) {
    complain(`'${file.name}' cannot be read: ${error.message}`);
  }
}

// The service worker keeps all that the page needs. It has to be in charge before the model is fetched, or the model
// would not be kept; where there is none (no https, a private window), the page works, but only with the network.
async function prepareOffline() {
  const container = navigator.serviceWorker;
  if (!container) return;
  try {
    await container.register('sw.js');
    if (container.controller) return;
    await Promise.race([
      new Promise((resolve) => container.addEventListener('controllerchange', resolve, { once: true })),
      new Promise((resolve) => setTimeout(resolve, 3000)),
    ]);
  } catch (error) {
    console.info(`nothing is kept for use without a network: ${error.message}`);
  }
}

async function isKept(url) {
  return 'caches' in self && navigator.serviceWorker?.controller != null && await caches.match(url) !== undefined;
}

function listen() {
  let timer;
  query.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(search, 100);
  });
  at('search').addEventListener('submit', (event) => {
    event.preventDefault();
    clearTimeout(timer);
    search();
  });
  at('examples').append(...QUERIES.map((text) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.disabled = true;
    button.textContent = text;
    button.addEventListener('click', () => {
      query.value = text;
      search();
    });
    return button;
  }));
  at('own').addEventListener('submit', (event) => {
    event.preventDefault();
    useLines(lines.value.split('\n'));
  });
  at('restore').addEventListener('click', () => useLines(TEXTS));
  at('file').addEventListener('change', ({ target }) => target.files[0] && readFile(target.files[0]));
  for (const kind of ['dragenter', 'dragover', 'dragleave', 'drop']) {
    lines.addEventListener(kind, (event) => {
      event.preventDefault();
      lines.classList.toggle('over', kind === 'dragenter' || kind === 'dragover');
      if (kind !== 'drop') return;
      const file = event.dataTransfer.files[0];
      if (file) readFile(file);
      else useLines(event.dataTransfer.getData('text').split('\n'));
    });
  }
}

listen();
await prepareOffline();
worker = new Worker(`worker.js${location.search}`, { type: 'module' });
worker.onmessage = ({ data }) => receive[data.type](data);
worker.onerror = (event) => complain(`This does not work here: ${event.message ?? 'the worker cannot start'}`);
useLines(TEXTS);
