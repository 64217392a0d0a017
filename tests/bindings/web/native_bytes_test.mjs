// all-MiniLM-L6-v2 as INT8: the rows of the module are those of the native command, byte for byte, on every instruction
// set that the module has.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TEXTS } from '../../../bindings/web/demo/texts.js';
import { Linnet } from '../../../bindings/web/linnet.js';
import { MINILM, ROOT, bytesOf, npyBytes, skip } from './support.mjs';

const native = join(ROOT, 'build/release/bin/linnet');
if (!existsSync(native)) skip('there is no native command to compare with (scripts/build)');
if (!existsSync(MINILM)) skip('there is no .cache/models/minilm-int8.linnet (scripts/make-model makes it)');

const texts = [...TEXTS.slice(0, 12), '', ' \t ', 'naïve café, Ærø', '中文 и русский', 'e\u0301 \u{1f426}', 'x'.repeat(300),
  'one long text that goes on and on, '.repeat(60)];

const folder = mkdtempSync(join(tmpdir(), 'linnet-web-'));
try {
  const lines = join(folder, 'texts.txt'), rows = join(folder, 'rows.npy');
  writeFileSync(lines, texts.join('\n') + '\n');
  const run = spawnSync(native, ['embed', MINILM, '--in', lines, '-o', rows], { encoding: 'utf8' });
  assert.equal(run.status, 0, run.stderr);
  const expected = npyBytes(rows);

  const first = await Linnet.open(MINILM);
  for (const isa of new Set([first.isa, 'scalar'])) {
    const model = await Linnet.open(MINILM, { isa });
    const found = bytesOf(model.embed(texts));
    assert.equal(found.length, expected.length);
    let differing = 0;
    for (let i = 0; i < found.length; ++i) differing += found[i] === expected[i] ? 0 : 1;
    console.log(`${isa}: ${texts.length} texts, ${found.length} bytes, ${differing} differ`);
    assert.equal(differing, 0);
  }
} finally {
  rmSync(folder, { recursive: true });
}
