//! What the migrated code can leave the page as, as text: a patch, the command that does the same, a code review.

use std::fmt::Write;

use unblocked_rewriter::{Applicability, Choice, HttpClient, HttpClientScope, Templates, Tests};

use super::{File, State, is_standing};

impl State {
    /// The files whose text after differs from the text before: path, text before, text after.
    pub(crate) fn changed(&self) -> impl Iterator<Item = (&File, String, String)> {
        self.files.iter().filter_map(|file| {
            let (before, after) = (file.raw_before(), file.raw_after());
            (before != after).then_some((file, before, after))
        })
    }

    /// All changes as a unified diff that `git apply` and `patch -p1` take.
    pub(crate) fn patch(&self) -> String {
        self.changed()
            .map(|(file, before, after)| unified(&file.path, &before, &after))
            .collect()
    }

    /// The command that makes these changes in the project's folder, and what it can't be told.
    pub(crate) fn command(&self) -> (String, Option<&'static str>) {
        let options = &self.options;
        let mut parts = vec!["unblocked migrate".to_owned()];
        if self.has_many() && self.is_whole() {
            // Run in the project's folder; nobody would read a command of a thousand paths.
            parts.push(".".to_owned());
        } else {
            parts.extend(self.files.iter().map(|file| quoted(&file.path)));
        }
        parts.push(format!("--target-version {}", options.target_version));
        if let Some(python) = options.python_version {
            parts.push(format!("--python-version {python}"));
        }
        let client = client_name(options.http_client);
        parts.push(format!("--http-client {client}"));
        if options.http_client_scope == HttpClientScope::Application {
            parts.push("--http-client-scope application".to_owned());
        }
        if options.templates == Templates::Response {
            parts.push("--templates response".to_owned());
        }
        if options.tests == Tests::Convert {
            parts.push("--tests convert".to_owned());
        }
        if options.safe_only {
            parts.push("--safe-only".to_owned());
        }
        if options.all_views {
            parts.push("--all-views".to_owned());
        }
        let mut untold = false;
        for decision in &options.decisions {
            match (
                decision.choice,
                &decision.rule,
                &decision.function,
                &decision.file,
            ) {
                (Choice::Reject, Some(rule), None, None) => {
                    parts.push(format!("--reject {}", quoted(rule)));
                }
                (Choice::Leave, None, Some(function), Some(file)) => {
                    let module = file.trim_end_matches(".py").replace('/', ".");
                    parts.push(format!(
                        "--leave {}",
                        quoted(&format!("{module}.{function}"))
                    ));
                }
                _ => untold = true,
            }
        }
        parts.push("--write".to_owned());
        let note = if untold {
            Some(
                "Some of your decisions concern single changes or functions: the command has no option for those. Use the patch.",
            )
        } else if self.files.iter().any(File::is_edited) {
            Some("The command knows nothing of what you edited in the after pane. Use the patch.")
        } else if !self.is_whole() {
            Some(
                "The command takes the folder for all the code there is. Choose “Whole project” to see here what it does.",
            )
        } else {
            None
        };
        (parts.join(" "), note)
    }

    /// The changes as Markdown, for the description of a pull request or a review.
    pub(crate) fn review(&self) -> String {
        let mut text = format!(
            "## Sync to async, for Django {}\n",
            self.options.target_version
        );
        let mut left = String::new();
        for file in &self.files {
            let Some(report) = &file.report else { continue };
            let lines = LineNumbers::new(&file.before);
            let mut made = String::new();
            for finding in report
                .findings
                .iter()
                .filter(|finding| is_standing(finding))
            {
                let mark = match finding.applicability {
                    Applicability::Safe => "safe",
                    Applicability::Review => "**review**",
                    Applicability::Manual => "**by hand**",
                };
                let help = finding
                    .help
                    .as_deref()
                    .map(|help| format!(" {}", one_line(help)));
                let entry = format!(
                    "- [ ] line {}: {} ({mark}, {}).{}\n",
                    lines.of(finding.before.start),
                    one_line(&finding.message),
                    code(&finding.rule),
                    help.unwrap_or_default(),
                );
                if finding.applicability == Applicability::Manual {
                    let _ = write!(
                        left,
                        "- {}, {}",
                        code(&file.path),
                        entry.trim_start_matches("- [ ] ")
                    );
                } else {
                    made.push_str(&entry);
                }
            }
            if !made.is_empty() {
                let _ = write!(text, "\n### {}\n\n{made}", code(&file.path));
            }
        }
        if !left.is_empty() {
            let _ = write!(text, "\n### Left to do by hand\n\n{left}");
        }
        let patch = self.patch();
        if patch.is_empty() {
            text.push_str("\nNothing changes.\n");
        } else {
            let fence = fence(&patch);
            let _ = write!(
                text,
                "\n<details><summary>The changes</summary>\n\n{fence}diff\n{}\n{fence}\n\n</details>\n",
                patch.trim_end_matches('\n')
            );
        }
        text
    }
}

