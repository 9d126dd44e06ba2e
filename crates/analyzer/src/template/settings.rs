//! What the settings at hand say of templates: the context processors, which add to what each template is given.

use unblocked_syntax::{Field, Kind, NodeId};

use crate::facts::FileFacts;

/// What adds to the context of every template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Processors {
    /// No settings are at hand, or they don't tell.
    Unknown,
    /// These functions, by dotted path.
    Known(Vec<String>),
}

/// Reads the settings at hand.
pub(crate) fn find_processors(files: &[FileFacts]) -> Processors {
    let mut known: Option<Vec<String>> = None;
    for facts in files.iter().filter(|facts| mentions(facts)) {
        match processors_of(facts) {
            Some(found) => known.get_or_insert_default().extend(found),
            None => return Processors::Unknown,
        }
    }
    known.map_or(Processors::Unknown, Processors::Known)
}

/// True for a file with `TEMPLATES` in it, or with settings that make its tags ask.
fn mentions(facts: &FileFacts) -> bool {
    let is_settings =
        facts.text().contains("TEMPLATES") || facts.text().contains("CSRF_USE_SESSIONS");
    is_settings && facts.ast().ids().any(|node| is_about(facts, node))
}

fn is_about(facts: &FileFacts, node: NodeId) -> bool {
    let ast = facts.ast();
    let target = match ast.kind(node) {
        Kind::Assignment | Kind::AugmentedAssignment => ast.child(node, Field::Left),
        Kind::Call => ast.child(node, Field::Function),
        _ => None,
    };
    target.is_some_and(|target| {
        let target = facts.source(target);
        target == "CSRF_USE_SESSIONS"
            || target
                .strip_prefix("TEMPLATES")
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['[', '.']))
    })
}

/// The processors of one file; `None` when it does anything that is not plain.
fn processors_of(facts: &FileFacts) -> Option<Vec<String>> {
    let ast = facts.ast();
    let mut found = Vec::new();
    for node in ast.ids().filter(|&node| is_about(facts, node)) {
        let left = ast
            .child(node, Field::Left)
            .filter(|_| ast.kind(node) == Kind::Assignment)?;
        let right = ast.child(node, Field::Right)?;
        if facts.source(left) != "TEMPLATES" || ast.kind(right) != Kind::List {
            return None;
        }
        for inner in ast.subtree(node) {
            match ast.kind(inner) {
                Kind::DictionarySplat | Kind::ListSplat => return None,
                Kind::Pair => {
                    let key = facts.source(ast.child(inner, Field::Key)?);
                    let value = ast.child(inner, Field::Value)?;
                    match key.trim_matches(['"', '\'']) {
                        "BACKEND" => {
                            let backend = facts.source(value).trim_matches(['"', '\'']);
                            (backend == "django.template.backends.django.DjangoTemplates")
                                .then_some(())?;
                        }
                        "context_processors" => found.extend(texts(facts, value)?),
                        "OPTIONS" => {
                            (ast.kind(value) == Kind::Dictionary).then_some(())?;
                        }
                        "builtins" | "environment" | "loaders" => return None,
                        _ => {}
                    }
                }
                _ => {}
            }
        }
    }
    Some(found)
}

/// The texts of a list of nothing else.
fn texts(facts: &FileFacts, list: NodeId) -> Option<Vec<String>> {
    let ast = facts.ast();
    matches!(ast.kind(list), Kind::List | Kind::Tuple).then_some(())?;
    ast.children(list)
        .filter(|&part| ast.kind(part) != Kind::Comment)
        .map(|part| crate::facts::string_value(facts.source(part)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Workspace;

    fn processors(text: &str) -> Processors {
        let mut workspace = Workspace::new();
        workspace.set_file("shop/settings.py", text);
        find_processors(workspace.analyze().world.files)
    }

    #[test]
    fn a_plain_list_is_known() {
        let settings = "TEMPLATES = [{'BACKEND': 'django.template.backends.django.DjangoTemplates', 'DIRS': [BASE_DIR / 'x'], 'OPTIONS': {'context_processors': ['a.b', # one\n 'c.d']}}]\n";
        assert_eq!(
            processors(settings),
            Processors::Known(vec!["a.b".to_owned(), "c.d".to_owned()])
        );
    }

    #[test]
    fn what_is_changed_or_computed_is_not() {
        for text in [
            "DEBUG = True\n",
            "TEMPLATES = [{'BACKEND': 'django.template.backends.jinja2.Jinja2'}]\n",
            "TEMPLATES = [{'OPTIONS': {'context_processors': PROCESSORS}}]\n",
            "TEMPLATES = [{'OPTIONS': {'context_processors': ['a.b'], 'builtins': ['shop.tags']}}]\n",
            "TEMPLATES = [{'OPTIONS': {'context_processors': ['a.b']}}]\nTEMPLATES[0]['OPTIONS']['context_processors'] += ['c.d']\n",
            "TEMPLATES = [{'OPTIONS': {'context_processors': []}}]\nTEMPLATES.append({})\n",
            "TEMPLATES = templates()\n",
            "TEMPLATES = [{'OPTIONS': {'context_processors': []}}]\nCSRF_USE_SESSIONS = True\n",
        ] {
            assert_eq!(processors(text), Processors::Unknown, "{text}");
        }
    }
}
