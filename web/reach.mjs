// Which data only some functions read: by the relocations that the linker leaves in a module.

import { CODE, CUSTOM, DATA, IMPORT, IS_FUNCTION, Reader, all, places, sections, skipType } from "./wasm.mjs";

const SYMBOLS = 8;
const [DATA_SYMBOL, SECTION_SYMBOL] = [1, 3];
const [UNDEFINED, NAMED, ABSOLUTE] = [0x10, 0x40, 0x200];

/** Relocations that hold a place in memory: in an instruction, with or without a sign, and in data. */
const [UNSIGNED, SIGNED, WORD] = [3, 4, 5];
/** Those that hold something else, without an addend and with one. */
const SHORT = new Set([0, 1, 2, 6, 7, 10, 12, 13, 18, 19, 20, 24, 26]);
const LONG = new Set([8, 9]);

/** The symbols of a module; of data with their segment, offset in it, and size. */
function symbolsOf(linking) {
  const reader = new Reader(linking);
  if (reader.number() !== 2) throw new Error("symbols of another version");
  while (!reader.done) {
    const id = reader.byte();
    const part = new Reader(reader.take(reader.number()));
    if (id !== SYMBOLS) continue;
    return part.list(() => {
      const kind = part.byte();
      const flags = part.number();
      if (kind === DATA_SYMBOL) {
        part.text();
        if (flags & UNDEFINED) return {};
        const symbol = { segment: part.number(), offset: part.number(), size: part.number() };
        return flags & ABSOLUTE ? {} : symbol;
      }
      part.number();
      if (kind !== SECTION_SYMBOL && (!(flags & UNDEFINED) || flags & NAMED)) part.text();
      return {};
    });
  }
  throw new Error("a module without symbols");
}

/** Where places in memory stand in a section, and whose they are. `address` gives a symbol's, so that nothing is misread. */
function relocationsOf(content, section, address) {
  const reader = new Reader(content);
  reader.number();
  const found = [];
  reader.list(() => {
    const [type, at, symbol] = [reader.byte(), reader.number(), reader.number()];
    if (SHORT.has(type)) return;
    const addend = reader.signed();
    if (LONG.has(type)) return;
    const value = new Reader(section, at);
    const held = { [UNSIGNED]: () => value.number(), [SIGNED]: () => value.signed(), [WORD]: () => Buffer.from(value.take(4)).readUInt32LE() }[type]?.();
    const place = address(symbol);
    if (held === undefined || (place !== null && held >>> 0 !== (place + addend) >>> 0)) throw new Error(`a relocation that is not understood here: ${type} at ${at}`);
    found.push({ at, symbol });
  });
  return found;
}

/** Names of functions, by their indices. */
function functionNames(bytes) {
  const names = new Map();
  const reader = new Reader(customs(bytes).get("name") ?? []);
  while (!reader.done) {
    const id = reader.byte();
    const part = new Reader(reader.take(reader.number()));
    if (id === 1) part.list(() => names.set(part.number(), part.text()));
  }
  return names;
}

/** How many functions a module imports, which come before its own. */
const importsOf = (contents) =>
  new Reader(contents[IMPORT] ?? [0]).list((reader) => {
    reader.text();
    reader.text();
    const kind = reader.byte();
    if (kind === IS_FUNCTION) reader.number();
    else skipType[kind](reader);
    return kind;
  }).filter((kind) => kind === IS_FUNCTION).length;

function customs(bytes) {
  const found = new Map();
  for (const { id, content } of all(bytes)) {
    if (id !== CUSTOM) continue;
    const reader = new Reader(content);
    found.set(reader.text(), content.subarray(reader.at));
  }
  return found;
}

