/** What your bundler makes of a `.wasm` file: its address or its bytes. Both are what `init` takes. */
declare const engine: string | Uint8Array;
export default engine;
