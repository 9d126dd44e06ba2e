// What the engine takes and answers: plain data.

/** A half-open range in UTF-16 code units, as `String.prototype.slice` counts. */
export interface Range { start: number; end: number }
/** How sure a change is; `manual` findings come without one and say what to do. */
export type Applicability = "safe" | "review" | "manual";
/** What was decided: of changes `accept` or `reject`, of functions one of the rest. */
export type Choice = "accept" | "reject" | "convert" | "twin" | "wrap" | "leave";
/** What is left out does not restrict it; the most specific decision counts, then the last. */
export interface Decision {
  choice: Choice;
  file?: string;
  /** Qualified name in `file`, or a dotted path. */
  function?: string;
  rule?: string;
  /** One place: that of the `Finding` with this fingerprint. */
  fingerprint?: string;
}
export interface Finding {
  rule: string;
  severity: "error" | "warning" | "info";
  applicability: Applicability;
  /** `rejected` and `withheld` changes were not made; what is done instead is a finding of its own. */
  state: "applied" | "open" | "rejected" | "withheld";
  message: string;
  help: string | null;
  /** In the text that was given. */
  before: Range;
  /** In `FileReport.after`. */
  after: Range | null;
  function: string | null;
  docsUrl: string | null;
  /** What decisions know the place by, with file, function and rule. */
  fingerprint: string;
  canBeRejected: boolean;
  decision: Choice | null;
  /** The position of that decision in `Options.decisions`. */
  decidedBy: number | null;
  /** From a view through helpers to what waits here, or behind this call; empty when the view waits for it itself. */
  chain: Link[];
}
export interface Edit { range: Range; text: string }
export type HttpClient = "aiohttp" | "httpx" | "httpx2" | "requests";
export type Templates = "wrap" | "response" | "evaluate";
export interface FunctionReport {
  name: string;
  kind: "view" | "handler" | "function";
  before: Range;
  decision: "convert" | "twin" | "wrap" | "leave" | "already-async";
  /** The reason's name. */
  because: Because;
  reason: string;
  effects: string[];
  /** `convert`, `twin`, `wrap` and `leave`, and what stands against each. */
  possibilities: { choice: Choice; obstacle: string | null }[];
  chosen: Choice | null;
  /** Of a view: as in its `Timeline`, whose waits these count. */
  inTurn: InTurn[];
}
/** Why something was decided for a function. */
export type Because =
  | "view-waits" | "class-waits" | "handlers-await" | "callers-await" | "test-asked-for" | "sync-callers" | "middleware"
  | "decorator" | "keeps-form" | "nothing-gained" | "not-asked-for" | "no-async-caller" | "stays-with-class"
  | "library-calls" | "django-calls" | "was-async" | "decided" | "not-at-hand" | "not-to-change" | "syntax-error" | "generator"
  | "sync-block" | "atomic-requests" | "sync-decorator" | "used-as-value" | "inner-function" | "name-taken" | "class-form"
  | "middleware-form" | "test-form" | "await-position" | "unknown-value" | "no-async-form";
export interface FileReport {
  path: string;
  after: string;
  edits: Edit[];
  findings: Finding[];
  functions: FunctionReport[];
  bareStatements: boolean;
}
/** What code waits for. */
export type Effect =
  | "query" | "http" | "sleep" | "mail" | "file" | "process" | "cache" | "session" | "lock" | "template" | "queue"
  | "network" | "input" | "database" | "cpu";
/** A place in the text that was given; `line` counts from 1. */
export interface Place { path: string; range: Range; line: number }
/** A step on the way to a wait: what is called, and where. */
export interface Link { name: string; place: Place }
/** What cannot be used by anything else meanwhile. */
export type Occupies = "nothing" | "request-thread" | "own-thread" | "event-loop";
/** One place where a view waits. */
export interface Wait {
  effect: Effect;
  label: string;
  place: Place;
  /** From the view through each call to the place itself. */
  chain: Link[];
  /** How many loops are around it. */
  loops: number;
  /** What decides whether it is reached; different arms of one condition exclude each other. */
  conditions: { condition: number; arm: number }[];
  isRecursive: boolean;
  /** False when it may not wait at all. */
  isCertain: boolean;
  /** What became of it; `gone`: a query before it loads it. */
  form: "native" | "thread" | "left" | "gone";
  /** Before and after. */
  occupied: Occupies;
  occupies: Occupies;
}
/** One step for each wait: those that have ended when it begins, and how many repetitions run at once. */
export interface Schedule { steps: { follows: number[]; atOnce: number }[] }
/** Why waits pass one after another. */
export type WhyInTurn =
  | "independent" | "rejected" | "data-flow" | "orm-one-connection" | "in-transaction" | "sync-block" | "ordering-effect"
  | "shared-mutation" | "control-flow" | "other-branch" | "exception-handling" | "unknown-code" | "same-statement"
  | "statement-form" | "in-thread" | "unchanged";
