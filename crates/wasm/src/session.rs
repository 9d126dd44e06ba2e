//! A workspace whose offsets are UTF-16 code units.

use std::collections::HashMap;

use unblocked_guide::{Answers, Guide};
use unblocked_rewriter::{FileReport, Meaning, Options, Progress, Range, Report, Workspace};

use crate::Utf16Index;

/// The files at hand, and the engine over them.
#[derive(Default)]
pub struct Session {
    workspace: Workspace,
}

impl Session {
    /// A session without files.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Has `watcher` told how far a migration has come.
    pub fn watch(&mut self, watcher: impl Fn(Progress) + 'static) {
        self.workspace.watch(watcher);
    }

    /// Adds a file, or replaces its whole text.
    pub fn set_file(&mut self, path: &str, text: &str) {
        self.workspace.set_file(path, text);
    }

    /// Replaces code units `from..to` of a file's text. Returns false, and changes nothing, when there is no such file
    /// or the range is not one of whole characters inside it.
    pub fn edit_file(&mut self, path: &str, from: usize, to: usize, insert: &str) -> bool {
        let Some(text) = self.text(path) else {
            return false;
        };
        let index = Utf16Index::new(text);
        match (index.to_byte(from), index.to_byte(to)) {
            (Some(start), Some(end)) if start <= end => {
                self.workspace.edit_file(path, start, end, insert)
            }
            _ => false,
        }
    }

    /// Removes a file.
    pub fn remove_file(&mut self, path: &str) {
        self.workspace.remove_file(path);
    }

    /// A file's text as the engine has it.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        self.workspace.text(path)
    }

    /// Migrates the files at hand; every range of the answer is in code units.
    #[must_use]
    pub fn migrate(&self, options: &Options) -> Report {
        self.in_code_units(unblocked_rewriter::migrate(&self.workspace, options))
    }

    /// What the name at a code unit of a file's text means; `None` where there is no name.
    #[must_use]
    pub fn meaning(&self, path: &str, offset: usize) -> Option<Meaning> {
        let index = Utf16Index::new(self.text(path)?);
        let mut meaning =
            unblocked_rewriter::meaning(&self.workspace, path, index.to_byte(offset)?)?;
        convert(&index, &mut meaning.name);
        if let Some(place) = &mut meaning.definition
            && let Some(text) = self.text(&place.path)
        {
            convert(&Utf16Index::new(text), &mut place.range);
        }
        Some(meaning)
    }

    /// Migrates the files at hand and makes the guide for them; every range of both is in code units.
    #[must_use]
    pub fn migrate_and_guide(&self, options: &Options, answers: &Answers) -> (Report, Guide) {
        let report = unblocked_rewriter::migrate(&self.workspace, options);
        let mut guide = unblocked_guide::guide(&self.workspace, options, answers, &report);
        let mut indices: HashMap<String, Option<Utf16Index<'_>>> = HashMap::new();
        for place in guide.places_mut() {
            let index = indices
                .entry(place.file.clone())
                .or_insert_with(|| self.text(&place.file).map(Utf16Index::new));
            if let Some(index) = index {
                convert(index, &mut place.range);
            }
        }
        (self.in_code_units(report), guide)
    }

    fn in_code_units(&self, mut report: Report) -> Report {
        for file in &mut report.files {
            if let Some(before) = self.text(&file.path) {
                to_utf16(file, before);
            }
        }
        let mut indices: HashMap<String, Option<Utf16Index<'_>>> = HashMap::new();
        for place in report.places_mut() {
            let index = indices
                .entry(place.path.clone())
                .or_insert_with(|| self.text(&place.path).map(Utf16Index::new));
            if let Some(index) = index {
                convert(index, &mut place.range);
            }
        }
        report
    }
}

fn convert(index: &Utf16Index<'_>, range: &mut Range) {
    *range = Range {
        start: index.to_utf16(range.start),
        end: index.to_utf16(range.end),
    };
}

