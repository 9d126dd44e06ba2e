//! What is required, as far as requirements files, pyproject.toml, Pipfile and setup.cfg at hand say.

use toml::de::{DeTable, DeValue};
use unblocked_analyzer::ResourceKind;
use unblocked_rewriter::Range;

use super::home::is_for_development;
use crate::data::Place;

/// A requirement.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Requirement {
    /// The name in its normal form: lower case, `-` between words.
    pub(crate) name: String,
    /// Extras, such as `binary`.
    pub(crate) extras: Vec<String>,
    /// What versions may be installed, as it is written: `>=5.2,<5.3`.
    pub(crate) versions: String,
    /// Where it stands.
    pub(crate) place: Place,
    /// How that is written.
    pub(crate) form: Form,
    /// It stands among what tests and the like need.
    pub(crate) is_for_development: bool,
}

/// How a requirement is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A line of its own, as pip reads it.
    Line,
    /// A string in a list of a TOML file.
    Item,
    /// A key of a TOML table, as Poetry and Pipenv have them.
    Key,
}

impl Requirement {
    /// The lowest version that may be installed; the only one of `==`.
    pub(crate) fn lowest(&self) -> Option<(u32, u32)> {
        self.versions.split(',').map(str::trim).find_map(|part| {
            let version = ["==", "~=", ">=", "^", "~", "="]
                .iter()
                .find_map(|operator| part.strip_prefix(operator))
                .or_else(|| {
                    part.starts_with(|it: char| it.is_ascii_digit())
                        .then_some(part)
                })?;
            let mut numbers = version
                .trim_start_matches('=')
                .trim()
                .split('.')
                .map(|number| number.parse::<u32>());
            let major = numbers.next()?.ok()?;
            Some((major, numbers.next().and_then(Result::ok).unwrap_or(0)))
        })
    }
}

/// `Django_REST.framework` is `django-rest-framework`.
fn normal(name: &str) -> String {
    name.to_ascii_lowercase().replace(['_', '.'], "-")
}

/// Reads one requirement as pip writes it: `name[extra]>=1,<2; marker  # comment`.
fn parse(line: &str) -> Option<(String, Vec<String>, String)> {
    let line = line.split(" #").next()?.split(';').next()?.trim();
    let end = line
        .find(|it: char| !(it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.')))
        .unwrap_or(line.len());
    let (name, rest) = line.split_at(end);
    if name.is_empty() || !name.starts_with(|it: char| it.is_ascii_alphanumeric()) {
        return None;
    }
    let rest = rest.trim();
    let (extras, versions) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((extras, versions)) => (
            extras.split(',').map(|it| it.trim().to_owned()).collect(),
            versions,
        ),
        None => (Vec::new(), rest),
    };
    let versions = versions.split(" --").next()?.trim();
    Some((
        normal(name),
        extras,
        versions.trim_matches(['(', ')']).to_owned(),
    ))
}

/// Reads the requirements of a file.
pub(crate) fn read(kind: ResourceKind, path: &str, text: &str) -> Vec<Requirement> {
    let name = path.rsplit('/').next().unwrap_or(path);
    match kind {
        // What a constraint is about need not be installed.
        ResourceKind::Requirements if name.contains("constraints") => Vec::new(),
        ResourceKind::Requirements => lines(path, text),
        ResourceKind::PyProject => pyproject(path, text),
        ResourceKind::Pipfile => pipfile(path, text),
        ResourceKind::SetupCfg => setup_cfg(path, text),
        _ => Vec::new(),
    }
}

fn requirement(
    path: &str,
    text: &str,
    range: Range,
    spelled: &str,
    form: Form,
) -> Option<Requirement> {
    let (name, extras, versions) = parse(spelled)?;
    Some(Requirement {
        name,
        extras,
        versions,
        place: Place::new(path, text, range),
        form,
        is_for_development: false,
    })
}

/// Lines with the places where they begin.
pub(crate) fn lines_of(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let at = start;
        start += line.len();
        (at, line.trim_end_matches(['\n', '\r']))
    })
}