/** Waits that follow each other once the migration is made, from `first` to `last` by position; one by itself: the turns of a loop. */
export interface InTurn { first: number; last: number; because: WhyInTurn; reason: string }
/** What a view waits for, and when. How long each takes is up to you. */
export interface Timeline {
  path: string;
  view: string | null;
  kind: "view" | "handler" | "function";
  place: Place;
  decision: "convert" | "twin" | "wrap" | "leave" | "already-async";
  waits: Wait[];
  before: Schedule;
  after: Schedule;
  inTurn: InTurn[];
  isCut: boolean;
}
/** What waits, and what would fail, in a set of files. */
export interface Analysis {
  /** Findings without a place after; `functions` say what a migration makes of them. */
  files: Omit<FileReport, "after" | "edits">[];
  timelines: Timeline[];
}
export interface Report {
  files: FileReport[];
  /** One for each view that waits. */
  timelines: Timeline[];
  /** Decisions that fit nothing, by their position in `Options.decisions`. */
  stale: { decision: number; reason: string }[];
}
/** What the reader said; what is left out is read from the code. */
export interface Answers {
  /** The views to migrate (`shop/views.py:detail`); those that pay when there are none. */
  views?: string[];
  /** Milliseconds by effect, or by the name of a wait. */
  latencies?: Record<string, number>;
  engine?: Database | null;
  /** The database's driver, as pip calls it. */
  driver?: string | null;
  /** What serves the site today, and what shall. */
  server?: Server | null;
  nextServer?: Server | null;
  /** Requests per second at the busiest time. */
  traffic?: number | null;
  /** Requests that are served at the same time today. */
  slots?: number | null;
  /** Rounds of a loop. */
  rounds?: number | null;
  /** What was ticked by hand: names of items of the checklist. */
  done?: string[];
}
export type Database = "postgre-sql" | "my-sql" | "sqlite" | "oracle" | "other" | "unknown";
export type Server =
  | "gunicorn-wsgi" | "gunicorn-asgi" | "uvicorn" | "daphne" | "hypercorn" | "granian" | "uwsgi" | "mod-wsgi" | "waitress"
  | "run-server";
/** A place of the guide; `line` counts from 1. */
export interface GuidePlace { file: string; line: number; range: Range; label: string }
export type GuideState = "to-do" | "done" | "not-needed";
/** A part of a step, in the order of reading. Texts and cells are Markdown. */
export type GuideBlock =
  | { kind: "text" | "heading"; of: string }
  | { kind: "places"; of: { title: string; places: GuidePlace[] } }
  | { kind: "code"; of: { language: string; text: string } }
  | { kind: "example"; of: { title: string; before: string; after: string; note: string } }
  | { kind: "table"; of: { header: string[]; rows: string[][] } }
  /** A path in `Guide.files`, an id in `Guide.claims`. */
  | { kind: "file" | "claim"; of: string }
  | { kind: "rule"; of: { rule: string; summary: string; places: GuidePlace[] } };
