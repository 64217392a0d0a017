// Compiled, never run: what a user of the types writes, and what they must refuse.
import { Linnet, LinnetError, LinnetCode } from 'linnet-runtime';

export async function uses(file: File): Promise<number> {
  const model: Linnet = await Linnet.open('model.linnet', {
    wasm: new URL('https://example.org/linnet.wasm'),
    isa: 'wasm128',
    maxTokens: 256,
    onProgress: ({ loaded, total }) => console.log(loaded, total ?? '?'),
  });
  await Linnet.open(await file.arrayBuffer());
  await Linnet.open(new Uint8Array(64), {});
  await Linnet.open(await fetch('model.linnet'), { isa: null });
  const rows: Float32Array[] = model.rows(model.embed(['a', 'b'] as const, { prompt: 'query' }));
  const ids: Int32Array = model.tokenize('a');
  const width: number = model.width + model.maxTokens + model.fileBytes + model.memoryBytes + ids.length;
  const isa: string = model.isa;
  model[Symbol.dispose]();
  try {
    model.close();
  } catch (error) {
    if (error instanceof LinnetError) {
      const code: LinnetCode = error.code;
      console.log(code, error.message, isa);
    }
  }

  // @ts-expect-error texts are strings
  model.embed([1, 2]);
  // @ts-expect-error there is no constructor
  new Linnet();
  // @ts-expect-error width cannot be set
  model.width = 3;
  // @ts-expect-error a model is not opened from a number
  await Linnet.open(7);
  // @ts-expect-error there is no such option
  await Linnet.open('model.linnet', { threads: 2 });
  return Linnet.similarity(rows[0], [1, 2]) + width;
}
