import type { Analysis, Answers, Guide, Options, Report, RuleInfo } from "./types.js";

export type * from "./types.js";

/**
 * Where the engine's WebAssembly is: its address (a string or a `URL`), its bytes, a `Response`, or a compiled
 * `WebAssembly.Module`.
 */
export type EngineSource = string | object;

/** One text, as pasted, or the texts of a project by their paths, which use `/`. */
export type Source = string | Readonly<Record<string, string>>;

/** What went wrong. Code never throws, however broken it is: syntax errors are findings. */
export class UnblockedError extends Error {
  private constructor();
  readonly name: "UnblockedError";
  readonly code: ErrorCode;
}
export type ErrorCode =
  /** The engine was used before `init` was done. */
  | "not-started"
  /** Its WebAssembly could not be fetched or compiled. */
  | "not-loaded"
  /** Something that should be a text, or texts by path, is not. */
  | "invalid-source"
  /** Options or answers name something that does not exist. */
  | "invalid-options"
  /** It ran out of memory, or stopped otherwise. It has been started again; the next call works. */
  | "engine-failed"
  /** It failed since this workspace was made. */
  | "workspace-lost"
  /** The workspace was freed. */
  | "freed";

/** Starts the engine, once. Without an address it is taken from the package itself. */
export default function init(source?: EngineSource | PromiseLike<EngineSource>): Promise<void>;
/** Starts the engine at once, from its bytes or a compiled module. */
export function initSync(source: EngineSource): void;

/** What waits, and what would fail in async code. */
export function analyze(source: Source, options?: Options): Analysis;
/** The code after, with every change and every finding explained. */
export function migrate(source: Source, options?: Options): Report;
/** Assessment, steps, pitfalls, checklist and files for the code at hand. */
export function guide(source: Source, options?: Options, answers?: Answers): Guide;
/** Every rule, by name, with its documentation. */
export function rules(): RuleInfo[];

/** Files that are edited, and asked about again and again: what has not changed is not done anew. */
export class Workspace {
  constructor(source?: Source);
  /** Adds a file, or replaces its whole text. */
  setFile(path: string, text: string): void;
  /** Replaces `from..to`, in UTF-16 code units. Returns false, and changes nothing, when that does not fit the text. */
  editFile(path: string, from: number, to: number, insert: string): boolean;
  removeFile(path: string): void;
  analyze(options?: Options): Analysis;
  migrate(options?: Options): Report;
  guide(options?: Options, answers?: Answers): Guide;
  /** Gives its memory back; afterwards it can't be used. */
  free(): void;
}
