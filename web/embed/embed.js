// Django Unblocked in another page: <script src="…/embed.js" defer></script>, then <django-unblocked> around or after a <pre>.
// Has no dependencies, and asks nobody but the site that it comes from.
(() => {
  "use strict";

  /** The version of the messages between this script and the page in the frame. */
  const PROTOCOL = 1;
  const script = document.currentScript;
  const site = new URL("./", script ? script.src : document.baseURI);
  const ATTRIBUTES = ["code", "file", "view", "step", "django", "http-client", "theme", "readonly", "height", "loading"];

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    :host { display: block; margin-block: 1em; }
    :host([hidden]) { display: none; }
    .frame {
      display: block; box-sizing: border-box; width: 100%; height: var(--unblocked-height, 20rem);
      border: var(--unblocked-border, 1px solid #8886); border-radius: var(--unblocked-radius, 6px);
    }
    .frame:not(.ready) { height: 0; border: 0; visibility: hidden; position: absolute; }
    .start {
      font: inherit; padding: .35em .9em; margin-block: .4em; cursor: pointer;
      color: var(--unblocked-on-accent, #fff); background: var(--unblocked-accent, #0d6147);
      border: 0; border-radius: var(--unblocked-radius, 6px);
    }
    .start:focus-visible { outline: 2px solid currentColor; outline-offset: 2px; }
  `);

  /** Frames start one after the other: when the first has loaded the engine, the rest find it in the browser's cache. */
  let first = null;

  /** Whether what lies behind an element is dark. */
  function isDark(element) {
    for (let at = element; at; at = at.parentElement ?? at.getRootNode().host) {
      const [r, g, b, alpha = 1] = getComputedStyle(at).backgroundColor.match(/[\d.]+/g).map(Number);
      if (alpha > 0.5) return 0.2126 * r + 0.7152 * g + 0.0722 * b < 128;
    }
    const scheme = getComputedStyle(document.documentElement).colorScheme;
    return scheme.includes("dark") && (!scheme.includes("light") || matchMedia("(prefers-color-scheme: dark)").matches);
  }

  class DjangoUnblocked extends HTMLElement {
    static observedAttributes = ATTRIBUTES;
    #frame = null;
    #start = null;
    #ready = false;
    #waiting = new Map();
    #count = 0;
    #watchers = [];
    #code = null;
    #pre = null;

    constructor() {
      super();
      const root = this.attachShadow({ mode: "open" });
      // Not as an element: a strict content security policy of the page around refuses those.
      root.adoptedStyleSheets = [sheet];
      root.append(document.createElement("slot"));
    }

    connectedCallback() {
      if (this.#frame || this.#watchers.length) return;
      window.addEventListener("message", this.#receive);
      this.#watchers.push(() => window.removeEventListener("message", this.#receive));
      const loading = this.getAttribute("loading") ?? "visible";
      // What stands in the element is there once the page has been read.
      if (document.readyState === "loading") {
        document.addEventListener("DOMContentLoaded", () => this.isConnected && this.#wait(loading), { once: true });
      } else {
        this.#wait(loading);
      }
    }

    disconnectedCallback() {
      for (const stop of this.#watchers.splice(0)) stop();
      this.#frame?.remove();
      this.#frame = null;
      this.#ready = false;
      this.#show(true);
    }

    attributeChangedCallback(name, before, after) {
      if (before === after || !this.#ready) return;
      if (name === "code" || name === "file") this.#code = null;
      if (name === "height") this.#resize();
      else this.#send("set", this.#settings(name === "code" || name === "file"));
    }

    #wait(loading) {
      if (loading === "click") {
        this.#start = this.shadowRoot.appendChild(document.createElement("button"));
        this.#start.className = "start";
        this.#start.part = "button";
        this.#start.textContent = this.getAttribute("label") ?? "Show the async version";
        this.#start.addEventListener("click", () => this.load());
      } else if (loading === "idle" && window.requestIdleCallback) {
        requestIdleCallback(() => this.isConnected && this.load(), { timeout: 5000 });
      } else {
        const seen = new IntersectionObserver((entries) => {
          if (entries.some((entry) => entry.isIntersecting)) this.load();
        }, { rootMargin: "200px" });
        seen.observe(this);
        this.#watchers.push(() => seen.disconnect());
      }
    }

    /** Loads the page now, whatever `loading` says. */
    load() {
      if (this.#frame || !this.isConnected) return;
      const frame = document.createElement("iframe");
      this.#frame = frame;
      frame.className = "frame";
      frame.part = "frame";
      frame.title = this.getAttribute("label") ?? "Django Unblocked: sync and async code";
      frame.allow = "clipboard-write; clipboard-read";
      const open = () => {
        const address = new URL("index.html", site);
        address.searchParams.set("embed", this.view);
        frame.src = address.href;
        this.shadowRoot.append(frame);
      };
      if (first) {
        first.then(() => this.#frame === frame && open());
      } else {
        // One that fails to load holds no other up.
        first = new Promise((resolve) => {
          this.addEventListener("unblocked-ready", resolve, { once: true });
          setTimeout(resolve, 15000);
        });
        open();
      }
    }

    /** The code that is shown: what was set, the attribute, the <pre> in this element or the one before it. */
    get code() {
      if (this.#code !== null) return this.#code;
      if (this.hasAttribute("code")) return this.getAttribute("code");
      this.#pre ??= this.querySelector("pre") ?? this.#before();
      const source = this.#pre?.querySelector("code") ?? this.#pre ?? this;
      return source.textContent.replace(/^\n/, "");
    }

    /** The code block that stands before this element. Markdown may have put a paragraph around the element. */
    #before() {
      const at = this.previousElementSibling || !this.parentElement?.matches("p") ? this : this.parentElement;
      const block = at.previousElementSibling;
      return block?.matches("pre, [class*=highlight], [class*=language-]") ? (block.querySelector("pre") ?? block) : null;
    }

    set code(text) {
      this.#code = String(text);
      if (this.#ready) this.#send("set", this.#settings(true));
    }

    get view() {
      const view = this.getAttribute("view");
      return ["before", "after", "diff", "guide", "assessment"].includes(view) ? view : "after";
    }

    set view(view) {
      this.setAttribute("view", view);
    }

    /** Code before and after, and how many findings there are of each kind. */
    result() {
      return this.#ask("result");
    }

    /** The address of the full page with this work in it. */
    link() {
      return this.#ask("link");
    }

    #settings(withCode) {
      const theme = this.getAttribute("theme");
      return {
        view: this.view,
        step: this.getAttribute("step"),
        theme: theme === "light" || theme === "dark" ? theme : isDark(this) ? "dark" : "light",
        readOnly: this.hasAttribute("readonly"),
        fixed: this.hasAttribute("height"),
        options: { targetVersion: this.getAttribute("django"), httpClient: this.getAttribute("http-client") },
        ...(withCode ? { files: [{ path: this.getAttribute("file") ?? "views.py", text: this.code }] } : {}),
      };
    }

    #ask(kind) {
      this.load();
      return new Promise((resolve, reject) => {
        const id = ++this.#count;
        this.#waiting.set(id, { kind, resolve, reject });
        if (this.#ready) this.#send(kind, { id });
      });
    }

    #send(kind, content) {
      this.#frame?.contentWindow?.postMessage({ djangoUnblocked: PROTOCOL, kind, ...content }, site.origin);
    }

    #receive = (event) => {
      // From this frame, from the site that it was loaded from, in this version: nothing else counts.
      if (!this.#frame || event.source !== this.#frame.contentWindow || event.origin !== site.origin) return;
      const { data } = event;
      if (!data || data.djangoUnblocked !== PROTOCOL) return;
      if (data.kind === "ready") this.#begin();
      else if (data.kind === "height") this.#resize(data.height);
      else if (data.kind === "answer") {
        this.#waiting.get(data.id)?.resolve(data.value);
        this.#waiting.delete(data.id);
      } else if (data.kind === "change") {
        this.dispatchEvent(new CustomEvent("unblocked-change", { detail: data.value, bubbles: true, composed: true }));
      }
    };

    #begin() {
      this.#ready = true;
      this.#start?.remove();
      this.#send("set", this.#settings(true));
      for (const [id, { kind }] of this.#waiting) this.#send(kind, { id });
      this.#frame.classList.add("ready");
      this.#show(false);
      this.#resize();
      this.#follow();
      this.dispatchEvent(new CustomEvent("unblocked-ready", { bubbles: true, composed: true }));
    }

    /** Shows the static code, or hides it: the frame has it. */
    #show(shown) {
      const slot = this.shadowRoot.querySelector("slot");
      slot.style.display = shown ? "" : "none";
    }

    #resize(height) {
      if (!this.#frame) return;
      const fixed = this.getAttribute("height");
      if (fixed) this.#frame.style.height = /^\d+$/.test(fixed) ? `${fixed}px` : fixed;
      else if (Number.isFinite(height)) this.#frame.style.height = `${Math.min(Math.max(height, 60), 20000)}px`;
    }

    /** Follows the colors of the page around. */
    #follow() {
      const tell = () => this.#ready && this.#send("set", this.#settings(false));
      const system = matchMedia("(prefers-color-scheme: dark)");
      system.addEventListener("change", tell);
      const changed = new MutationObserver(tell);
      for (const element of [document.documentElement, document.body]) changed.observe(element, { attributes: true });
      this.#watchers.push(
        () => system.removeEventListener("change", tell),
        () => changed.disconnect(),
      );
    }
  }

  if (!customElements.get("django-unblocked")) customElements.define("django-unblocked", DjangoUnblocked);
})();
