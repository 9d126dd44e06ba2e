// A module that the build has split in two: what the first view runs, and the rest. The rest is loaded when the first view has
// all it needs; what calls into it before that loads it at once.

/** A file's bytes, which nothing else happens before. */
function readNow(address) {
  const request = new XMLHttpRequest();
  request.open("GET", address, false);
  // One character for each byte: a page is given no buffer by such a request.
  request.overrideMimeType("text/plain; charset=x-user-defined");
  request.send();
  if (request.status !== 200) throw new Error(`A part of it could not be loaded (${request.status}).`);
  return Uint8Array.from(request.responseText, (letter) => letter.charCodeAt(0));
}

/** The functions in a table, by their places. */
const functionsOf = (table) => new Proxy({}, { get: (_, place) => table.get(Number(place)) });

/**
 * Starts the module `first`, whose rest is at `address`, if it has one. Returns what puts the rest in its place.
 * @param {(error: Error) => void} failed called when the rest is needed and can't be had
 */
export async function begin(glue, first, address, failed = () => {}) {
  let shared = null;
  let joined = false;
  const join = (module) => {
    // Once only: it puts data in its place, which may have changed since.
    if (!joined) new WebAssembly.Instance(module, { first: shared, places: functionsOf(shared.t0) });
    joined = true;
  };
  if (address) {
    glue.rest.load = () => {
      try {
        join(new WebAssembly.Module(readNow(address)));
      } catch (error) {
        failed(error);
        throw error;
      }
    };
  }
  shared = await glue.default({ module_or_path: first });
  return join;
}
