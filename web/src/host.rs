//! What the page is given by `web/editor`: the editor, workers, clipboard and files.

use serde::Serialize;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// Everything that the start-up script gives the page.
    #[derive(Clone, PartialEq)]
    pub(crate) type Host;

    /// Starts a worker, with the guide or without. The first callback gets its messages, the second is called when it fails.
    #[wasm_bindgen(method, js_name = spawnWorker)]
    pub(crate) fn spawn_worker(
        this: &Host,
        guides: bool,
        on_message: &Closure<dyn FnMut(String)>,
        on_fail: &Closure<dyn FnMut()>,
    ) -> Worker;

    /// Shows how many of all files are done, with a way to stop; without a label, no more.
    #[wasm_bindgen(method)]
    pub(crate) fn progress(
        this: &Host,
        label: Option<&str>,
        done: usize,
        all: usize,
        stop: Option<&js_sys::Function>,
    );

    /// What the rules say of themselves, as JSON; null when it can't be loaded.
    #[wasm_bindgen(method)]
    pub(crate) async fn rules(this: &Host) -> JsValue;

    /// Puts a pane in `parent`.
    #[wasm_bindgen(method, js_name = createPane)]
    pub(crate) fn create_pane(
        this: &Host,
        parent: &web_sys::Element,
        options: JsValue,
        on_change: &Closure<dyn FnMut(u32, JsValue)>,
        on_paste: &Closure<dyn FnMut(u32, String)>,
        on_act: &Closure<dyn FnMut(u32, String, usize)>,
        on_ask: &Closure<dyn FnMut(u32, usize, js_sys::Function)>,
    ) -> Pane;

    /// Puts `text` on the clipboard; whether that was allowed.
    #[wasm_bindgen(method)]
    pub(crate) async fn copy(this: &Host, text: &str) -> JsValue;

    /// The clipboard's text; null when that is refused.
    #[wasm_bindgen(method)]
    pub(crate) async fn paste(this: &Host) -> JsValue;

    /// Hands `text` to the user as a file.
    #[wasm_bindgen(method)]
    pub(crate) fn download(this: &Host, name: &str, text: &str);

    /// Hands files to the user as a zip.
    #[wasm_bindgen(method, js_name = downloadZip)]
    pub(crate) fn download_zip(this: &Host, name: &str, files: JsValue);

    /// Starts to read a list of files, or what was dropped.
    #[wasm_bindgen(method)]
    pub(crate) fn read(this: &Host, source: &JsValue) -> Reading;

    /// Tells of a folder that the reader lets the page read, and write to.
    #[wasm_bindgen(method, js_name = onFolder)]
    pub(crate) fn on_folder(this: &Host, opened: &Closure<dyn FnMut(JsValue)>);

    /// The name of the folder whose files are open, if the page may write to it.
    #[wasm_bindgen(method)]
    pub(crate) fn folder(this: &Host) -> Option<String>;

    /// Writes files to that folder, those that the reader agrees to. What to say of it; null when there is nothing.
    #[wasm_bindgen(method, js_name = saveBack)]
    pub(crate) async fn save_back(this: &Host, files: JsValue) -> JsValue;

    /// Files that are being read.
    pub(crate) type Reading;

    /// Some more of them; null when there are no more.
    #[wasm_bindgen(method)]
    pub(crate) async fn next(this: &Reading) -> JsValue;

    /// What is to know when all are read; null when the reader has stopped it.
    #[wasm_bindgen(method)]
    pub(crate) fn end(this: &Reading) -> JsValue;

    /// What the page starts with: a link to work, and saved work.
    #[wasm_bindgen(method)]
    pub(crate) fn first(this: &Host) -> JsValue;

    /// Where the one-file page can be had, if this is not it.
    #[wasm_bindgen(method)]
    pub(crate) fn bundle(this: &Host) -> Option<String>;

    /// The address of this page with `text` in it.
    #[wasm_bindgen(method)]
    pub(crate) async fn link(this: &Host, text: &str) -> JsValue;

    /// Tells of links that are opened in this page.
    #[wasm_bindgen(method, js_name = onLink)]
    pub(crate) fn on_link(this: &Host, opened: &Closure<dyn FnMut(JsValue)>);

    /// Takes a link out of the page's address.
    #[wasm_bindgen(method, js_name = dropLink)]
    pub(crate) fn drop_link(this: &Host);

    /// Saves the work of now; whether that worked.
    #[wasm_bindgen(method)]
    pub(crate) async fn save(this: &Host, text: &JsValue) -> JsValue;

    /// Lets the page draw, and take what the reader does.
    #[wasm_bindgen(method)]
    pub(crate) async fn pause(this: &Host);

    /// Keeps a snapshot; whether that worked.
    #[wasm_bindgen(method)]
    pub(crate) async fn keep(this: &Host, title: &str, text: &JsValue, named: bool) -> JsValue;

    /// The snapshots, newest first.
    #[wasm_bindgen(method)]
    pub(crate) async fn snapshots(this: &Host) -> JsValue;

    /// A snapshot's text.
    #[wasm_bindgen(method)]
    pub(crate) async fn snapshot(this: &Host, id: f64) -> JsValue;

    /// Gives a snapshot another name, unless that is empty.
    #[wasm_bindgen(method, js_name = rename)]
    pub(crate) async fn rename_snapshot(this: &Host, id: f64, title: &str) -> JsValue;

    /// Drops a snapshot.
    #[wasm_bindgen(method, js_name = drop)]
    pub(crate) async fn drop_snapshot(this: &Host, id: f64) -> JsValue;

    /// Tells when the page may be about to go away.
    #[wasm_bindgen(method, js_name = onLeave)]
    pub(crate) fn on_leave(this: &Host, leaves: &Closure<dyn FnMut()>);

    /// Hands over a function that takes a new version of the page, once there is one.
    #[wasm_bindgen(method, js_name = listenToUpdates)]
    pub(crate) fn listen_to_updates(this: &Host, ready: &Closure<dyn FnMut(js_sys::Function)>);

    /// Tells of shortcuts by their names; gives how the control key is called here.
    #[wasm_bindgen(method, js_name = listenToKeys)]
    pub(crate) fn listen_to_keys(this: &Host, pressed: &Closure<dyn FnMut(String)>) -> String;

    /// Has the guide shown in `place`, by a module of its own. The callback gets what the reader does there, as JSON.
    #[wasm_bindgen(method)]
    pub(crate) fn guide(
        this: &Host,
        place: &web_sys::Element,
        act: &Closure<dyn FnMut(String)>,
    ) -> GuideSlot;

    /// The guide's place on the page.
    pub(crate) type GuideSlot;

    /// Shows a part of the guide, of a new one if that is given.
    #[wasm_bindgen(method)]
    pub(crate) fn show(this: &GuideSlot, shown: &str, guide: Option<&str>);

    /// Takes it from the page.
    #[wasm_bindgen(method)]
    pub(crate) fn destroy(this: &GuideSlot);

    /// Has all files listed in `place`. The callback gets the one that the reader goes to.
    #[wasm_bindgen(method)]
    pub(crate) fn project(
        this: &Host,
        place: &web_sys::Element,
        go: &Closure<dyn FnMut(u32)>,
    ) -> ProjectSlot;

    /// The place of the list of files.
    pub(crate) type ProjectSlot;

    /// Lists these files; the one of this name is in the panes.
    #[wasm_bindgen(method)]
    pub(crate) fn show(this: &ProjectSlot, rows: JsValue, active: u32);

    /// Takes it from the page.
    #[wasm_bindgen(method)]
    pub(crate) fn destroy(this: &ProjectSlot);

    /// A running worker.
    pub(crate) type Worker;

    /// Sends a message.
    #[wasm_bindgen(method)]
    pub(crate) fn post(this: &Worker, text: &str);

    /// Stops it; nothing comes from it after this.
    #[wasm_bindgen(method)]
    pub(crate) fn terminate(this: &Worker);

    /// An editor that shows one file at a time.
    pub(crate) type Pane;

    /// Shows a file, which has `text` when it is new here.
    #[wasm_bindgen(method)]
    pub(crate) fn show(this: &Pane, file: u32, text: &str);

    /// Shows a file's text as one with `original`, or alone.
    #[wasm_bindgen(method)]
    pub(crate) fn compare(this: &Pane, file: u32, original: Option<&str>);

    /// Forgets a file.
    #[wasm_bindgen(method)]
    pub(crate) fn forget(this: &Pane, file: u32);

    /// A file's whole text.
    #[wasm_bindgen(method)]
    pub(crate) fn text(this: &Pane, file: u32) -> String;

    /// Puts `text` in the place of a file's text.
    #[wasm_bindgen(method, js_name = setText)]
    pub(crate) fn set_text(this: &Pane, file: u32, text: &str, undoable: bool);

    /// Puts `text` in the place of the shown file's text, as if the user had typed it.
    #[wasm_bindgen(method)]
    pub(crate) fn replace(this: &Pane, text: &str);

    /// Shows what was found in a file. With `anchor`, places count in its text of now.
    #[wasm_bindgen(method, js_name = setReport)]
    pub(crate) fn set_report(this: &Pane, file: u32, report: JsValue, anchor: bool);

    /// Selects a place and scrolls to it.
    #[wasm_bindgen(method)]
    pub(crate) fn reveal(this: &Pane, from: usize, to: usize, focus: bool);
}

