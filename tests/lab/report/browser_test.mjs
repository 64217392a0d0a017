// The page of linnet compare in a headless Chromium, opened from the disk: no complaint, everything by keyboard, readable
// on a phone, in the dark, on paper and without JavaScript.
//
//   node browser_test.mjs SAMPLE FOLDER    SAMPLE: the program that writes sample pages; FOLDER: for pages and screenshots
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Browser, findChromium } from '../../support/chromium.mjs';

const [sample, folder] = process.argv.slice(2);
const chromium = findChromium();
if (chromium === null) {
  console.log('skipped: there is no Chromium (scripts/setup wasm installs it on Debian)');
  process.exit(77);
}
mkdirSync(folder, { recursive: true });

function pageOf(kind) {
  const path = resolve(folder, `${kind}.html`);
  assert.equal(spawnSync(sample, [kind, path], { stdio: 'inherit' }).status, 0);
  return path;
}

const large = pageOf('large'), small = pageOf('small');
const open = async (page, path) => {
  await page.open(pathToFileURL(path).href);
  await page.until("document.readyState === 'complete'");
};
const firstRow = `(() => { const row = document.querySelector('table.sortable tbody tr'); return row.cells[0].querySelector('bdi').textContent; })()`;

// Presses Tab until `wanted` has the focus.
async function tabTo(page, wanted, most = 80) {
  for (let i = 0; i < most; ++i) {
    await page.press('Tab');
    if (await page.evaluate(wanted)) return;
  }
  throw new Error(`${wanted}: not reached by ${most} tabs`);
}

// WCAG's contrast of two CSS colours.
const CONTRAST = `((a, b) => {
  const light = (color) => {
    const [r, g, b] = color.match(/[\\d.]+/g).slice(0, 3).map((x) => Number(x) / 255)
      .map((x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [low, high] = [light(a), light(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
})`;

