//! Where the project is among the files at hand: a repository may hold several, and files of other things.

use unblocked_analyzer::FileFacts;

/// The folder of the project that is asked about; empty for the root of the files at hand.
pub(crate) struct Home {
    folder: String,
    /// Its `manage.py` is there.
    is_certain: bool,
    /// The folders of other projects.
    others: Vec<String>,
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn is_below(path: &str, folder: &str) -> bool {
    folder.is_empty()
        || path
            .strip_prefix(folder)
            .is_some_and(|rest| rest.starts_with('/'))
}

impl Home {
    /// The home of `asked`, of all files when that is empty: where their `manage.py` is, else where they have begun to be
    /// together.
    pub(crate) fn find(files: &[FileFacts], asked: &[&str]) -> Self {
        let all: Vec<&str> = files.iter().map(|facts| &*facts.path).collect();
        let asked = if asked.is_empty() { &all[..] } else { asked };
        let projects: Vec<&str> = all
            .iter()
            .filter(|path| **path == "manage.py" || path.ends_with("/manage.py"))
            .map(|path| folder(path))
            .collect();
        let nearest = projects
            .iter()
            .max_by_key(|project| {
                let below = asked.iter().filter(|path| is_below(path, project)).count();
                (below, project.len())
            })
            .filter(|project| asked.iter().any(|path| is_below(path, project)));
        let home = match nearest {
            Some(project) => (*project).to_owned(),
            None => together(asked),
        };
        let is_certain = nearest.is_some();
        let others = projects
            .into_iter()
            .filter(|other| !other.is_empty() && *other != home && !is_below(&home, other))
            .map(str::to_owned)
            .collect();
        Self {
            folder: home,
            is_certain,
            others,
        }
    }

    /// Where a new file goes, by its path in the project.
    pub(crate) fn path(&self, path: &str) -> String {
        match self.is_certain && !self.folder.is_empty() {
            true => format!("{}/{path}", self.folder),
            false => path.to_owned(),
        }
    }

    /// A module's name as the project's own code says it: Python finds modules from where `manage.py` is.
    pub(crate) fn module<'m>(&self, module: &'m str) -> &'m str {
        if !self.is_certain {
            return module;
        }
        module
            .strip_prefix(&*self.folder.replace('/', "."))
            .and_then(|rest| rest.strip_prefix('.'))
            .unwrap_or(module)
    }

    /// True for what belongs to another project.
    pub(crate) fn is_foreign(&self, path: &str) -> bool {
        self.others.iter().any(|other| is_below(path, other))
    }

    /// How far a file is: what is in the project's folder first, below it before above it.
    pub(crate) fn distance(&self, path: &str) -> (usize, usize) {
        let parts = |path: &str| -> Vec<String> {
            path.split('/')
                .filter(|part| !part.is_empty())
                .map(str::to_owned)
                .collect()
        };
        let (home, there) = (parts(&self.folder), parts(folder(path)));
        let same = home
            .iter()
            .zip(&there)
            .take_while(|(one, other)| one == other)
            .count();
        let (up, down) = (home.len() - same, there.len() - same);
        (up + down, up)
    }

    /// True for requirements of tests, documentation and the like.
    pub(crate) fn is_for_development(&self, path: &str) -> bool {
        let own = match self.folder.is_empty() {
            true => path,
            false => path.strip_prefix(&*self.folder).unwrap_or(path),
        };
        is_for_development(own)
    }
}

/// True when a word of a name or a path says that it is for tests, documentation and the like.
pub(crate) fn is_for_development(name: &str) -> bool {
    name.to_ascii_lowercase()
        .split(|it: char| !it.is_ascii_alphanumeric())
        .any(|word| {
            matches!(
                word,
                "dev"
                    | "devel"
                    | "development"
                    | "test"
                    | "tests"
                    | "testing"
                    | "local"
                    | "lint"
                    | "ci"
                    | "doc"
                    | "docs"
                    | "example"
                    | "examples"
            )
        })
}

/// The folder that all paths are below.
fn together(paths: &[&str]) -> String {
    let mut folders = paths.iter().map(|path| folder(path));
    let first = folders.next().unwrap_or_default();
    let mut common: Vec<&str> = first.split('/').collect();
    for folder in folders {
        let same = common
            .iter()
            .zip(folder.split('/'))
            .take_while(|(one, other)| *one == other)
            .count();
        common.truncate(same);
    }
    common.join("/")
}

#[cfg(test)]
mod tests {
    use unblocked_syntax::Parse;

    use super::*;

    fn home(files: &[&str], asked: &[&str]) -> Home {
        let files: Vec<FileFacts> = files
            .iter()
            .map(|path| FileFacts::new(path, Parse::new(String::new())))
            .collect();
        Home::find(&files, asked)
    }

    #[test]
    fn the_project_is_where_manage_py_is() {
        let files = ["backend/manage.py", "backend/shop/views.py", "tools/x.py"];
        let found = home(&files, &[]);
        assert_eq!(found.folder, "backend");
        let mut paths = [
            "docs/requirements.txt",
            "requirements.txt",
            "backend/requirements/base.txt",
            "backend/requirements.txt",
        ];
        paths.sort_by_key(|path| found.distance(path));
        assert_eq!(
            paths,
            [
                "backend/requirements.txt",
                "backend/requirements/base.txt",
                "requirements.txt",
                "docs/requirements.txt",
            ]
        );
    }

    #[test]
    fn of_several_projects_one_is_asked_about() {
        let files = [
            "a/manage.py",
            "a/views.py",
            "b/manage.py",
            "b/views.py",
            "b/models.py",
        ];
        assert_eq!(home(&files, &[]).folder, "b");
        let found = home(&files, &["a/views.py"]);
        assert_eq!(found.folder, "a");
        assert!(found.is_foreign("b/requirements.txt"));
        assert!(!found.is_foreign("requirements.txt") && !found.is_foreign("a/requirements.txt"));
    }

    #[test]
    fn a_project_in_a_folder_of_a_project_is_another_one() {
        let files = [
            "manage.py",
            "shop/views.py",
            "shop/models.py",
            "example/manage.py",
        ];
        let found = home(&files, &[]);
        assert_eq!(found.folder, "");
        assert!(found.is_foreign("example/settings.py"));
    }

    #[test]
    fn without_manage_py_it_is_where_the_files_are() {
        assert_eq!(
            home(&["src/shop/views.py", "src/site/urls.py"], &[]).folder,
            "src"
        );
        assert_eq!(home(&["views.py"], &[]).folder, "");
    }

    #[test]
    fn words_of_a_path_tell_what_it_is_for() {
        let found = home(&["testing/manage.py"], &[]);
        for (path, is) in [
            ("testing/requirements.txt", false),
            ("testing/requirements/dev.txt", true),
            ("testing/requirements-test.txt", true),
            ("testing/devices/requirements.txt", false),
        ] {
            assert_eq!(found.is_for_development(path), is, "{path}");
        }
    }
}
