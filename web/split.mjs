// Splits a module in two: what ran in a trial, and the rest, which is loaded later.
//
// Both parts share memory, tables and globals. The first exports to the rest what it calls back. It calls into the rest
// through its table, whose places the rest fills when it comes; before each such call it sees to it that the rest is there.

import * as wasm from "./wasm.mjs";
import { CALL, IS_FUNCTION, IS_GLOBAL, IS_MEMORY, IS_TABLE, Reader, join, list, number, signed, sized, text } from "./wasm.mjs";

const [I32, END, IF, EMPTY, GLOBAL_GET, GLOBAL_SET, LOCAL_GET, I32_CONST, I32_EQZ, CALL_INDIRECT, FUNCREF] = [
  0x7f, 0x0b, 0x04, 0x40, 0x23, 0x24, 0x20, 0x41, 0x45, 0x11, 0x70,
];

/** Where the first part gets the function from that loads the rest, and the rest what both share: see `editor/rest.js`. */
export const LOADER = "rest";
const LOAD = "load";
const SHARED = "first";
/** What the rest calls in the first part, by its place in the table. */
const PLACES = "places";

/** What a module consists of, with functions, tables, memories and globals in the order of their indices. */
function parse(bytes) {
  const sections = wasm.sections(bytes);
  const read = (id, each) => (sections[id] ? new Reader(sections[id]).list(each) : []);
  const types = read(wasm.TYPE, (reader) => {
    if (reader.byte() !== 0x60) throw new Error("a type that is no function's");
    return { parameters: reader.list(() => reader.byte()), results: reader.list(() => reader.byte()) };
  });
  const [tables, memories, globals] = [[], [], []];
  const functions = [];
  const imports = read(wasm.IMPORT, (reader) => {
    const [from, name] = [reader.text(), reader.text()];
    const kind = reader.byte();
    if (kind !== IS_FUNCTION) throw new Error("a module that imports more than functions can't be split");
    const type = reader.number();
    functions.push({ type });
    return { from, name, type };
  });
  const bodies = read(wasm.CODE, (reader) => reader.take(reader.number()));
  functions.push(...read(wasm.FUNCTION, (reader) => ({ type: reader.number() })));
  bodies.forEach((body, index) => (functions[imports.length + index].body = body));
  const described = (kind, skip = wasm.skipType[kind]) => (reader) => reader.span(skip);
  tables.push(...read(wasm.TABLE, described(IS_TABLE)));
  memories.push(...read(wasm.MEMORY, described(IS_MEMORY)));
  globals.push(
    ...read(wasm.GLOBAL, (reader) => {
      const type = reader.span(wasm.skipType[IS_GLOBAL]);
      return { type, value: reader.span(() => { while (reader.byte() !== END) reader.skipNumber(); }) };
    }),
  );
  const exports = read(wasm.EXPORT, (reader) => ({ name: reader.text(), kind: reader.byte(), index: reader.number() }));
  const elements = read(wasm.ELEMENT, (reader) => {
    const flags = reader.number();
    const table = flags === 2 ? reader.number() : 0;
    if ((flags !== 0 && flags !== 2) || table !== 0 || reader.byte() !== I32_CONST) throw new Error("functions that are put elsewhere than at a place in the first table");
    const offset = reader.number();
    reader.byte();
    if (flags === 2) reader.byte();
    return { offset, functions: reader.list(() => reader.number()) };
  });
  return { sections, types, imports, functions, tables, memories, globals, exports, elements };
}

const imported = ({ from, name, type }) => join(text(from), text(name), [IS_FUNCTION], number(type));
const exported = ({ name, kind, index }) => join(text(name), [kind], number(index));

/** The same module, with other names for what it imports and exports: those that `names` has. */
export function renamed(bytes, names) {
  const { sections, imports, exports } = parse(bytes);
  const rename = (it) => ({ ...it, name: names.get(it.name) ?? it.name });
  return wasm.module({
    ...sections,
    [wasm.IMPORT]: list(imports.map(rename).map(imported)),
    [wasm.EXPORT]: list(exports.map(rename).map(exported)),
  });
}

/** The names of what a module imports and exports. */
export function namesOf(bytes) {
  const { imports, exports } = parse(bytes);
  return new Set([...imports, ...exports].map(({ name }) => name));
}

/** The prefix of the names of globals that tell what has run. */
const RAN = "ran:";

/** The same module, which notes of each function that it ran. */
export function observed(bytes) {
  const { sections, imports, functions, globals, exports } = parse(bytes);
  const own = functions.slice(imports.length);
  const at = (index) => globals.length + index;
  return wasm.module({
    ...sections,
    [wasm.GLOBAL]: list([...globals.map(({ type, value }) => join(type, value)), ...own.map(() => [I32, 1, I32_CONST, 0, END])]),
    [wasm.EXPORT]: list([...exports, ...own.map((_, index) => ({ name: RAN + (imports.length + index), kind: IS_GLOBAL, index: at(index) }))].map(exported)),
    [wasm.CODE]: list(own.map(({ body }, index) => sized(wasm.rewrite(body, (called) => [CALL, ...number(called)], [I32_CONST, 1, GLOBAL_SET, ...number(at(index))])))),
  });
}