/// Turns every range of `report`, which are in bytes of `before` and of the after text, into code units.
fn to_utf16(report: &mut FileReport, before: &str) {
    let before = Utf16Index::new(before);
    let after = Utf16Index::new(&report.after);
    for edit in &mut report.edits {
        convert(&before, &mut edit.range);
    }
    for finding in &mut report.findings {
        convert(&before, &mut finding.before);
        if let Some(range) = &mut finding.after {
            convert(&after, range);
        }
    }
    for function in &mut report.functions {
        convert(&before, &mut function.before);
    }
}

#[cfg(test)]
mod tests {
    use unblocked_rewriter::{
        Applicability, Decision, Edit, Finding, FindingState, FunctionKind, FunctionReport,
        Severity,
    };

    use super::*;

    const VIEW: &str = "# 📦 größe\r\ndef stock(request):\r\n    return 1\r\n";

    fn range(text: &str, part: &str) -> Range {
        let start = text.find(part).unwrap();
        Range {
            start,
            end: start + part.len(),
        }
    }

    /// What JavaScript's `text.slice(start, end)` gives.
    fn slice(text: &str, range: Range) -> String {
        let units: Vec<u16> = text.encode_utf16().collect();
        String::from_utf16(&units[range.start..range.end]).unwrap()
    }

    #[test]
    fn every_range_of_a_report_slices_the_same_text_in_javascript() {
        let after = VIEW.replace("def", "async def").replace('1', "'📦'");
        let mut report = FileReport {
            path: "views.py".to_owned(),
            after: after.clone(),
            edits: vec![Edit {
                range: range(VIEW, "def"),
                text: "async def".to_owned(),
            }],
            findings: vec![Finding {
                rule: "orm/await-terminal".to_owned(),
                severity: Severity::Warning,
                applicability: Applicability::Safe,
                state: FindingState::Applied,
                message: String::new(),
                help: None,
                before: range(VIEW, "return 1"),
                after: Some(range(&after, "return '📦'")),
                function: None,
                docs_url: None,
                fingerprint: String::new(),
                can_be_rejected: false,
                decision: None,
                decided_by: None,
                chain: Vec::new(),
            }],
            functions: vec![FunctionReport {
                name: "stock".to_owned(),
                kind: FunctionKind::View,
                before: range(VIEW, "def stock(request):"),
                decision: Decision::Convert,
                because: unblocked_rewriter::Because::ViewWaits,
                reason: String::new(),
                effects: Vec::new(),
                possibilities: Vec::new(),
                chosen: None,
                in_turn: Vec::new(),
            }],
            bare_statements: false,
        };
        to_utf16(&mut report, VIEW);
        assert_eq!(slice(VIEW, report.edits[0].range), "def");
        let finding = &report.findings[0];
        assert_eq!(slice(VIEW, finding.before), "return 1");
        assert_eq!(slice(&after, finding.after.unwrap()), "return '📦'");
        assert_eq!(
            slice(VIEW, report.functions[0].before),
            "def stock(request):"
        );
    }

    #[test]
    fn places_on_the_way_to_a_wait_count_in_code_units_of_their_files() {
        let mut session = Session::new();
        let views = "from . import service\n# 📦📦\ndef stock(request):\n    return JsonResponse(service.load())\n";
        let service = "# 📦\ndef load():\n    return Product.objects.count()\n";
        session.set_file("shop/views.py", views);
        session.set_file("shop/service.py", service);
        let report = session.migrate(&Options::default());
        let texts: Vec<String> = report.timelines[0].waits[0]
            .chain
            .iter()
            .map(|link| {
                let views = link.place.path == "shop/views.py";
                slice(
                    if views { views_of(&session) } else { service },
                    link.place.range,
                )
            })
            .collect();
        assert_eq!(
            texts,
            ["stock", "service.load()", "Product.objects.count()"]
        );
    }

    fn views_of(session: &Session) -> &str {
        session.text("shop/views.py").unwrap()
    }