/// What shows the work in another page.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Snippet {
    /// The element around the code; `None` when there are several files, which only a link holds.
    element: Option<String>,
}

impl State {
    /// What shows the work in another page.
    pub(crate) fn snippet(&self) -> Snippet {
        let [file] = &*self.files else {
            return Snippet { element: None };
        };
        let mut attributes = format!(
            " file=\"{}\" django=\"{}\"",
            html(&file.path),
            self.options.target_version
        );
        let client = self.options.http_client;
        if client != HttpClient::default() {
            let _ = write!(attributes, " http-client=\"{}\"", client_name(client));
        }
        let code = html(&file.before);
        // A first line that is empty would be taken for the tag's own.
        let start = if code.starts_with('\n') { "\n" } else { "" };
        Snippet {
            element: Some(format!(
                "{attributes}>\n<pre><code>{start}{code}</code></pre>\n</django-unblocked>"
            )),
        }
    }
}

impl Snippet {
    /// As HTML, for the site at `site` and its link to the work. `view` is what is shown at first.
    pub(crate) fn html(&self, site: &str, link: &str, view: &str) -> String {
        match &self.element {
            Some(element) => format!(
                "<script src=\"{}embed.js\" defer></script>\n<django-unblocked view=\"{view}\"{element}\n",
                html(site)
            ),
            None => format!(
                "<iframe title=\"Django Unblocked: sync and async code\" src=\"{}\" width=\"100%\" height=\"480\"></iframe>\n",
                html(&link.replacen('#', &format!("?embed={view}#"), 1))
            ),
        }
    }
}

/// Text as HTML, in an element or an attribute.
fn html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// A client's name.
pub(super) fn client_name(client: HttpClient) -> &'static str {
    match client {
        HttpClient::Aiohttp => "aiohttp",
        HttpClient::Httpx => "httpx",
        HttpClient::Httpx2 => "httpx2",
        HttpClient::Requests => "requests",
    }
}

/// One file's change as a unified diff.
pub(crate) fn unified(path: &str, before: &str, after: &str) -> String {
    let names = (&*patch_path("a/", path), &*patch_path("b/", path));
    super::diff::unified(names, before, after)
}

/// A path as git writes it in a patch.
fn patch_path(side: &str, path: &str) -> String {
    if path.contains(['"', '\\']) {
        format!(
            "\"{side}{}\"",
            path.replace('\\', "\\\\").replace('"', "\\\"")
        )
    } else if path.contains(' ') {
        // What follows a tab is no part of the name.
        format!("{side}{path}\t")
    } else {
        format!("{side}{path}")
    }
}

