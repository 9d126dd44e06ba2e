//! What a workspace keeps from one analysis to the next changes nothing: after any edits it finds what a new one finds.

#![allow(
    clippy::expect_used,
    reason = "an edit that the project has no place for ends the test"
)]

#[path = "../common/mod.rs"]
mod common;
mod edits;
mod project;

use common::{Random, realistic, uses};
use edits::{ALTERNATIVES, LINES, LINKING};
use project::PROJECT;
use std::collections::BTreeMap;
use std::sync::Arc;
use unblocked_rewriter::{Options, Workspace, migrate};

/// The texts of a project, and a workspace that went through all their changes.
struct Project {
    texts: BTreeMap<String, String>,
    workspace: Workspace,
    random: Random,
}

impl Project {
    fn new(files: impl IntoIterator<Item = (String, String)>, seed: u64) -> Self {
        let mut project = Self {
            texts: BTreeMap::new(),
            workspace: Workspace::new(),
            random: Random::new(seed),
        };
        for (path, text) in files {
            project.set(&path, text);
        }
        project
    }

    fn set(&mut self, path: &str, text: String) {
        self.workspace.set_file(path, &text);
        self.texts.insert(path.to_owned(), text);
    }

    fn remove(&mut self, path: &str) -> Option<String> {
        self.workspace.remove_file(path);
        self.texts.remove(path)
    }

    fn any_path(&mut self) -> String {
        let paths: Vec<_> = self.texts.keys().cloned().collect();
        self.random.pick(&paths).clone()
    }

    /// Replaces some bytes, as typing does.
    fn splice(&mut self, path: &str, range: std::ops::Range<usize>, with: &str) {
        if let Some(text) = self.texts.get_mut(path) {
            text.replace_range(range.clone(), with);
            assert!(self.workspace.edit_file(path, range.start, range.end, with));
        }
    }

    /// Where a random line of the file stands, without its indentation and its end.
    fn any_line(&mut self, path: &str) -> std::ops::Range<usize> {
        let text = &self.texts[path];
        let mut lines = Vec::new();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let start = at + line.len() - line.trim_start_matches([' ', '\t']).len();
            lines.push(start.min(at + line.trim_end().len())..at + line.trim_end().len());
            at += line.len();
        }
        lines.push(at..at);
        self.random.pick(&lines).clone()
    }

    fn step(&mut self, originals: &BTreeMap<String, String>) {
        let path = self.any_path();
        match self.random.below(14) {
            // A line becomes another one.
            0..=5 => {
                let line = self.any_line(&path);
                let with = *self.random.pick(LINES);
                self.splice(&path, line, with);
            }
            // A line more, with the indentation of the one below it.
            6..=8 => {
                let line = self.any_line(&path);
                let text = &self.texts[&path];
                let start = text[..line.start].rfind('\n').map_or(0, |at| at + 1);
                let indent = text[start..line.start].to_owned();
                let with = format!("{}\n{indent}", self.random.pick(LINES));
                self.splice(&path, line.start..line.start, &with);
            }
            // A line less.
            9 => {
                let line = self.any_line(&path);
                let end = (line.end + 1).min(self.texts[&path].len());
                self.splice(&path, line.start..end, "");
            }
            // The whole file as it once was.
            10 | 11 => {
                let path = {
                    let paths: Vec<_> = originals.keys().collect();
                    (*self.random.pick(&paths)).clone()
                };
                let text = originals[&path].clone();
                self.set(&path, text);
            }
            // A file comes, one goes, one moves.
            12 => {
                let text = self.texts[&path].clone();
                self.set(&format!("aside/{path}"), text);
            }
            _ if self.texts.len() > 4 => {
                let text = self.remove(&path).unwrap_or_default();
                if self.random.below(2) == 0 {
                    self.set(&path.replace("shop/", "store/"), text);
                }
            }
            _ => {}
        }
    }

    /// Compares with a workspace that never had other texts.
    fn check(&self, options: &Options) {
        let mut fresh = Workspace::new();
        for (path, text) in &self.texts {
            fresh.set_file(path, text);
        }
        let (kept, anew) = (self.workspace.analyze(), fresh.analyze());
        assert_eq!(kept.files.len(), anew.files.len());
        for ((kept, anew), path) in kept.files.iter().zip(&anew.files).zip(self.texts.keys()) {
            assert!(
                kept == anew,
                "{path} is analysed otherwise: {:#?}",
                self.texts
            );
        }
        assert_eq!(migrate(&self.workspace, options), migrate(&fresh, options));
    }
}

fn dense() -> Vec<(String, String)> {
    PROJECT
        .iter()
        .map(|&(path, text)| (path.to_owned(), text.to_owned()))
        .collect()
}

#[test]
fn any_edits_of_a_project_end_in_what_a_new_analysis_finds() {
    let originals: BTreeMap<_, _> = dense().into_iter().collect();
    for seed in 0..8 {
        let mut project = Project::new(dense(), seed);
        for step in 0..40 {
            project.step(&originals);
            // Now and then several edits come before an analysis.
            if project.random.below(4) > 0 {
                project.check(&uses()[step % 2]);
            }
        }
    }
}

