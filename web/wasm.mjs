// Reads and writes WebAssembly's binary format, as far as splitting a module takes it.

export const [CUSTOM, TYPE, IMPORT, FUNCTION, TABLE, MEMORY, GLOBAL, EXPORT, START, ELEMENT, CODE, DATA, DATA_COUNT] = Array(13).keys();

/** Kinds of what is imported and exported. */
export const [IS_FUNCTION, IS_TABLE, IS_MEMORY, IS_GLOBAL] = Array(4).keys();

const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** A cursor over bytes. */
export class Reader {
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  get done() {
    return this.at >= this.bytes.length;
  }

  byte() {
    if (this.done) throw new Error("the module ends too early");
    return this.bytes[this.at++];
  }

  /** An unsigned number of up to 32 bits. */
  number() {
    let [value, scale] = [0, 1];
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
  }

  /** A number of 32 bits, the first of which is its sign. */
  signed() {
    let [value, scale] = [0, 1];
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      scale *= 0x80;
      if (byte < 0x80) return value - (byte & 0x40 ? scale : 0);
    }
  }

  /** Skips a number of whatever sign and size. */
  skipNumber() {
    while (this.byte() >= 0x80);
  }

  take(length) {
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  text() {
    return Buffer.from(this.take(this.number())).toString();
  }

  /** As many as are announced of what `read` reads. */
  list(read) {
    return Array.from({ length: this.number() }, () => read(this));
  }

  /** The bytes that `skip` goes over. */
  span(skip) {
    const start = this.at;
    skip(this);
    return this.bytes.subarray(start, this.at);
  }
}

/** A number, unsigned. */
export function number(value) {
  const bytes = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value % 0x80) | 0x80);
  bytes.push(value);
  return bytes;
}

/** A number that is read as signed, though it is none below 0. */
export function signed(value) {
  const bytes = [];
  for (; value >= 0x40; value = Math.floor(value / 0x80)) bytes.push((value % 0x80) | 0x80);
  bytes.push(value);
  return bytes;
}

/** Bytes, and lists of bytes, as one. */
export const join = (...parts) => Buffer.concat(parts.map((part) => (part instanceof Uint8Array ? part : Buffer.from(part))));
export const list = (items) => join(number(items.length), ...items);
export const sized = (bytes) => join(number(bytes.length), bytes);
export const text = (value) => sized(Buffer.from(value));

/** A module's sections, in their order. */
export function all(bytes) {
  const reader = new Reader(bytes);
  if (HEADER.some((byte) => reader.byte() !== byte)) throw new Error("this is no WebAssembly module");
  const found = [];
  while (!reader.done) found.push({ id: reader.byte(), content: reader.take(reader.number()) });
  return found;
}

/** A module's sections by their ids, the custom ones left out: names for debuggers, what the linker knew, and who made it. */
export function sections(bytes) {
  const found = [];
  for (const { id, content } of all(bytes)) if (id !== CUSTOM) found[id] = content;
  return found;
}

/** Sections in the order that the format wants. */
const ORDER = [TYPE, IMPORT, FUNCTION, TABLE, MEMORY, GLOBAL, EXPORT, START, ELEMENT, DATA_COUNT, CODE, DATA];

/** A module of sections, by their ids. */
export const module = (contents) => join(HEADER, ...ORDER.filter((id) => contents[id]?.length).flatMap((id) => [[id], sized(contents[id])]));

const limits = (reader) => {
  const flags = reader.byte();
  reader.skipNumber();
  if (flags & 1) reader.skipNumber();
};

/** Goes over what a table, memory or global is said to be. */
export const skipType = {
  [IS_TABLE](reader) {
    reader.byte();
    limits(reader);
  },
  [IS_MEMORY]: limits,
  [IS_GLOBAL](reader) {
    reader.byte();
    reader.byte();
  },
};

// What follows an opcode.
const nothing = () => {};
const one = (reader) => reader.skipNumber();
const two = (reader) => {
  reader.skipNumber();
  reader.skipNumber();
};

const IMMEDIATES = new Map();
const say = (from, to, skip) => {
  for (let code = from; code <= to; code++) IMMEDIATES.set(code, skip);
};
say(0x00, 0x01, nothing); // unreachable, nop
say(0x02, 0x04, one); // block, loop, if: a type
say(0x05, 0x05, nothing); // else
say(0x0b, 0x0b, nothing); // end
say(0x0c, 0x0d, one); // br, br_if
say(0x0e, 0x0e, (reader) => {
  for (let left = reader.number(); left >= 0; left--) reader.skipNumber();
}); // br_table
say(0x0f, 0x0f, nothing); // return
say(0x11, 0x11, two); // call_indirect
say(0x1a, 0x1b, nothing); // drop, select
say(0x1c, 0x1c, (reader) => reader.list(one)); // select with types
say(0x20, 0x26, one); // locals, globals, tables
say(0x28, 0x3e, two); // loads and stores: alignment, offset
say(0x3f, 0x42, one); // memory.size, memory.grow, i32.const, i64.const
say(0x43, 0x43, (reader) => reader.take(4)); // f32.const
say(0x44, 0x44, (reader) => reader.take(8)); // f64.const
say(0x45, 0xc4, nothing); // comparisons, arithmetic, conversions
say(0xd0, 0xd0, one); // ref.null
say(0xd1, 0xd1, nothing); // ref.is_null
say(0xfc, 0xfc, (reader) => {
  const code = reader.number();
  if (code < 8) return; // saturating conversions
  const skip = { 10: two, 11: one, 14: two, 15: one, 16: one, 17: one }[code]; // memory.copy and .fill, tables
  if (!skip) throw new Error(`an instruction that is not known here: 0xfc ${code}`);
  skip(reader);
});

export const CALL = 0x10;
const I32_CONST = 0x41;
const isAccess = (code) => code >= 0x28 && code <= 0x3e;

/** Goes over a function's local variables. */
const skipLocals = (reader) =>
  reader.list(() => {
    reader.skipNumber();
    reader.byte();
  });

/** What follows an opcode, to be gone over. */
function immediates(code) {
  const skip = code === CALL ? one : IMMEDIATES.get(code);
  if (!skip) throw new Error(`an instruction that is not known here: 0x${code.toString(16)}`);
  return skip;
}

/** All numbers in a function's body that may be places in memory. */
export function places(body) {
  const reader = new Reader(body);
  skipLocals(reader);
  const found = [];
  while (!reader.done) {
    const code = reader.byte();
    if (isAccess(code)) reader.skipNumber();
    if (isAccess(code) || code === I32_CONST) found.push(reader.number());
    else immediates(code)(reader);
  }
  return found;
}

/**
 * A function's body, whose calls are replaced: `called` gets the index of what is called and returns the bytes to have
 * instead, `before` are instructions to begin with.
 */
export function rewrite(body, called, before = []) {
  const reader = new Reader(body);
  const parts = [reader.span(skipLocals), before];
  let start = reader.at;
  while (!reader.done) {
    const at = reader.at;
    const code = reader.byte();
    if (code === CALL) {
      const index = reader.number();
      parts.push(body.subarray(start, at), called(index));
      start = reader.at;
    } else {
      immediates(code)(reader);
    }
  }
  parts.push(body.subarray(start));
  return join(...parts);
}
