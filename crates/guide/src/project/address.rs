//! Addresses as patterns write them.

/// An expression as an address: `^products/(?P<pk>\d+)/$` is `products/<pk>/`.
pub(super) fn of_expression(expression: &str) -> String {
    let expression = expression.strip_prefix('^').unwrap_or(expression);
    let expression = expression.strip_suffix('$').unwrap_or(expression);
    let mut out = String::new();
    let mut rest = expression;
    while let Some((before, group)) = rest.split_once("(?P<") {
        out.push_str(before);
        let Some((name, inner)) = group.split_once('>') else {
            return expression.to_owned();
        };
        let mut depth = 1_usize;
        let mut is_escaped = false;
        let end = inner.char_indices().find_map(|(at, character)| {
            match character {
                _ if is_escaped => is_escaped = false,
                '\\' => is_escaped = true,
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            (depth == 0).then_some(at + 1)
        });
        let Some(after) = end.and_then(|end| inner.get(end..)) else {
            return expression.to_owned();
        };
        out.push_str(&format!("<{name}>"));
        rest = after;
    }
    out.push_str(rest);
    out.replace("\\.", ".").replace("\\-", "-")
}

/// The parameters of an address, with values that hardly any row has. `None` for one that is not wholly known.
pub(crate) fn parameters(route: &str) -> Option<Vec<(&str, &'static str)>> {
    if !route.starts_with('/') || route.contains(['(', '[', '\\', '*', '+', '?', '|', '…']) {
        return None;
    }
    let mut found = Vec::new();
    let mut rest = route;
    while let Some((_, parameter)) = rest.split_once('<') {
        let (parameter, after) = parameter.split_once('>')?;
        let (converter, name) = parameter.split_once(':').unwrap_or(("", parameter));
        let value = match converter {
            "int" => "987654321",
            "str" | "slug" | "path" => "\"missing\"",
            "uuid" => "\"00000000-0000-4000-8000-000000000001\"",
            // What a regular expression takes is not known.
            _ => return None,
        };
        found.push((name, value));
        rest = after;
    }
    Some(found)
}

/// An address that can be asked for: `/products/<int:pk>/` is `/products/1/`. `None` for one that is not wholly known.
pub(crate) fn example(route: &str) -> Option<String> {
    if !route.starts_with('/') || route.contains(['(', '[', '\\', '*', '+', '?', '|', '…']) {
        return None;
    }
    let mut out = String::new();
    let mut rest = route;
    while let Some((before, parameter)) = rest.split_once('<') {
        out.push_str(before);
        let (parameter, after) = parameter.split_once('>')?;
        let (converter, name) = parameter.split_once(':').unwrap_or(("", parameter));
        out.push_str(match converter {
            "int" => "1",
            "uuid" => "00000000-0000-4000-8000-000000000001",
            "" if name == "pk" || name.ends_with("id") => "1",
            "" if name == "language" => "en",
            _ => "example",
        });
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_can_be_asked_for() {
        assert_eq!(
            example("/p/<int:pk>/<slug:s>").as_deref(),
            Some("/p/1/example")
        );
        assert_eq!(example("/p/<pk>/").as_deref(), Some("/p/1/"));
        assert_eq!(example("…/p/"), None);
        assert_eq!(example(&format!("/{}", of_expression("^p/(\\d+)/$"))), None);
        assert_eq!(
            parameters("/p/<int:pk>/<slug:s>"),
            Some(vec![("pk", "987654321"), ("s", "\"missing\"")])
        );
        assert_eq!(parameters("/p/<pk>/"), None);
    }
}