/// One line of a project becomes another one that can stand there.
type Alternatives = [(&'static str, &'static [&'static str])];

fn check_alternatives(seed: u64, steps: usize, places: &Alternatives) {
    let mut project = Project::new(dense(), seed);
    for step in 0..steps {
        let (path, alternatives) = *project.random.pick(places);
        let text = &project.texts[path];
        let line = alternatives
            .iter()
            .find_map(|line| {
                let at = text.find(&format!("{line}\n"))?;
                Some(at..at + line.len())
            })
            .expect("one of them is there");
        let with = *project.random.pick(alternatives);
        project.splice(path, line, with);
        if project.random.below(4) > 0 {
            project.check(&uses()[step % 2]);
        }
    }
}

#[test]
fn what_bodies_tell_each_other_is_what_a_new_analysis_finds() {
    check_alternatives(11, 250, ALTERNATIVES);
}

#[test]
fn what_interfaces_tell_each_other_is_what_a_new_analysis_finds() {
    check_alternatives(12, 250, LINKING);
    check_alternatives(13, 100, &[ALTERNATIVES, LINKING].concat());
}

#[test]
fn any_edits_of_realistic_code_end_in_what_a_new_analysis_finds() {
    let originals: BTreeMap<_, _> = realistic().into_iter().collect();
    let mut project = Project::new(realistic(), 7);
    for step in 0..40 {
        project.step(&originals);
        project.check(&uses()[step % 2]);
    }
}

/// The files that an edit makes the next analysis infer anew.
fn inferred_after(edit: impl FnOnce(&mut Project)) -> Vec<String> {
    let mut project = Project::new(dense(), 0);
    let before = project.workspace.analyze().files;
    edit(&mut project);
    let after = project.workspace.analyze().files;
    let anew = |(before, after): (&Arc<_>, &Arc<_>)| !Arc::ptr_eq(before, after);
    let anew: Vec<bool> = before.iter().zip(&after).map(anew).collect();
    let paths = project.texts.into_keys();
    paths
        .zip(anew)
        .filter_map(|(path, anew)| anew.then_some(path))
        .collect()
}

fn replace(project: &mut Project, path: &str, what: &str, with: &str) {
    let start = project.texts[path].find(what).expect("it is there");
    project.splice(path, start..start + what.len(), with);
}

#[test]
fn an_edit_that_tells_others_nothing_concerns_its_file_alone() {
    let anew =
        inferred_after(|project| replace(project, "shop/services.py", "timeout=3", "timeout=5"));
    assert_eq!(anew, ["shop/services.py"]);
    let anew = inferred_after(|project| {
        replace(
            project,
            "shop/views.py",
            "    name = title",
            "    # It is short.\n    name = title",
        );
    });
    assert_eq!(anew, ["shop/views.py"]);
}

#[test]
fn what_a_function_returns_concerns_those_who_call_it() {
    let anew = inferred_after(|project| {
        replace(
            project,
            "shop/services.py",
            "Book.objects.get(pk=pk)",
            "Author.objects.get(pk=pk)",
        );
    });
    assert!(anew.contains(&"shop/services.py".to_owned()));
    assert!(anew.contains(&"shop/more.py".to_owned()), "{anew:?}");
    assert!(anew.contains(&"shop/views.py".to_owned()), "{anew:?}");
    assert!(!anew.contains(&"shop/models.py".to_owned()), "{anew:?}");
    assert!(!anew.contains(&"shop/urls.py".to_owned()), "{anew:?}");
}

#[test]
fn a_new_name_concerns_those_who_asked_for_it() {
    let anew = inferred_after(|project| {
        replace(
            project,
            "shop/urls.py",
            "urlpatterns",
            "def f(): pass\nurlpatterns",
        );
    });
    assert_eq!(anew, ["shop/urls.py"]);
}

#[test]
fn a_new_signature_concerns_those_who_call_it() {
    let anew = inferred_after(|project| {
        replace(
            project,
            "shop/helpers.py",
            "def total(rows)",
            "async def total(rows)",
        );
    });
    assert_eq!(anew, ["shop/helpers.py", "shop/views.py"]);
}

#[test]
fn a_new_field_concerns_those_who_use_the_model() {
    let anew = inferred_after(|project| {
        let field = "name = models.CharField()";
        replace(
            project,
            "shop/models.py",
            field,
            &field.replace("name", "title"),
        );
    });
    assert!(anew.contains(&"shop/models.py".to_owned()));
    assert!(!anew.contains(&"shop/urls.py".to_owned()), "{anew:?}");
}

#[test]
fn an_edit_and_its_undoing_leave_what_was() {
    let mut project = Project::new(dense(), 0);
    let options = Options::default();
    let before = migrate(&project.workspace, &options);
    replace(
        &mut project,
        "shop/models.py",
        "class Book(",
        "class Book((",
    );
    project.check(&options);
    replace(
        &mut project,
        "shop/models.py",
        "class Book((",
        "class Book(",
    );
    project.check(&options);
    assert_eq!(migrate(&project.workspace, &options), before);
}