/// How a pane looks and speaks.
#[derive(Serialize)]
pub(crate) struct PaneOptions {
    /// Its accessible name.
    pub(crate) label: &'static str,
    /// The element that describes it.
    pub(crate) description: &'static str,
    /// What it says when it is empty.
    pub(crate) placeholder: &'static str,
    /// The class that colors its changed lines.
    pub(crate) changed: &'static str,
    /// Whether changes are told one by one, or as the whole text.
    pub(crate) changes: bool,
    /// What holds of everything that it tells of names.
    pub(crate) note: Option<&'static str>,
}

/// A place in a pane.
#[derive(Serialize)]
pub(crate) struct Place {
    /// First code unit.
    pub(crate) from: usize,
    /// One past the last code unit.
    pub(crate) to: usize,
}

/// A finding in a pane.
#[derive(Serialize)]
pub(crate) struct Diagnostic<'report> {
    /// First code unit.
    pub(crate) from: usize,
    /// One past the last code unit.
    pub(crate) to: usize,
    /// `hint`, `info`, `warning` or `error`.
    pub(crate) severity: &'static str,
    /// The rule and how sure the change is.
    pub(crate) rule: String,
    /// What is the matter.
    pub(crate) message: &'report str,
    /// What was done, or what to do.
    pub(crate) help: Option<&'report str>,
    /// Names it to the page.
    pub(crate) index: usize,
    /// What can be done about it: `reject`, `accept`, `takeBack`, `explain`.
    pub(crate) actions: Vec<&'static str>,
}

/// What a pane shows of an answer.
#[derive(Serialize)]
pub(crate) struct PaneReport<'report> {
    /// What changed; `None` leaves what is marked.
    pub(crate) marks: Option<Vec<Place>>,
    /// What was found.
    pub(crate) diagnostics: Vec<Diagnostic<'report>>,
}

/// `value` for JavaScript; `undefined` if that can't be.
pub(crate) fn to_js<T: Serialize>(value: &T) -> JsValue {
    value
        .serialize(&serde_wasm_bindgen::Serializer::json_compatible())
        .unwrap_or_default()
}
