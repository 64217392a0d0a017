#!/usr/bin/env node
// Embeds a file of texts, one a line, and writes the rows as raw float32 numbers: for comparing bytes.
import { readFileSync, writeFileSync } from 'node:fs';
import { Linnet } from './linnet.js';

const [model, texts, out, isa = process.env.LINNET_ISA] = process.argv.slice(2);
if (out === undefined) {
  console.error('usage: embed.mjs MODEL TEXTS.txt OUT.bin [ISA]');
  process.exit(2);
}
try {
  const lines = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(texts)).split('\n');
  if (lines.at(-1) === '') lines.pop();
  const linnet = await Linnet.open(model, { isa: isa || null });
  writeFileSync(out, linnet.embed(lines));
  console.log(`${lines.length} rows of ${linnet.width} floats, ${linnet.isa}`);
} catch (error) {
  console.error(`embed.mjs: ${error.message}`);
  process.exit(1);
}
