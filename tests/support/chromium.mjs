// Drives a headless Chromium over its DevTools protocol, on pipes: nothing has to be installed but the browser.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// The command of a Chromium that starts; null when there is none.
export function findChromium() {
  for (const name of ['chromium', 'chromium-browser', 'google-chrome', 'chrome']) {
    if (spawnSync(name, ['--version'], { timeout: 60000 }).status === 0) return name;
  }
  return null;
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Browser {
  #calls = new Map();
  #last = 0;
  #listeners = [];

  static async start(command) {
    const browser = new Browser();
    browser.profile = mkdtempSync(join(tmpdir(), 'linnet-chromium-'));
    // No sandbox: containers and root have none. It only ever sees pages of this tree.
    browser.process = spawn(command, ['--headless=new', '--remote-debugging-pipe', '--no-sandbox', '--disable-gpu',
      '--no-first-run', '--disable-dev-shm-usage', '--hide-scrollbars', `--user-data-dir=${browser.profile}`, 'about:blank'],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    browser.process.on('exit', () => {
      for (const { reject } of browser.#calls.values()) reject(new Error('Chromium ended'));
    });
    let rest = '';
    browser.process.stdio[4].setEncoding('utf8').on('data', (data) => {
      const messages = (rest + data).split('\0');
      rest = messages.pop();
      messages.forEach((message) => browser.#receive(JSON.parse(message)));
    });
    return browser;
  }

  #receive({ id, result, error, method, params, sessionId }) {
    if (id === undefined) {
      for (const listen of this.#listeners) listen(method, params, sessionId);
      return;
    }
    const { resolve, reject } = this.#calls.get(id);
    this.#calls.delete(id);
    if (error) reject(new Error(`${error.message} ${error.data ?? ''}`));
    else resolve(result);
  }

  send(method, params = {}, sessionId = undefined) {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject });
      this.process.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  }

  listen(listener) { this.#listeners.push(listener); }

  async newPage() {
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    const page = new Page(this, sessionId);
    await Promise.all(['Page', 'Runtime', 'Log'].map((domain) => page.send(`${domain}.enable`)));
    return page;
  }

  async stop() {
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    await this.send('Browser.close').catch(() => {});
    await ended;
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

class Page {
  problems = [];  // what the console shows as an error

  constructor(browser, sessionId) {
    Object.assign(this, { browser, sessionId });
    browser.listen((method, params, session) => {
      if (session !== sessionId) return;
      if (method === 'Runtime.exceptionThrown') this.problems.push(params.exceptionDetails.exception?.description ?? 'exception');
      if (method === 'Runtime.consoleAPICalled' && ['error', 'warning'].includes(params.type)) {
        this.problems.push(params.args.map(({ value, description }) => value ?? description).join(' '));
      }
      if (method === 'Log.entryAdded' && params.entry.level === 'error') {
        this.problems.push(`${params.entry.text} ${params.entry.url ?? ''}`);
      }
    });
  }

  send(method, params) { return this.browser.send(method, params, this.sessionId); }

  async open(url) {
    const { errorText } = await this.send('Page.navigate', { url });
    if (errorText) throw new Error(`${url}: ${errorText}`);
  }

  async evaluate(expression) {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate',
      { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  // Until the expression is true; what `show` evaluates to tells why it never was.
  async until(expression, show = 'document.body.innerText', seconds = 180) {
    for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(100)) {
      if (await this.evaluate(expression).catch(() => false)) return;
    }
    throw new Error(`${expression} did not come true in ${seconds} s; the page: ${await this.evaluate(show)}`);
  }

  async type(text) { await this.send('Input.insertText', { text }); }

  async press(key) {
    const code = { Tab: 9, Enter: 13, Escape: 27, ArrowLeft: 37, ArrowRight: 39 }[key];
    for (const type of ['keyDown', 'keyUp']) {
      await this.send('Input.dispatchKeyEvent', { type, key, code: key,
        windowsVirtualKeyCode: code, text: key === 'Enter' ? '\r' : undefined });
    }
  }

  // Moves the mouse to the middle of an element.
  async hover(selector) {
    const [x, y] = await this.evaluate(`(() => {
      const element = document.querySelector(${JSON.stringify(selector)});
      element.scrollIntoView({ block: 'center' });
      const box = element.getBoundingClientRect();
      return [box.x + box.width / 2, box.y + box.height / 2];
    })()`);
    await this.send('Input.dispatchMouseEvent', { type: 'mouseMoved', x, y });
  }

  async look({ width, height, dark, media = '' }) {
    await this.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: width < 600 });
    await this.send('Emulation.setEmulatedMedia', { media, features: [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }] });
    await sleep(400);
  }

  // Of what is on the screen, or of the whole page.
  async screenshot(path, whole = false) {
    const { data } = await this.send('Page.captureScreenshot', { format: 'png', captureBeyondViewport: whole });
    writeFileSync(path, Buffer.from(data, 'base64'));
  }
}
