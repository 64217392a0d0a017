// A module whose memory may not grow beyond a number of pages: for the tests of what happens when there is no more.

function readNumber(bytes, at) {
  let value = 0, shift = 0, byte;
  do {
    byte = bytes[at++];
    value |= (byte & 0x7f) << shift;
    shift += 7;
  } while (byte & 0x80);
  return [value >>> 0, at];
}

function writeNumber(value) {
  const bytes = [];
  do {
    bytes.push((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
    value >>>= 7;
  } while (value > 0);
  return bytes;
}

// The module with `extra` pages at most beyond those that it starts with.
export function limitMemory(module, extra) {
  const MEMORY = 5;
  for (let at = 8; at < module.length;) {
    const id = module[at];
    const [size, body] = readNumber(module, at + 1);
    if (id === MEMORY) {
      const [pages] = readNumber(module, body + 2);  // one memory, no maximum, pages
      const section = [1, 1, ...writeNumber(pages), ...writeNumber(pages + extra)];
      return new Uint8Array([...module.subarray(0, at), MEMORY, ...writeNumber(section.length), ...section,
        ...module.subarray(body + size)]);
    }
    at = body + size;
  }
  throw new Error('the module has no memory of its own');
}