/** The indices of the functions that have run in an instance of an observed module. */
export const ran = (instance) => Object.keys(instance).filter((name) => name.startsWith(RAN) && instance[name].value).map((name) => Number(name.slice(RAN.length)));

/**
 * Has functions that are alike as one. A module whose parts were compiled apart has many: each part its own of what is generic.
 * Returns the module's functions, and which of them stands for one.
 */
function unified(functions, imported) {
  const same = new Map();
  const one = (index) => same.get(index) ?? index;
  for (let before = -1; before < same.size; ) {
    before = same.size;
    const seen = new Map();
    functions = functions.map(({ type, body }, index) => {
      if (index < imported || same.has(index)) return { type, body };
      const now = wasm.rewrite(body, (called) => [CALL, ...number(one(called))]);
      const key = `${type}:${now.toString("latin1")}`;
      if (seen.has(key)) same.set(index, seen.get(key));
      else seen.set(key, index);
      return { type, body: now };
    });
    // What it stood for may have been found to be like another since.
    for (const [index, other] of same) same.set(index, one(other));
  }
  return { functions, one };
}

/** Functions in an order that packs well: those that are called alike, and begin alike, beside each other. */
const packed = (indices, functions) =>
  indices.toSorted((a, b) => functions[a].type - functions[b].type || Buffer.compare(functions[a].body, functions[b].body));

/** The data of both parts. In the first, zeros are where the rest puts its own. */
function splitData(section, behind) {
  const data = new Reader(section);
  const segments = data.list(() => {
    data.number();
    data.byte();
    const address = data.number();
    data.byte();
    return { address, bytes: Buffer.from(data.take(data.number())) };
  });
  const late = [];
  for (const { start, end } of behind) {
    const segment = segments.find(({ address, bytes }) => address <= start && end <= address + bytes.length);
    const place = segment?.bytes.subarray(start - segment.address, end - segment.address);
    if (!place) continue;
    late.push({ address: start, bytes: Buffer.from(place) });
    place.fill(0);
  }
  return [segments, late].map((all) => list(all.map(({ address, bytes }) => join([0, I32_CONST], signed(address), [END], sized(bytes)))));
}

/**
 * The two modules that `bytes` is split into: the functions with these indices are in the first. The data at the addresses
 * `behind` comes with the rest: no other function must reach it.
 */
