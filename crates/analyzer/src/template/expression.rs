//! Expressions of templates: `order.customer.name|default:other|upper`.

/// What a variable or an argument of a tag reads.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expression {
    /// The names, from left to right; empty for a literal.
    pub path: Vec<String>,
    /// The filters, in order, with the path that one is given.
    pub filters: Vec<(String, Vec<String>)>,
}

impl Expression {
    /// Reads an expression.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut parts = split(text.trim(), '|').into_iter();
        let path = path(parts.next().unwrap_or_default());
        let filters = parts
            .map(|filter| {
                let (name, argument) = match filter.split_once(':') {
                    Some((name, argument)) => (name, self::path(argument)),
                    None => (filter, Vec::new()),
                };
                (name.trim().to_owned(), argument)
            })
            .collect();
        Self { path, filters }
    }
}

/// The names of a variable; none of a literal: a text, a number, a translated text.
fn path(text: &str) -> Vec<String> {
    let text = text.trim();
    let is_literal = text.is_empty()
        || text.starts_with(['"', '\'', '-', '+', '.', '_'])
        || text.starts_with(|c: char| c.is_ascii_digit())
        || matches!(text, "True" | "False" | "None");
    if is_literal {
        return Vec::new();
    }
    text.split('.').map(str::to_owned).collect()
}

/// The words of a tag: quoted texts hold together.
pub(super) fn words(text: &str) -> Vec<&str> {
    split(text, ' ')
        .into_iter()
        .flat_map(|word| match word.contains(['"', '\'']) {
            true => vec![word.trim()],
            false => word.split_whitespace().collect(),
        })
        .filter(|word| !word.is_empty())
        .collect()
}

/// Splits where no quote is open.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut open: Option<char> = None;
    let mut start = 0;
    for (at, c) in text.char_indices() {
        match open {
            Some(quote) if c == quote => open = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'') => open = Some(c),
            None if c == separator => {
                parts.extend(text.get(start..at));
                start = at + c.len_utf8();
            }
            None => {}
        }
    }
    parts.extend(text.get(start..));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_and_their_arguments() {
        let read = Expression::parse("order.items.all|join:'|'|default:other.name");
        assert_eq!(read.path, ["order", "items", "all"]);
        assert_eq!(
            read.filters,
            [
                ("join".to_owned(), Vec::new()),
                (
                    "default".to_owned(),
                    vec!["other".to_owned(), "name".to_owned()]
                )
            ]
        );
    }

    #[test]
    fn literals_read_nothing() {
        for text in ["'a.b'", "3", "-1.5", "_('text')", "None", ""] {
            assert_eq!(Expression::parse(text).path, Vec::<String>::new(), "{text}");
        }
    }
}
