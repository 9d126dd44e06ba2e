// Zips, file by file: which there are is read off the list at the end of it, each is unpacked when it is wanted, by the
// browser and beside the page. Loaded with the first zip.

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const STORED = 0;
const DEFLATED = 8;

/** The longest that the end of a zip can be: a comment has two bytes for its length. */
const LONGEST_END = 22 + 0xffff;

async function view(blob, from, to) {
  return new DataView(await blob.slice(from, to).arrayBuffer());
}

/** Where the list of entries is, and how many there are. */
async function directory(zip) {
  const start = Math.max(0, zip.size - LONGEST_END);
  const end = await view(zip, start, zip.size);
  for (let at = end.byteLength - 22; at >= 0; at--) {
    if (end.getUint32(at, true) !== END) continue;
    return { count: end.getUint16(at + 10, true), size: end.getUint32(at + 12, true), from: end.getUint32(at + 16, true) };
  }
  throw new Error("no zip");
}

/** What is unpacked, no longer than the zip says. */
async function inflate(packed, size) {
  const stream = packed.stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const bytes = new Uint8Array(size);
  let at = 0;
  for await (const chunk of chunks(stream)) {
    if (at + chunk.length > size) throw new Error("longer than it says");
    bytes.set(chunk, at);
    at += chunk.length;
  }
  if (at < size) throw new Error("shorter than it says");
  return bytes;
}

async function* chunks(stream) {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    reader.cancel().catch(() => {});
  }
}

async function unpack(zip, { method, from, packed, size }) {
  const local = await view(zip, from, from + 30);
  if (local.getUint32(0, true) !== LOCAL) throw new Error("no entry");
  const start = from + 30 + local.getUint16(26, true) + local.getUint16(28, true);
  const content = zip.slice(start, start + packed);
  if (method === DEFLATED) return inflate(content, size);
  if (method === STORED) return new Uint8Array(await content.arrayBuffer());
  throw new Error("packed in a way that nobody uses");
}

/** Path, size and bytes of each file in a zip. */
export async function entries(zip) {
  const { count, size, from } = await directory(zip);
  const list = await view(zip, from, from + size);
  const found = [];
  const text = new TextDecoder();
  for (let at = 0, number = 0; number < count; number++) {
    if (list.getUint32(at, true) !== ENTRY) throw new Error("no list");
    const [name, extra, comment] = [28, 30, 32].map((place) => list.getUint16(at + place, true));
    const path = text.decode(new Uint8Array(list.buffer, list.byteOffset + at + 46, name));
    const entry = {
      method: list.getUint16(at + 10, true),
      packed: list.getUint32(at + 20, true),
      size: list.getUint32(at + 24, true),
      from: list.getUint32(at + 42, true),
    };
    if (!path.endsWith("/")) found.push({ path, size: entry.size, bytes: () => unpack(zip, entry) });
    at += 46 + name + extra + comment;
  }
  return found;
}
