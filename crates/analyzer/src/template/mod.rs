//! Django's templates: what they read, in order. Nothing is rendered.

mod expression;
mod settings;

pub use expression::Expression;
use expression::words;
pub use settings::Processors;
pub(crate) use settings::find_processors;

/// A template, as the steps in which it reads what it is given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Template {
    /// In order.
    pub steps: Vec<Step>,
}

/// One thing that a template does, and in which line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The line, from 1.
    pub line: usize,
    /// What it does.
    pub action: Action,
}

/// What a template does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// `{{ expression }}`
    Print(Expression),
    /// A value is tested, compared or given to a tag of Django's.
    Read(Expression),
    /// `{% for a, b in expression %}`: what follows, until the scope is closed, has the names.
    For(Vec<String>, Expression),
    /// `{% with name=expression %}`
    With(Vec<(String, Expression)>),
    /// `{% endfor %}`, `{% endwith %}`
    Close,
    /// A tag puts plain data under this name: `{% url … as name %}`.
    Name(String),
    /// `{% extends "name" %}`; `None` for a name that is computed.
    Extends(Option<String>),
    /// `{% include "name" with a=b only %}`
    Include {
        /// `None` for a name that is computed.
        name: Option<String>,
        /// What it is given.
        with: Vec<(String, Expression)>,
        /// It sees nothing else.
        only: bool,
    },
    /// A tag of the project's or of a library, which may do anything.
    Unknown(String),
}

/// Tags that read nothing, or whose content is read like any other.
const INERT: &[&str] = &[
    "autoescape",
    "block",
    "csrf_token",
    "else",
    "empty",
    "endautoescape",
    "endblock",
    "endfilter",
    "endif",
    "endifchanged",
    "endlocalize",
    "endlocaltime",
    "endpartialdef",
    "endspaceless",
    "endtimezone",
    "load",
    "localize",
    "localtime",
    "lorem",
    "partial",
    "partialdef",
    "plural",
    "resetcycle",
    "spaceless",
    "templatetag",
];

/// Tags whose words are expressions, perhaps with `as name` at the end.
const READING: &[&str] = &[
    "cycle",
    "elif",
    "firstof",
    "if",
    "ifchanged",
    "timezone",
    "trans",
    "translate",
    "url",
    "widthratio",
    "static",
    "get_static_prefix",
    "get_media_prefix",
    "now",
    "get_current_language",
    "get_available_languages",
    "get_current_language_bidi",
    "get_current_timezone",
    "querystring",
];

impl Template {
    /// Reads a template's text.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut template = Self::default();
        let mut rest = text;
        let mut line = 1;
        // The tag that ends a part which is not read.
        let mut until: Option<String> = None;
        while let Some(start) = rest.find('{') {
            let (before, from) = rest.split_at(start);
            line += before.matches('\n').count();
            let end_mark = match from.as_bytes().get(1) {
                Some(b'{') => "}}",
                Some(b'%') => "%}",
                Some(b'#') => "#}",
                _ => {
                    rest = from.get(1..).unwrap_or_default();
                    continue;
                }
            };
            // Django's tags and variables end in the line that they begin in.
            let first_line = from.split('\n').next().unwrap_or_default();
            let Some(length) = first_line.get(2..).and_then(|inner| inner.find(end_mark)) else {
                rest = from.get(2..).unwrap_or_default();
                continue;
            };
            let inner = first_line.get(2..2 + length).unwrap_or_default().trim();
            rest = from.get(2 + length + 2..).unwrap_or_default();
            if let Some(tag) = &until {
                if end_mark == "%}" && inner == tag {
                    until = None;
                }
                continue;
            }
            match end_mark {
                "}}" => template.push(line, Action::Print(Expression::parse(inner))),
                "%}" => until = template.tag(line, inner),
                _ => {}
            }
        }
        template
    }

    fn push(&mut self, line: usize, action: Action) {
        self.steps.push(Step { line, action });
    }

    /// One tag; gives the tag until which nothing is read.
    fn tag(&mut self, line: usize, inner: &str) -> Option<String> {
        let words = words(inner);
        let Some((&tag, rest)) = words.split_first() else {
            self.push(line, Action::Unknown(String::new()));
            return None;
        };
        match tag {
            "comment" => return Some("endcomment".to_owned()),
            "verbatim" => return Some(inner.replacen("verbatim", "endverbatim", 1)),
            "for" => self.for_tag(line, rest),
            "with" => {
                let pairs = pairs(rest);
                self.push(line, Action::With(pairs));
            }
            "blocktrans" | "blocktranslate" => {
                let pairs = pairs(rest);
                self.push(line, Action::With(pairs));
            }
            "endfor" | "endwith" | "endblocktrans" | "endblocktranslate" => {
                self.push(line, Action::Close);
            }
            "extends" => self.push(line, Action::Extends(literal(rest))),
            "include" => {
                let only = rest.last() == Some(&"only");
                self.push(
                    line,
                    Action::Include {
                        name: literal(rest),
                        with: pairs(rest.get(1..).unwrap_or_default()),
                        only,
                    },
                );
            }
            "filter" => {
                let chain = format!("''|{}", rest.join(" "));
                self.push(line, Action::Read(Expression::parse(&chain)));
            }
            "regroup" => self.regroup(line, rest),
            _ if INERT.contains(&tag) => {}
            _ if READING.contains(&tag) => self.reading(line, rest),
            _ => self.push(line, Action::Unknown(tag.to_owned())),
        }
        None
    }

    fn for_tag(&mut self, line: usize, rest: &[&str]) {
        let Some(at) = rest.iter().position(|&word| word == "in") else {
            self.push(line, Action::Unknown("for".to_owned()));
            return;
        };
        let (names, over) = rest.split_at(at);
        let names = names
            .iter()
            .flat_map(|word| word.split(','))
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect();
        let over = over.get(1).copied().unwrap_or_default();
        self.push(line, Action::For(names, Expression::parse(over)));
    }

    /// `{% regroup rows by attribute as name %}`: its groups are lists of what is not followed.
    fn regroup(&mut self, line: usize, rest: &[&str]) {
        if let Some(rows) = rest.first() {
            self.push(line, Action::Read(Expression::parse(rows)));
        }
        self.push(line, Action::Unknown("regroup".to_owned()));
    }

    fn reading(&mut self, line: usize, rest: &[&str]) {
        let (read, name) = match rest {
            [read @ .., "as", name] => (read, Some(*name)),
            _ => (rest, None),
        };
        for word in read {
            if matches!(
                *word,
                "and"
                    | "or"
                    | "not"
                    | "in"
                    | "is"
                    | "=="
                    | "!="
                    | "<"
                    | ">"
                    | "<="
                    | ">="
                    | "noop"
                    | "context"
                    | "silent"
                    | "as"
            ) {
                continue;
            }
            let value = match word.split_once('=') {
                Some((name, value)) if is_name(name) => value,
                _ => word,
            };
            self.push(line, Action::Read(Expression::parse(value)));
        }
        if let Some(name) = name {
            self.push(line, Action::Name(name.to_owned()));
        }
    }

    /// The names that something in the template gives a value to.
    pub fn bound(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().flat_map(|step| {
            let (many, one): (&[String], Option<&str>) = match &step.action {
                Action::For(names, _) => (names, None),
                Action::Name(name) => (&[], Some(name)),
                _ => (&[], None),
            };
            let pairs: &[(String, Expression)] = match &step.action {
                Action::With(pairs) | Action::Include { with: pairs, .. } => pairs,
                _ => &[],
            };
            many.iter()
                .map(String::as_str)
                .chain(one)
                .chain(pairs.iter().map(|(name, _)| name.as_str()))
        })
    }
}

