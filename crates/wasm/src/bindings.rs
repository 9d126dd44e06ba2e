//! What JavaScript sees.

use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use unblocked_guide::Answers;
use unblocked_rewriter::Options;
use wasm_bindgen::prelude::*;

use crate::Session;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
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
  /** The reason's name, such as `callers-await`. */
  because: string;
  reason: string;
  effects: string[];
  /** `convert`, `twin`, `wrap` and `leave`, and what stands against each. */
  possibilities: { choice: Choice; obstacle: string | null }[];
  chosen: Choice | null;
}
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
  | "network" | "input";
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
  isCut: boolean;
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
  views?: string[];
  /** Milliseconds by effect, or by the name of a wait. */
  latencies?: Record<string, number>;
  engine?: "postgre-sql" | "my-sql" | "sqlite" | "oracle" | "other" | null;
  driver?: string | null;
  server?: string | null;
  nextServer?: string | null;
  traffic?: number | null;
  slots?: number | null;
  rounds?: number | null;
  done?: string[];
}
/** A place of the guide. */
export interface GuidePlace { file: string; line: number; range: Range; label: string }
export type GuideState = "to-do" | "done" | "not-needed";
/** A part of a step; `of` depends on `kind`. */
export interface GuideBlock { kind: string; of: unknown }
/** The guide. Blocks, pitfalls and views hold places, text in Markdown, and names of claims, rules and files. */
export interface Guide {
  targetVersion: string;
  summary: string;
  questions: { id: string; text: string; answer: string; value: string; source: "code" | "you" | "default"; places: GuidePlace[] }[];
  assessment: { summary: string; views: Record<string, unknown>[]; model: Record<string, unknown> };
  claims: { id: string; part: string; original: string; verdict: "true" | "partly" | "wrong"; explanation: string; otherwise: string; since: string | null; docsUrl: string }[];
  steps: { id: string; number: number; title: string; summary: string; state: GuideState; count: number; blocks: GuideBlock[] }[];
  pitfalls: { id: string; title: string; verdict: string; explanation: string; since: string | null; docsUrl: string; places: GuidePlace[]; avoided: GuidePlace[] }[];
  checklist: { id: string; title: string; detail: string; state: GuideState; byHand: boolean; step: string; places: GuidePlace[] }[];
  files: { path: string; language: string; purpose: string; text: string; patch: string | null; step: string }[];
}
export interface RuleInfo {
  name: string;
  summary: string;
  /** Markdown. */
  docs: string;
  examples: { before: string; after: string; httpClient: HttpClient; safeOnly: boolean; tests: "keep" | "convert"; concurrent: boolean; templates: Templates }[];
}
export interface Options {
  targetVersion?: string;
  pythonVersion?: string | null;
  httpClient?: HttpClient;
  templates?: Templates;
  /** What becomes of tests that go on working as they are. */
  tests?: "keep" | "convert";
  safeOnly?: boolean;
  allViews?: boolean;
  /** Let independent waits pass at the same time. */
  concurrent?: boolean;
  world?: "closed" | "open";
  bareStatements?: boolean;
  views?: string[];
  decisions?: Decision[];
}
"#;

/// The engine over a set of files.
#[wasm_bindgen]
#[derive(Default)]
pub struct Engine {
    session: Session,
}

#[wasm_bindgen]
impl Engine {
    /// An engine without files.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file, or replaces its whole text. `path` uses `/` between folders.
    #[wasm_bindgen(js_name = setFile)]
    pub fn set_file(&mut self, path: &str, text: &str) {
        self.session.set_file(path, text);
    }

    /// Replaces `from..to` of a file's text. Returns false, and changes nothing, when that does not fit the text.
    #[wasm_bindgen(js_name = editFile)]
    pub fn edit_file(&mut self, path: &str, from: usize, to: usize, insert: &str) -> bool {
        self.session.edit_file(path, from, to, insert)
    }

    /// Removes a file.
    #[wasm_bindgen(js_name = removeFile)]
    pub fn remove_file(&mut self, path: &str) {
        self.session.remove_file(path);
    }

    /// Migrates the files at hand. What `options` leaves out has its default.
    ///
    /// # Errors
    ///
    /// When `options` names something that does not exist, such as a version of Django.
    #[wasm_bindgen(unchecked_return_type = "Report")]
    pub fn migrate(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Options | undefined")] options: JsValue,
    ) -> Result<JsValue, JsError> {
        to_js(&self.session.migrate(&options_of(options)?))
    }

    /// The guide for the files at hand: assessment, steps, pitfalls, checklist and files. What `answers` leaves out is
    /// read from the code, or has its default.
    ///
    /// # Errors
    ///
    /// When `options` or `answers` name something that does not exist.
    #[wasm_bindgen(unchecked_return_type = "Guide")]
    pub fn guide(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Options | undefined")] options: JsValue,
        #[wasm_bindgen(unchecked_param_type = "Answers | undefined")] answers: JsValue,
    ) -> Result<JsValue, JsError> {
        let answers = if answers.is_undefined() || answers.is_null() {
            Answers::default()
        } else {
            serde_wasm_bindgen::from_value(answers)
                .map_err(|error| JsError::new(&error.to_string()))?
        };
        let (_, guide) = self
            .session
            .migrate_and_guide(&options_of(options)?, &answers);
        to_js(&guide)
    }

    /// Every rule, by name, with its documentation.
    ///
    /// # Errors
    ///
    /// Never in practice: when an answer could not be made into JavaScript values.
    #[wasm_bindgen(unchecked_return_type = "RuleInfo[]")]
    pub fn rules() -> Result<JsValue, JsError> {
        to_js(&unblocked_rewriter::rules())
    }
}

/// What the page uses for pasted code, when nothing is given.
fn options_of(options: JsValue) -> Result<Options, JsError> {
    if options.is_undefined() || options.is_null() {
        return Ok(Options::for_paste());
    }
    serde_wasm_bindgen::from_value(options).map_err(|error| JsError::new(&error.to_string()))
}

fn to_js<T: Serialize>(value: &T) -> Result<JsValue, JsError> {
    value
        .serialize(&Serializer::json_compatible())
        .map_err(|error| JsError::new(&error.to_string()))
}