export function split(bytes, chosen, behind) {
  const { sections, types, imports, tables, memories, globals, ...parsed } = parse(bytes);
  if (sections[wasm.DATA_COUNT]) throw new Error("data that is not put in place at once can't be split");
  const { functions, one } = unified(parsed.functions, imports.length);
  const exports = parsed.exports.map((it) => (it.kind === IS_FUNCTION ? { ...it, index: one(it.index) } : it));
  const elements = parsed.elements.map(({ offset, functions }) => ({ offset, functions: functions.map(one) }));
  const first = new Set([...imports.keys(), ...chosen.map(one)]);
  const atStart = sections[wasm.START] && one(new Reader(sections[wasm.START]).number());
  if (atStart !== undefined) first.add(atStart);
  const isFirst = (index) => first.has(index);
  const indices = functions.map((_, index) => index).filter((index) => index >= imports.length && one(index) === index);
  const [early, late] = [packed(indices.filter(isFirst), functions), indices.filter((index) => !isFirst(index))];

  // Places in the table: those that functions have already, and new ones at its end.
  const place = new Map(elements.flatMap(({ offset, functions }) => functions.map((index, at) => [index, offset + at])));
  const reader = new Reader(tables[0]);
  reader.byte();
  const bounded = reader.byte();
  const size = reader.number();
  let end = size;
  const placed = (index) => {
    if (!place.has(index)) place.set(index, end++);
    return place.get(index);
  };

  const type = ({ parameters, results }) => join([0x60], list(parameters.map((it) => [it])), list(results.map((it) => [it])));
  const noArguments = types.length;
  const typeSection = list([...types, { parameters: [], results: [] }].map(type));
  const loader = imports.length;
  const ready = loader + 1;
  const there = globals.length;

  // The first part.
  const inFirst = new Map([...imports.map((_, index) => [index, index]), ...early.map((index, at) => [index, ready + 1 + at])]);
  const see = [CALL, ...number(ready)];
  const throughTable = (index) => [I32_CONST, ...signed(placed(index)), CALL_INDIRECT, ...number(functions[index].type), 0];
  const firstBodies = early.map((index) => wasm.rewrite(functions[index].body, (called) => (isFirst(called) ? [CALL, ...number(inFirst.get(called))] : [...see, ...throughTable(called)])));
  const stubs = [];
  /** What stands in the first part for a function, wherever that is. */
  const standIn = (index) => {
    if (!inFirst.has(index)) {
      inFirst.set(index, ready + 1 + early.length + stubs.length);
      const given = types[functions[index].type].parameters.flatMap((_, at) => [LOCAL_GET, ...number(at)]);
      stubs.push({ type: functions[index].type, body: join([0], see, given, throughTable(index), [END]) });
    }
    return inFirst.get(index);
  };
  for (const index of packed(elements.flatMap(({ functions }) => functions.filter((it) => !isFirst(it))), functions)) standIn(index);
  // What the rest calls back has a place in the table too.
  const called = new Set();
  for (const index of late) wasm.rewrite(functions[index].body, (it) => (isFirst(it) && called.add(it), []));
  const shared = [...imports.keys(), ...early].filter((index) => called.has(index));
  const added = { offset: end, functions: shared.filter((index) => !place.has(index)) };
  added.functions.forEach(placed);
  const element = ({ offset, functions }) => join([0, I32_CONST], signed(offset), [END], list(functions.map((index) => number(standIn(index)))));
  const firstElements = [...elements, added].filter(({ functions }) => functions.length).map(element);
  const firstExports = exports.map((it) => (it.kind === IS_FUNCTION ? { ...it, index: standIn(it.index) } : it));

  // The rest.
  const inRest = new Map([...shared, ...late].map((index, at) => [index, at]));
  const lateBodies = late.map((index) => wasm.rewrite(functions[index].body, (called) => [CALL, ...number(inRest.get(called))]));
  const places = late.filter((index) => place.has(index)).sort((a, b) => place.get(a) - place.get(b));
  const runs = [];
  for (const index of places) {
    const last = runs.at(-1);
    if (last && place.get(index) === last.at + last.functions.length) last.functions.push(index);
    else runs.push({ at: place.get(index), functions: [index] });
  }
  const taken = [
    ...shared.map((index) => join(text(PLACES), text(String(place.get(index))), [IS_FUNCTION], number(functions[index].type))),
    ...tables.map((type, at) => join(text(SHARED), text(`t${at}`), [IS_TABLE, type[0], 0, 0])),
    ...memories.map((_, at) => join(text(SHARED), text(`m${at}`), [IS_MEMORY, 0, 0])),
    ...[...globals.map(({ type }) => type), [I32, 1]].map((type, at) => join(text(SHARED), text(`g${at}`), [IS_GLOBAL], type)),
  ];
  const [dataOfFirst, dataOfRest] = splitData(sections[wasm.DATA], behind);
  const start = shared.length + late.length;
  const rest = wasm.module({
    [wasm.TYPE]: typeSection,
    [wasm.IMPORT]: list(taken),
    [wasm.FUNCTION]: list([...late.map((index) => number(functions[index].type)), number(noArguments)]),
    [wasm.START]: number(start),
    [wasm.ELEMENT]: list(runs.map(({ at, functions }) => join([0, I32_CONST], signed(at), [END], list(functions.map((index) => number(inRest.get(index))))))),
    [wasm.CODE]: list([...lateBodies, [0, I32_CONST, 1, GLOBAL_SET, ...number(there), END]].map((body) => sized(body))),
    [wasm.DATA]: dataOfRest,
  });

  const grown = join([FUNCREF, bounded], number(end), bounded ? number(new Reader(tables[0].subarray(2 + number(size).length)).number() + end - size) : []);
  const firstSections = {
    ...sections,
    [wasm.TYPE]: typeSection,
    [wasm.IMPORT]: list([...imports, { from: LOADER, name: LOAD, type: noArguments }].map(imported)),
    [wasm.FUNCTION]: list([noArguments, ...early.map((index) => functions[index].type), ...stubs.map(({ type }) => type)].map(number)),
    [wasm.TABLE]: list([grown, ...tables.slice(1)]),
    [wasm.GLOBAL]: list([...globals.map(({ type, value }) => join(type, value)), [I32, 1, I32_CONST, 0, END]]),
    [wasm.EXPORT]: list([
      ...firstExports.map(exported),
      ...[[tables, "t", IS_TABLE], [memories, "m", IS_MEMORY], [[...globals, 0], "g", IS_GLOBAL]].flatMap(([all, name, kind]) => all.map((_, index) => exported({ name: name + index, kind, index }))),
    ]),
    ...(atStart !== undefined && { [wasm.START]: number(inFirst.get(atStart)) }),
    [wasm.ELEMENT]: list(firstElements),
    [wasm.DATA]: dataOfFirst,
    [wasm.CODE]: list([[0, GLOBAL_GET, ...number(there), I32_EQZ, IF, EMPTY, CALL, ...number(loader), END, END], ...firstBodies, ...stubs.map(({ body }) => body)].map((body) => sized(body))),
  };
  return { first: wasm.module(firstSections), rest };
}