const steps = {
  async 'opens from the disk without a complaint, and names stay text'() {
    await open(page, large);
    assert.deepEqual(page.problems, []);
    assert.equal(await page.evaluate("document.querySelectorAll('script').length"), 1);
    assert.ok((await page.evaluate('document.body.innerText')).includes('<script>alert(1)</script>"\'&'));
    assert.ok(readFileSync(large).length < 300000);
  },

  async 'its policy stops every other script and style'() {
    const ran = await page.evaluate(`(() => {
      document.body.insertAdjacentHTML('beforeend', '<p id="odd" style="color: red" onclick="window.odd = 1">x</p>');
      document.getElementById('odd').click();
      const script = document.createElement('script');
      script.textContent = 'window.odd = 2';
      document.body.append(script);
      const color = getComputedStyle(document.getElementById('odd')).color;
      document.getElementById('odd').remove();
      return [window.odd === undefined, color !== 'rgb(255, 0, 0)'];
    })()`);
    assert.deepEqual(ran, [true, true]);
    page.problems.length = 0;
  },

  async 'tables are sorted by the keyboard'() {
    await open(page, large);
    assert.equal(await page.evaluate(firstRow), 'minilm');
    await tabTo(page, "document.activeElement.matches('th button') && document.activeElement.textContent.startsWith('size')");
    await page.press('Enter');
    assert.equal(await page.evaluate(firstRow), 'minilm-int4');
    assert.equal(await page.evaluate("document.activeElement.closest('th').getAttribute('aria-sort')"), 'ascending');
    await page.press('Enter');
    assert.equal(await page.evaluate(firstRow), 'minilm');
    assert.equal(await page.evaluate("document.querySelectorAll('[aria-sort]').length"), 1);
    assert.equal(await page.evaluate("document.querySelector('[aria-sort]').getAttribute('aria-sort')"), 'descending');
    const last = "[...document.querySelectorAll('table.sortable')][0].tBodies[0].rows";
    assert.equal(await page.evaluate(`[...${last}].at(-1).querySelector('bdi').textContent`), 'absent.linnet',
      'what has no number stays at the end');
  },

  async 'one shape at a time is shown, chosen by the keyboard'() {
    const shown = "[...document.querySelectorAll('figure.shape')].filter((f) => !f.hidden).map((f) => f.dataset.shape).join()";
    await open(page, large);
    assert.equal(await page.evaluate(shown), '1 × 16 tokens');
    await tabTo(page, "document.activeElement.name === 'shape'");
    await page.press('ArrowRight');
    assert.equal(await page.evaluate(shown), '1 × 128 tokens');
  },

  async 'exact numbers come by focus, go by Escape, and come by hovering'() {
    await page.look({ width: 1280, height: 900, dark: false });
    await open(page, large);
    const tip = "[...document.querySelectorAll('.tip')].filter((t) => !t.hidden).map((t) => t.textContent).join()";
    assert.equal(await page.evaluate(tip), '');
    await tabTo(page, "document.activeElement.matches('.canvas button')");
    assert.match(await page.evaluate(tip), /^minilm-4-layers-int8\nmedian 0\.355 ms, 95% within 0\.408 ms\nspearman 0\.7952/);
    assert.match(await page.evaluate('document.activeElement.getAttribute("aria-label")'), /0\.7952.*18\.9 MB/);
    await page.press('Escape');
    assert.equal(await page.evaluate(tip), '');
    await page.hover('figure.shape:not([hidden]) .plot.wide .dot.elsewhere');
    await page.until(`${tip}.includes('measured elsewhere')`, tip, 10);
  },

  async 'every picture and control has a name'() {
    const { nodes } = await page.send('Accessibility.getFullAXTree');
    let seen = 0;
    for (const { role, name, ignored } of nodes) {
      if (!ignored && ['button', 'radio', 'image', 'img', 'table', 'region'].includes(role.value)) {
        ++seen;
        assert.ok(name?.value, `a ${role.value} has no name`);
      }
    }
    assert.ok(seen > 10, `${seen} seen`);
  },

  async 'labels lie on no other label'() {
    for (const [kind, width] of [['wide', 1280], ['narrow', 360]]) {
      await page.look({ width, height: 900, dark: false });
      await open(page, large);
      const overlaps = await page.evaluate(`(() => {
        const labels = [...document.querySelectorAll('figure.shape:not([hidden]) .plot.${kind} .label')];
        const boxes = labels.map((label) => label.getBoundingClientRect());
        const found = [];
        boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b, j) => {
          const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
          const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
          if (wide > 1 && high > 4) found.push(labels[i].textContent + ' / ' + labels[i + 1 + j].textContent);
        }));
        return [found, labels.length];
      })()`);
      assert.deepEqual(overlaps[0], [], kind);
      assert.ok(overlaps[1] >= 12, `${overlaps[1]} labels`);
    }
  },

  async 'nothing is wider than a phone, and colours have contrast in both modes'() {
    const grounds = [];
    for (const [kind, path] of [['large', large], ['small', small]]) {
      for (const [name, width, height] of [['phone', 360, 780], ['desktop', 1280, 900]]) {
        for (const dark of [false, true]) {
          await page.look({ width, height, dark });
          await open(page, path);
          await page.screenshot(join(folder, `${kind}-${name}-${dark ? 'dark' : 'light'}.png`), true);
          assert.ok(await page.evaluate(`document.documentElement.scrollWidth <= ${width} && innerWidth <= ${width}`), `${kind} ${name}: too wide`);
          assert.deepEqual(page.problems, []);
          grounds.push(await page.evaluate('getComputedStyle(document.body).backgroundColor'));
          const poor = await page.evaluate(`[...document.querySelectorAll('p, dt, dd, th, td, small, .place, .mark, .label, .tick, h1, li')]
            .map((e) => [e.className.baseVal ?? e.className, ${CONTRAST}(
              e instanceof SVGElement ? getComputedStyle(e).fill : getComputedStyle(e).color,
              getComputedStyle(document.body).backgroundColor)]).filter(([, contrast]) => contrast < 4.5)`);
          assert.deepEqual(poor, []);
        }
      }
    }
    assert.equal(new Set(grounds).size, 2, 'a light ground and a dark one');
  },

  async 'on paper all shapes are there, and none of the controls'() {
    await page.look({ width: 800, height: 1100, dark: true, media: 'print' });
    await open(page, large);
    assert.equal(await page.evaluate("[...document.querySelectorAll('figure.shape')].every((f) => f.offsetHeight > 0)"), true);
    assert.equal(await page.evaluate("document.querySelector('.shapes').offsetHeight"), 0);
    assert.equal(await page.evaluate('getComputedStyle(document.body).backgroundColor'), 'rgb(255, 255, 255)');
    await page.look({ width: 1280, height: 900, dark: false });
  },

  async 'without JavaScript everything is there'() {
    await page.send('Emulation.setScriptExecutionDisabled', { value: true });
    await page.open(pathToFileURL(large).href);
    await new Promise((done) => { setTimeout(done, 1000); });
    const { root } = await page.send('DOM.getDocument', { depth: -1 });
    const { nodeIds } = await page.send('DOM.querySelectorAll', { nodeId: root.nodeId, selector: 'figure.shape:not([hidden])' });
    assert.equal(nodeIds.length, 3);
    for (const nodeId of nodeIds) {
      const { model } = await page.send('DOM.getBoxModel', { nodeId });
      assert.ok(model.height > 100);
    }
    const buttons = await page.send('DOM.querySelectorAll', { nodeId: root.nodeId, selector: 'button, input' });
    assert.equal(buttons.nodeIds.length, 0, 'no control that would do nothing');
    await page.send('Emulation.setScriptExecutionDisabled', { value: false });
  },
};

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
}
console.log(`screenshots: ${folder}`);
process.exitCode = failed > 0 ? 1 : 0;