/** The last of `ranges`, which are in order, that starts at or before `at`. */
function lastBefore(ranges, at) {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranges[middle].start <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/**
 * The places in memory, as addresses from and to, that none of the functions with these indices reaches. `linked` is the module
 * as the linker has made it; `bytes` what wasm-bindgen has made of it, which the indices count in.
 */
export function unreached(linked, bytes, indices) {
  const [before, after] = [functionNames(linked), functionNames(bytes)];
  const known = new Set(before.values());
  const names = new Set(indices.map((index) => after.get(index)));
  const ends = Math.max(...dataOf(bytes).map(({ address, start, end }) => address + end - start));
  const begins = Math.min(...dataOf(bytes).map(({ address }) => address));
  const contents = sections(bytes);
  const bodies = new Reader(contents[CODE]).list((reader) => reader.take(reader.number()));
  const imported = importsOf(contents);
  // Made by wasm-bindgen, around a function that the linker has a name for: it has no relocations.
  const made = indices.filter((index) => !known.has(after.get(index)));
  const also = made.flatMap((index) => places(bodies[index - imported]).filter((at) => at >= begins && at < ends));
  if (!Buffer.from(contents[DATA]).equals(sections(linked)[DATA])) throw new Error("these are not the same module");
  return unreachedBy(linked, names, also);
}

/** Where the data of a module is, and where it stands in its section. */
function dataOf(bytes) {
  const data = new Reader(sections(bytes)[DATA]);
  return data.list(() => {
    if (data.number() !== 0) throw new Error("data that is not put in place at once");
    data.byte();
    const address = data.number();
    data.byte();
    const length = data.number();
    const start = data.at;
    data.take(length);
    return { address, start, end: start + length };
  });
}

/** The places that no function with one of these names reaches, and nothing that is at the addresses `also`. */
function unreachedBy(bytes, names, also) {
  const custom = customs(bytes);
  const symbols = symbolsOf(custom.get("linking") ?? []);
  const segments = dataOf(bytes);
  const address = (symbol) => {
    const { segment, offset } = symbols[symbol];
    return segment === undefined ? null : segments[segment].address + offset;
  };
  const contents = sections(bytes);
  const relocations = (name, section) => relocationsOf(custom.get(name) ?? [0, 0], contents[section], address);

  const ranges = symbols
    .map(({ segment, offset, size }, symbol) => ({ symbol, size, start: size ? segments[segment].address + offset : 0 }))
    .filter(({ size }) => size)
    .sort((a, b) => a.start - b.start);
  // One may lie in another: all that hold a place.
  const longest = Math.max(0, ...ranges.map(({ size }) => size));
  const holders = (address) => {
    const found = [];
    for (let at = lastBefore(ranges, address); at >= 0 && ranges[at].start > address - longest; at--) {
      if (address < ranges[at].start + ranges[at].size) found.push(ranges[at].symbol);
    }
    return found;
  };

  const reached = new Set();
  const open = [];
  const reach = (symbol) => {
    if (reached.has(symbol)) return;
    reached.add(symbol);
    open.push(symbol);
  };
  for (const place of also) {
    const found = holders(place);
    if (found.length === 0) throw new Error(`a place that is nobody's: ${place}`);
    found.forEach(reach);
  }
  const code = new Reader(contents[CODE]);
  const bodies = code.list(() => {
    const length = code.number();
    const start = code.at;
    code.take(length);
    return { start, end: code.at };
  });
  const named = functionNames(bytes);
  const imported = importsOf(contents);
  const wanted = bodies.map((_, index) => names.has(named.get(imported + index)));
  for (const { at, symbol } of relocations("reloc.CODE", CODE)) {
    if (wanted[lastBefore(bodies, at)]) reach(symbol);
  }
  const links = new Map();
  for (const { at, symbol } of relocations("reloc.DATA", DATA)) {
    const { address, start } = segments[lastBefore(segments, at)];
    const from = holders(address + at - start);
    if (from.length === 0) reach(symbol);
    for (const holder of from) links.set(holder, [...(links.get(holder) ?? []), symbol]);
  }
  while (open.length) for (const symbol of links.get(open.pop()) ?? []) reach(symbol);

  // What is reached wins where symbols share a place.
  const free = [];
  const kept = ranges.filter(({ symbol }) => reached.has(symbol));
  for (const { symbol, start, size } of ranges) {
    if (reached.has(symbol)) continue;
    if (kept.some((it) => it.start < start + size && start < it.start + it.size)) continue;
    const last = free.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, start + size);
    else free.push({ start, end: start + size });
  }
  return free;
}
