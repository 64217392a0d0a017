// linnet.d.ts as TypeScript's compiler sees it.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { skip } from './support.mjs';

const run = spawnSync('tsc', ['-p', fileURLToPath(new URL('.', import.meta.url))], { encoding: 'utf8' });
if (run.error) skip('there is no tsc (scripts/setup wasm installs it on Debian)');
process.stdout.write(run.stdout);
process.exitCode = run.status === 0 ? 0 : 1;
