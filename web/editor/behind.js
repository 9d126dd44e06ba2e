// Parts of the panes that come behind the first view.

import { Compartment } from "@codemirror/state";

/** A part that is loaded once, with a place among each pane's extensions. */
export class Part {
  #place = new Compartment();
  #loading = null;
  #loaded = null;
  #tell;
  #load;
  #panes;
  #meanwhile;
  /** What was loaded, once it is. */
  there = new Promise((tell) => (this.#tell = tell));

  /**
   * @template {{extensions: (pane: object) => import("@codemirror/state").Extension}} Loaded
   * @param {() => Promise<Loaded>} load
   * @param {object[]} panes all panes
   * @param {import("@codemirror/state").Extension} meanwhile what stands there until it is loaded
   */
  constructor(load, panes, meanwhile = []) {
    this.#load = load;
    this.#panes = panes;
    this.#meanwhile = meanwhile;
  }

  /** What stands in its place in a pane now. */
  #now(pane) {
    return this.#loaded?.extensions(pane) ?? this.#meanwhile;
  }

  /** Its place in a pane. */
  in(pane) {
    return this.#place.of(this.#now(pane));
  }

  /** Loads it, unless it is there; gives what was loaded. */
  load() {
    this.#loading ??= this.#load().then(
      (loaded) => {
        this.#loaded = loaded;
        for (const pane of this.#panes) pane.reconfigure({ effects: this.#place.reconfigure(this.#now(pane)) });
        this.#tell(loaded);
        return loaded;
      },
      (error) => {
        // The next occasion is the next attempt.
        this.#loading = null;
        throw error;
      },
    );
    return this.#loading;
  }
}