/// `name=expression` among words, and the old form `expression as name`.
fn pairs(words: &[&str]) -> Vec<(String, Expression)> {
    let mut found = Vec::new();
    for word in words {
        if let Some((name, value)) = word.split_once('=')
            && is_name(name)
        {
            found.push((name.to_owned(), Expression::parse(value)));
        }
    }
    for window in words.windows(3) {
        if let [value, "as", name] = window {
            found.push(((*name).to_owned(), Expression::parse(value)));
        }
    }
    found
}

fn literal(words: &[&str]) -> Option<String> {
    let word = words.first()?;
    let quote = word.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let inner = word.strip_prefix(quote)?.strip_suffix(quote)?;
    (!inner.contains(quote)).then(|| inner.to_owned())
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actions(text: &str) -> Vec<Action> {
        Template::parse(text)
            .steps
            .into_iter()
            .map(|step| step.action)
            .collect()
    }

    fn read(text: &str) -> Expression {
        Expression::parse(text)
    }

    #[test]
    fn reads_variables_loops_and_conditions() {
        assert_eq!(
            actions(
                "{% extends 'base.html' %}\n{% for a, b in rows.all %}{{ a.name|upper }}{% if not b == 3 and c %}x{% endif %}{% endfor %}"
            ),
            [
                Action::Extends(Some("base.html".to_owned())),
                Action::For(vec!["a".to_owned(), "b".to_owned()], read("rows.all")),
                Action::Print(read("a.name|upper")),
                Action::Read(read("b")),
                Action::Read(read("3")),
                Action::Read(read("c")),
                Action::Close,
            ]
        );
    }

    #[test]
    fn reads_what_tags_are_given() {
        assert_eq!(
            actions(
                "{% url 'order' pk=order.pk as there %}{% include \"a b.html\" with x=order.x only %}{% include name %}{% with y=1 %}{% endwith %}"
            ),
            [
                Action::Read(read("'order'")),
                Action::Read(read("order.pk")),
                Action::Name("there".to_owned()),
                Action::Include {
                    name: Some("a b.html".to_owned()),
                    with: vec![("x".to_owned(), read("order.x"))],
                    only: true
                },
                Action::Include {
                    name: None,
                    with: Vec::new(),
                    only: false
                },
                Action::With(vec![("y".to_owned(), read("1"))]),
                Action::Close,
            ]
        );
    }

    #[test]
    fn comments_and_verbatim_parts_read_nothing() {
        assert_eq!(
            actions(
                "{# {{ a }} #}{% comment %}{{ b }}{% endcomment %}{% verbatim x %}{{ c }}{% endverbatim x %}{{ d }}"
            ),
            [Action::Print(read("d"))]
        );
    }

    #[test]
    fn other_tags_are_unknown() {
        assert_eq!(
            actions("{% load shop %}{% basket order %}"),
            [Action::Unknown("basket".to_owned())]
        );
    }

    #[test]
    fn lines_count_and_broken_text_does_no_harm() {
        let template = Template::parse("{{ \n{% %}{ {{ a }}\n\n{{ b }} {{ c");
        let lines: Vec<usize> = template.steps.iter().map(|step| step.line).collect();
        assert_eq!(lines, [2, 2, 4]);
    }
}
