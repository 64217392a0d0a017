// The demo page in a headless Chromium: it loads without a complaint, finds what it should, works without its server,
// and looks as it should (screenshots, for people to look at).
//
//   node browser_test.mjs [FOLDER]    FOLDER: where the screenshots go
import assert from 'node:assert/strict';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Browser, findChromium } from '../../support/chromium.mjs';
import { CASES, MINILM, serve, skip } from './support.mjs';

const folder = process.argv[2] ?? 'build/wasm/screenshots';
const chromium = findChromium();
if (chromium === null) skip('there is no Chromium (scripts/setup wasm installs it on Debian)');
if (!existsSync(MINILM)) skip('there is no .cache/models/minilm-int8.linnet (scripts/make-model makes it)');
mkdirSync(folder, { recursive: true });

const MODEL = '/demo/minilm-int8.linnet';
const READY = "document.body.dataset.state === 'ready'";
const result = (i) => `document.querySelectorAll('#results .text')[${i}]?.textContent`;
const figure = (id) => `document.getElementById('${id}').textContent`;

async function ask(page, query) {
  await page.evaluate("document.getElementById('query').value = ''");
  await page.evaluate("document.getElementById('query').focus()");
  await page.type(query);
  await page.until(`document.body.dataset.shown === ${JSON.stringify(query)}`);
}

const steps = {
  async 'loads without errors and says what it costs'() {
    await page.open(`${server.origin}/demo/`);
    await page.until(READY);
    assert.deepEqual(page.problems, []);
    assert.match(await page.evaluate(figure('model-size')), /^2\d\.\d MB$/);
    assert.match(await page.evaluate(figure('wasm-size')), /^\d+ KB$/);
    assert.match(await page.evaluate(figure('load-time')), /^[\d.]+ m?s$/);
    assert.equal(await page.evaluate(figure('offline')), 'works');
    assert.match(await page.evaluate('document.getElementById("state").textContent'), /Ready: \d\d lines/);
  },

  async 'ranks lines by their meaning'() {
    for (const [query, line] of [
      ['a pet that is scared of housework', 'Our puppy is afraid of the vacuum cleaner.'],
      ['why we arrived late', 'The train was forty minutes late, and nobody told us why.'],
      ['I cannot remember how to log in', 'I forgot my password and locked myself out of the account.'],
    ]) {
      await ask(page, query);
      assert.equal(await page.evaluate(result(0)), line);
    }
    assert.equal(await page.evaluate("document.querySelectorAll('#results li').length"), 10);
    const scores = await page.evaluate("[...document.querySelectorAll('#results .score')].map((e) => Number(e.textContent))");
    assert.deepEqual(scores, [...scores].sort((a, b) => b - a));
    assert.match(await page.evaluate(figure('latency')), /^[\d.]+ m?s$/);
    assert.equal(await page.evaluate(figure('queries')), '3');
    assert.ok(Number(await page.evaluate(figure('tokens'))) > 5);
    assert.match(await page.evaluate(figure('summary')), /^64 lines ranked\. Closest: I forgot/);
  },

  async 'looks as it should'() {
    await ask(page, 'a pet that is scared of housework');
    for (const [name, width, height] of [['phone', 390, 844], ['desktop', 1280, 860]]) {
      for (const dark of [false, true]) {
        await page.look({ width, height, dark });
        await page.screenshot(join(folder, `${name}-${dark ? 'dark' : 'light'}.png`));
        assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), `${name}: wider than the screen`);
      }
    }
  },

  async 'can be used with the keyboard alone, and everything in it has a name'() {
    await page.evaluate('document.activeElement.blur()');
    const reached = [];
    for (let i = 0; i < 14; ++i) {
      await page.press('Tab');
      reached.push(await page.evaluate('document.activeElement.id || document.activeElement.textContent'));
    }
    for (const wanted of ['query', 'feeling ill', 'lines', 'restore', 'file']) assert.ok(reached.includes(wanted), reached.join(', '));
    const { nodes } = await page.send('Accessibility.getFullAXTree');
    for (const { role, name, ignored } of nodes) {
      if (!ignored && ['button', 'searchbox', 'textbox', 'progressbar', 'list', 'image'].includes(role.value)) {
        assert.ok(name?.value, `a ${role.value} has no name`);
      }
    }
  },

  async 'searches lines of the user’s own'() {
    await page.evaluate("document.getElementById('lines').value = 'Ein Satz\\nthe moon is bright tonight\\n\\n  a bill to pay  '");
    await page.evaluate("document.querySelector('#own [type=submit]').click()");
    await page.until("document.getElementById('state').textContent === 'Ready: 3 lines.'");
    await ask(page, 'money that I owe');
    assert.equal(await page.evaluate(result(0)), 'a bill to pay');
    await page.evaluate("document.getElementById('lines').value = '  \\n'");
    await page.evaluate("document.querySelector('#own [type=submit]').click()");
    await page.until("document.getElementById('state').className === 'wrong'");
  },

  async 'works when its server is gone'() {
    await server.stop();
    await page.open('about:blank');
    await page.open(`${server.origin}/demo/`);
    await page.until(READY);
    await ask(page, 'stars and planets');
    assert.match(await page.evaluate(result(0)), /telescope|Astronomers/);
  },

  async 'says what is wrong with a server’s model'() {
    const page = await browser.newPage();
    for (const [others, message] of [[{ [MODEL]: 'none' }, /404/], [{ [MODEL]: CASES }, /not a Linnet model/]]) {
      const server = await serve(others);
      try {
        await page.open(`${server.origin}/demo/`);
        await page.until("document.getElementById('state').className === 'wrong'");
        assert.match(await page.evaluate(figure('state')), message);
      } finally {
        await server.stop();
      }
    }
  },
};

const server = await serve({ [MODEL]: MINILM });
const browser = await Browser.start(chromium);
const page = await browser.newPage();
let failed = 0;
try {
  for (const [name, step] of Object.entries(steps)) {
    try {
      await step();
      console.log(`ok: ${name}`);
    } catch (error) {
      ++failed;
      console.log(`FAILED: ${name}\n${error.stack}`);
    }
  }
} finally {
  await browser.stop();
  await server.stop().catch(() => {});
}
console.log(`screenshots: ${folder}`);
process.exitCode = failed > 0 ? 1 : 0;