/// A word of a shell command.
fn quoted(word: &str) -> String {
    let plain =
        |character: char| character.is_ascii_alphanumeric() || "/._-+@%:,".contains(character);
    if !word.is_empty() && !word.starts_with('-') && word.chars().all(plain) {
        return word.to_owned();
    }
    let word = if word.starts_with('-') {
        format!("./{word}")
    } else {
        word.to_owned()
    };
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Text as Markdown code.
fn code(text: &str) -> String {
    let ticks = "`".repeat(longest_run(text, '`') + 1);
    let space = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{ticks}{space}{text}{space}{ticks}")
}

/// A fence that no line of `text` closes.
fn fence(text: &str) -> String {
    "`".repeat(longest_run(text, '`').max(2) + 1)
}

fn longest_run(text: &str, of: char) -> usize {
    text.split(|character| character != of)
        .map(str::len)
        .max()
        .unwrap_or_default()
}

/// A sentence without its end, on one line; what would be HTML outside of code is not.
fn one_line(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut code = false;
    let mut safe = String::with_capacity(text.len());
    for character in text.trim_end_matches('.').chars() {
        code ^= character == '`';
        match character {
            '<' if !code => safe.push_str("&lt;"),
            other => safe.push(other),
        }
    }
    safe
}

/// Lines of places, counted from one; places are in UTF-16 code units.
struct LineNumbers(Vec<usize>);

impl LineNumbers {
    fn new(text: &str) -> Self {
        let mut starts = Vec::new();
        let mut place = 0;
        for character in text.chars() {
            place += character.len_utf16();
            if character == '\n' {
                starts.push(place);
            }
        }
        Self(starts)
    }

    fn of(&self, place: usize) -> usize {
        self.0.partition_point(|start| *start <= place) + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{NewFile, Theme};

    #[test]
    fn a_patch_keeps_line_ends_and_says_where_the_last_is_missing() {
        assert_eq!(
            unified("shop/views.py", "a\r\nb\rb\nc", "a\r\nB\rb\nc"),
            "--- a/shop/views.py\n+++ b/shop/views.py\n@@ -1,3 +1,3 @@\n a\r\n-b\rb\n+B\rb\n c\n\\ No newline at end of file\n"
        );
    }

    #[test]
    fn the_html_for_another_page_holds_the_code_as_text() {
        let of = |files: &[NewFile]| State::new(files, Theme::Auto).snippet();
        let one = of(&[NewFile::new("a\"b.py", "\nx = \"<&\"\n")]);
        let html = one.html("https://host/", "https://host/#v1=x", "diff");
        assert!(
            html.starts_with("<script src=\"https://host/embed.js\" defer></script>\n<django-unblocked view=\"diff\" file=\"a&quot;b.py\" django=\""),
            "{html}"
        );
        assert!(
            html.contains("<pre><code>\n\nx = &quot;&lt;&amp;&quot;\n</code></pre>"),
            "{html}"
        );
        let two = of(&[NewFile::new("a.py", ""), NewFile::new("b.py", "")]);
        let html = two.html("https://host/", "https://host/#v1=x", "diff");
        assert!(
            html.contains("src=\"https://host/?embed=diff#v1=x\""),
            "{html}"
        );
    }

    #[test]
    fn paths_are_written_as_git_does() {
        assert_eq!(patch_path("a/", "shop/views.py"), "a/shop/views.py");
        assert_eq!(patch_path("a/", "my views.py"), "a/my views.py\t");
        assert_eq!(patch_path("b/", r#"a"b\c.py"#), r#""b/a\"b\\c.py""#);
    }

    #[test]
    fn the_command_for_a_whole_project_names_its_folder() {
        let files: Vec<NewFile> = (0..20)
            .map(|at| NewFile::new(&format!("shop/a{at}.py"), "x = 1\n"))
            .collect();
        let mut state = State::new(&files, Theme::Auto);
        let (command, _) = state.command();
        assert!(
            command.starts_with("unblocked migrate shop/a0.py shop/a1.py "),
            "{command}"
        );
        state.set_whole(true);
        let (command, _) = state.command();
        assert!(
            command.starts_with("unblocked migrate . --target-version "),
            "{command}"
        );
    }

    #[test]
    fn words_of_a_command_are_quoted_where_a_shell_would_read_more_into_them() {
        assert_eq!(quoted("shop/views.py"), "shop/views.py");
        assert_eq!(quoted("$(rm -rf).py"), "'$(rm -rf).py'");
        assert_eq!(quoted("it's.py"), r"'it'\''s.py'");
        assert_eq!(quoted("--write"), "'./--write'");
    }

    #[test]
    fn code_in_markdown_can_hold_ticks() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("`a`"), "`` `a` ``");
        assert_eq!(fence("```"), "````");
        assert_eq!(one_line("a <b>\n`<c>`."), "a &lt;b> `<c>`");
    }
}