export interface Question {
  id: string;
  text: string;
  fromGuide: boolean;
  answer: string;
  value: string;
  source: "code" | "you" | "default";
  input:
    | { kind: "none" }
    /** Keys and labels. */
    | { kind: "choice"; of: [key: string, label: string][] }
    | { kind: "many"; of: [key: string, label: string, chosen: boolean][] }
    /** The unit. */
    | { kind: "number"; of: string };
  places: GuidePlace[];
}
/** When something begins and ends, in milliseconds. */
export type Span = [start: number, end: number];
export interface ViewWait {
  id: string;
  effect: Effect;
  label: string;
  place: GuidePlace;
  chain: GuidePlace[];
  inLoop: boolean;
  isConditional: boolean;
  /** False when a wait that excludes it is counted instead. */
  isCounted: boolean;
  isCertain: boolean;
  form: Wait["form"];
  /** Milliseconds of one, and how many there are. */
  duration: number;
  times: number;
  before: Span;
  after: Span;
  overlapped: Span;
}
export interface ViewAssessment {
  id: string;
  file: string;
  name: string;
  routes: string[];
  kind: FunctionReport["kind"];
  place: GuidePlace;
  recommendation: "fix" | "migrate" | "later" | "blocked" | "stay-sync" | "done";
  order: number | null;
  isChosen: boolean;
  reason: string;
  /** Of a blocked view: the name of what stands against it. */
  because: Because | null;
  effort: "none" | "small" | "some" | "much";
  work: string;
  waits: ViewWait[];
  /** Why of these one begins when another has ended. */
  inTurn: InTurn[];
  /** Milliseconds: today, async, and with independent waits at the same time. */
  before: number;
  after: number;
  overlapped: number;
  /** Requests per second; null when the migration does not change it. */
  capacityBefore: number;
  capacityAfter: number | null;
  isCut: boolean;
}
/** What moving to async would bring, by a simple model that is stated. */
export interface Assessment {
  summary: string;
  /** In the order in which to look at them. */
  views: ViewAssessment[];
  model: { formulas: string[]; assumptions: string[]; slots: number; processes: number; traffic: number };
}
/** A sentence of the original guide, and what real Django says of it. */
export interface Claim {
  id: string;
  part: string;
  original: string;
  verdict: "true" | "partly" | "wrong";
  explanation: string;
  otherwise: string;
  since: string | null;
  docsUrl: string;
}
export interface GuideStep {
  id: string;
  number: number;
  title: string;
  summary: string;
  state: GuideState;
  count: number;
  blocks: GuideBlock[];
}
export interface Pitfall {
  id: string;
  title: string;
  fromGuide: boolean;
  explanation: string;
  since: string | null;
  docsUrl: string;
  verdict: string;
  places: GuidePlace[];
  /** Where a migration avoids it. */
  avoided: GuidePlace[];
}
export interface ChecklistItem {
  id: string;
  title: string;
  detail: string;
  state: GuideState;
  byHand: boolean;
  isAutomatic: boolean;
  step: string;
  original: string | null;
  places: GuidePlace[];
}
export interface GuideFile {
  path: string;
  language: string;
  purpose: string;
  text: string;
  /** As a patch of the file at hand. */
  patch: string | null;
  step: string;
  isAlternative: boolean;
}
export interface Guide {
  targetVersion: string;
  summary: string;
  questions: Question[];
  assessment: Assessment;
  claims: Claim[];
  steps: GuideStep[];
  pitfalls: Pitfall[];
  checklist: ChecklistItem[];
  files: GuideFile[];
}
export interface RuleInfo {
  name: string;
  summary: string;
  /** Markdown. */
  docs: string;
  /** `meant`: what code that fails was meant to do, as synchronous code. */
  examples: { before: string; meant: string | null; after: string; httpClient: HttpClient; safeOnly: boolean; tests: "keep" | "convert"; concurrent: boolean; templates: Templates }[];
}
export interface Options {
  /** The Django that the output runs on; `5.2` by default. */
  targetVersion?: "4.2" | "5.0" | "5.1" | "5.2" | "6.0" | "6.1";
  /** The oldest Python that it runs on, as `3.12`; by default the oldest that the target Django supports. */
  pythonVersion?: string | null;
  httpClient?: HttpClient;
  /** How long that client lives: each function opens its own, or all of a module share one for each event loop. */
  httpClientScope?: "view" | "application";
  templates?: Templates;
  /** What becomes of tests that go on working as they are. */
  tests?: "keep" | "convert";
  /** Make no change that rests on an assumption. */
  safeOnly?: boolean;
  /** Convert views for which it does not pay as well. */
  allViews?: boolean;
  /** Let independent waits pass at the same time. */
  concurrent?: boolean;
  /** Whether the files are all the code there is. By default they are, and a text by itself is not. */
  world?: "closed" | "open";
  /** Read a file of bare statements as the body of an async view; by default a text by itself only. */
  bareStatements?: boolean;
  /** Convert these views only (`module.name`). */
  views?: string[];
  /** Change these files only, by their paths. */
  files?: string[];
  decisions?: Decision[];
}
