// Work as text that fits in an address, and back: deflated, in the letters that addresses take as they are.

/** The form that links are written in. Every older form stays readable. */
const VERSION = 1;

/** The most text that a link may unfold to: a crafted one could fill the memory. */
const LARGEST = 64_000_000;

const through = (bytes, stream) => new Blob([bytes]).stream().pipeThrough(stream);

/** `text` as the fragment of an address. */
export async function toFragment(text) {
  const packed = through(text, new CompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(packed).arrayBuffer());
  let binary = "";
  for (let at = 0; at < bytes.length; at += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  const letters = btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  return `#v${VERSION}=${letters}`;
}

/**
 * What the fragment of an address holds: null when it is no link to work, else its version, and its text unless it
 * can't be read.
 */
export async function fromFragment(fragment) {
  const found = /^#v(\d{1,9})=(.*)$/s.exec(fragment);
  if (!found) return null;
  const version = Number(found[1]);
  return { version, text: version === 1 ? await unpack(found[2]).catch(() => null) : null };
}

async function unpack(letters) {
  // What chats and mail put around or into an address.
  const clean = letters.replace(/%[0-9a-f]{2}|[\s>)\].,;"']+$/gi, "").replace(/\s/g, "");
  const binary = atob(clean.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
  const reader = through(bytes, new DecompressionStream("deflate-raw")).getReader();
  const parts = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > LARGEST) {
      await reader.cancel();
      throw new RangeError("unfolds to too much");
    }
    parts.push(value);
  }
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(await new Blob(parts).arrayBuffer());
}