fn lines(path: &str, text: &str) -> Vec<Requirement> {
    lines_of(text)
        .filter(|(_, line)| !line.trim_start().starts_with(['#', '-']))
        .filter_map(|(start, line)| {
            let range = Range {
                start,
                end: start + line.len(),
            };
            requirement(path, text, range, line.trim_end_matches('\\'), Form::Line)
        })
        .collect()
}

type Spanned<'t> = toml::Spanned<DeValue<'t>>;

fn table<'v, 't>(value: &'v DeValue<'t>) -> Option<&'v DeTable<'t>> {
    match value {
        DeValue::Table(table) => Some(table),
        _ => None,
    }
}

fn within<'v, 't>(root: &'v DeTable<'t>, path: &[&str]) -> Option<&'v DeTable<'t>> {
    path.iter().try_fold(root, |found, key| {
        found.get(*key).and_then(|value| table(value.get_ref()))
    })
}

fn strings<'v>(value: Option<&'v Spanned<'_>>) -> Vec<(&'v str, Range)> {
    let Some(DeValue::Array(items)) = value.map(toml::Spanned::get_ref) else {
        return Vec::new();
    };
    items
        .iter()
        .filter_map(|item| {
            let span = item.span();
            let range = Range {
                start: span.start,
                end: span.end,
            };
            match item.get_ref() {
                DeValue::String(text) => Some((&**text, range)),
                _ => None,
            }
        })
        .collect()
}

/// Tables of `name = "versions"` or `name = { version = "versions" }`, as Poetry and Pipenv have them.
fn named(path: &str, text: &str, found: Option<&DeTable<'_>>, is_dev: bool) -> Vec<Requirement> {
    let mut all = Vec::new();
    for (name, value) in found.into_iter().flatten() {
        let span = name.span();
        let detail = table(value.get_ref());
        let versions = match value.get_ref() {
            DeValue::String(versions) => Some(&**versions),
            _ => match detail
                .and_then(|detail| detail.get("version"))
                .map(toml::Spanned::get_ref)
            {
                Some(DeValue::String(versions)) => Some(&**versions),
                _ => None,
            },
        };
        let extras = strings(detail.and_then(|detail| detail.get("extras")));
        let name = normal(name.get_ref());
        if name != "python" {
            all.push(Requirement {
                name,
                extras: extras
                    .into_iter()
                    .map(|(extra, _)| extra.to_owned())
                    .collect(),
                versions: versions.unwrap_or_default().trim_matches('*').to_owned(),
                place: Place::new(
                    path,
                    text,
                    Range {
                        start: span.start,
                        end: span.end,
                    },
                ),
                form: Form::Key,
                is_for_development: is_dev,
            });
        }
    }
    all
}

fn pyproject(path: &str, text: &str) -> Vec<Requirement> {
    let Ok(root) = DeTable::parse(text) else {
        return Vec::new();
    };
    let root = root.get_ref();
    let mut all: Vec<Requirement> = Vec::new();
    let mut add = |list: Option<&Spanned<'_>>, is_dev: bool| {
        let items = strings(list).into_iter();
        let found = items
            .filter_map(|(spelled, range)| requirement(path, text, range, spelled, Form::Item));
        all.extend(found.map(|one| Requirement {
            is_for_development: is_dev,
            ..one
        }));
    };
    let project = within(root, &["project"]);
    add(
        project.and_then(|project| project.get("dependencies")),
        false,
    );
    let extras = within(root, &["project", "optional-dependencies"]);
    for (name, group) in extras.into_iter().flatten() {
        add(Some(group), is_for_development(name.get_ref()));
    }
    for (_, group) in within(root, &["dependency-groups"]).into_iter().flatten() {
        add(Some(group), true);
    }
    let poetry = within(root, &["tool", "poetry"]);
    let of_poetry = |name: &str| poetry.and_then(|poetry| within(poetry, &[name]));
    all.extend(named(path, text, of_poetry("dependencies"), false));
    for (name, group) in of_poetry("group").into_iter().flatten() {
        let group = table(group.get_ref()).and_then(|group| within(group, &["dependencies"]));
        all.extend(named(path, text, group, name.get_ref() != "main"));
    }
    all.extend(named(path, text, of_poetry("dev-dependencies"), true));
    all
}