    #[test]
    fn edits_count_as_an_editor_counts() {
        let mut session = Session::new();
        session.set_file("views.py", VIEW);
        // "# 📦 größe" is ten code units, "\r\n" two.
        assert!(session.edit_file("views.py", 2, 4, "box"));
        assert!(session.edit_file("views.py", 6, 11, "📦📦"));
        assert_eq!(
            session.text("views.py").unwrap().lines().next(),
            Some("# box 📦📦")
        );
    }

    #[test]
    fn an_edit_that_does_not_fit_changes_nothing() {
        let mut session = Session::new();
        session.set_file("views.py", VIEW);
        let end = VIEW.encode_utf16().count();
        for (from, to) in [(3, 4), (5, 4), (0, end + 1), (end + 1, end + 1)] {
            assert!(!session.edit_file("views.py", from, to, "x"));
        }
        assert!(!session.edit_file("models.py", 0, 0, "x"));
        assert_eq!(session.text("views.py"), Some(VIEW));
    }

    #[test]
    fn a_removed_file_is_gone_from_the_answer() {
        let mut session = Session::new();
        session.set_file("views.py", VIEW);
        session.set_file("models.py", "");
        session.remove_file("views.py");
        let report = session.migrate(&Options::for_paste());
        let paths: Vec<_> = report.files.iter().map(|file| &*file.path).collect();
        assert_eq!(paths, ["models.py"]);
    }

    #[test]
    fn what_is_not_python_is_taken_as_it_is() {
        let mut session = Session::new();
        session.set_file("requirements.txt", "Django==5.2 # größe\n");
        session.set_file("Procfile", "web: gunicorn shop.wsgi\n");
        session.set_file("views.py", VIEW);
        assert!(session.edit_file("requirements.txt", 8, 11, "6.0"));
        assert!(!session.edit_file("requirements.txt", 8, 99, "6.0"));
        let report = session.migrate(&Options::for_paste());
        let files: Vec<_> = report
            .files
            .iter()
            .map(|file| (&*file.path, &*file.after, file.findings.len()))
            .collect();
        assert_eq!(
            files,
            [
                ("Procfile", "web: gunicorn shop.wsgi\n", 0),
                ("requirements.txt", "Django==6.0 # größe\n", 0),
                ("views.py", VIEW, 0),
            ]
        );
        session.remove_file("Procfile");
        assert_eq!(session.text("Procfile"), None);
    }

    #[test]
    fn places_of_the_guide_count_as_javascript_counts() {
        let mut session = Session::new();
        let settings = "# 📦 größe\nROOT_URLCONF = 'urls'\nDATABASES = {'default': {'ENGINE': 'django.db.backends.mysql', 'CONN_MAX_AGE': 60}}\n";
        let views = "import requests\n# 📦\ndef rates(request):\n    return JsonResponse(requests.get('https://api.example.com/').json())\n";
        session.set_file("settings.py", settings);
        session.set_file("views.py", views);
        let (_, guide) = session.migrate_and_guide(&Options::for_paste(), &Answers::default());
        let kept = guide
            .pitfalls
            .iter()
            .find(|one| one.id == "database-connections");
        assert_eq!(slice(settings, kept.unwrap().places[0].range), "60");
        let view = &guide.assessment.views[0];
        assert_eq!(slice(views, view.place.range), "rates");
        assert!(slice(views, view.waits[0].place.range).starts_with("requests.get("));
    }

    #[test]
    fn the_types_list_every_name_of_a_reason() {
        let types = include_str!("../package/types.d.ts");
        let listed = |name: &str| {
            let (_, from) = types.split_once(&format!("export type {name} =")).unwrap();
            let (list, _) = from.split_once(';').unwrap();
            let names = list.split('|').map(|one| one.trim().trim_matches('"'));
            names.filter(|one| !one.is_empty()).collect::<Vec<_>>()
        };
        let of_functions = unblocked_rewriter::Because::ALL.map(|one| one.as_str());
        assert_eq!(listed("Because"), of_functions);
        let of_waits = unblocked_rewriter::WhyInTurn::ALL.map(|one| one.as_str());
        assert_eq!(listed("WhyInTurn"), of_waits);
    }
}