fn pipfile(path: &str, text: &str) -> Vec<Requirement> {
    let Ok(root) = DeTable::parse(text) else {
        return Vec::new();
    };
    let root = root.get_ref();
    let mut all = named(path, text, within(root, &["packages"]), false);
    all.extend(named(path, text, within(root, &["dev-packages"]), true));
    all
}

fn setup_cfg(path: &str, text: &str) -> Vec<Requirement> {
    let mut all = Vec::new();
    let mut is_inside = false;
    for (start, line) in lines_of(text) {
        if !line.starts_with([' ', '\t']) {
            is_inside = line.replace(' ', "").starts_with("install_requires=");
        } else if is_inside {
            let range = Range {
                start,
                end: start + line.len(),
            };
            all.extend(requirement(path, text, range, line, Form::Line));
        }
    }
    all
}

/// The oldest Python that pyproject.toml allows (`requires-python = ">=3.11"`), and where it says so.
pub(crate) fn python(path: &str, text: &str) -> Option<((u32, u32), Place)> {
    let root = DeTable::parse(text).ok()?;
    let root = root.get_ref();
    let value = within(root, &["project"])
        .and_then(|project| project.get("requires-python"))
        .or_else(|| {
            within(root, &["tool", "poetry", "dependencies"])
                .and_then(|dependencies| dependencies.get("python"))
        })?;
    let DeValue::String(versions) = value.get_ref() else {
        return None;
    };
    let span = value.span();
    let range = Range {
        start: span.start,
        end: span.end,
    };
    let lowest = parse(&format!("python{versions}"))
        .or_else(|| Some((String::new(), Vec::new(), versions.to_string())))
        .and_then(|(_, _, versions)| {
            Requirement {
                name: String::new(),
                extras: Vec::new(),
                versions,
                place: Place::new(path, text, range),
                form: Form::Line,
                is_for_development: false,
            }
            .lowest()
        })?;
    Some((lowest, Place::new(path, text, range)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(kind: ResourceKind, text: &str) -> Vec<String> {
        read(kind, "file", text)
            .iter()
            .map(|one| {
                format!(
                    "{} {} {:?} line {}",
                    one.name,
                    one.versions,
                    one.lowest(),
                    one.place.line
                )
            })
            .collect()
    }

    #[test]
    fn reads_what_pip_reads() {
        let text = "# web\nDjango==4.2.11  # LTS\npsycopg[binary,pool]>=3.1 ; python_version > '3.8'\n-r base.txt\n\
                    git+https://example.com/x.git\nDjango_Extensions\n";
        assert_eq!(
            summary(ResourceKind::Requirements, text),
            [
                "django ==4.2.11 Some((4, 2)) line 2",
                "psycopg >=3.1 Some((3, 1)) line 3",
                "git +https://example.com/x.git None line 5",
                "django-extensions  None line 6",
            ]
        );
    }

    #[test]
    fn reads_pyproject_of_both_kinds() {
        let text = "[project]\nname = 'shop'\nrequires-python = '>=3.11'\ndependencies = [\n  'django>=5.1,<5.2',\n]\n";
        assert_eq!(
            summary(ResourceKind::PyProject, text),
            ["django >=5.1,<5.2 Some((5, 1)) line 5"]
        );
        assert_eq!(python("pyproject.toml", text).map(|it| it.0), Some((3, 11)));
        let text = "[tool.poetry.dependencies]\npython = '^3.12'\nDjango = '^5.2'\npsycopg = {version = '*', extras = ['c']}\n";
        assert_eq!(
            summary(ResourceKind::PyProject, text),
            ["django ^5.2 Some((5, 2)) line 3", "psycopg  None line 4"]
        );
        assert_eq!(python("pyproject.toml", text).map(|it| it.0), Some((3, 12)));
    }

    #[test]
    fn broken_files_say_nothing() {
        assert!(summary(ResourceKind::PyProject, "[project\ndependencies = [").is_empty());
        assert!(summary(ResourceKind::Pipfile, "").is_empty());
    }
}
