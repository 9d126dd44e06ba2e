//! What a wait is called.

use unblocked_analyzer::{FileFacts, Site, SiteKind};
use unblocked_syntax::{Field, Kind, NodeId};

/// Longest label, in characters.
const LONGEST: usize = 60;

/// What waits at a site, in short.
pub(crate) fn label(facts: &FileFacts, site: &Site) -> String {
    match &site.kind {
        SiteKind::Function { path } | SiteKind::Missing { path } => shortened(path.to_string()),
        SiteKind::Evaluate { source, .. } => outline(facts, *source),
        SiteKind::SyncOnly { what } => match what {
            unblocked_analyzer::SyncOnly::Transaction => "transaction.atomic".to_owned(),
            unblocked_analyzer::SyncOnly::Cursor => "connection.cursor".to_owned(),
            unblocked_analyzer::SyncOnly::Lock => "a lock".to_owned(),
            unblocked_analyzer::SyncOnly::AsyncToSync => "async_to_sync".to_owned(),
            unblocked_analyzer::SyncOnly::Resource(_) => "the end of a `with` block".to_owned(),
            unblocked_analyzer::SyncOnly::Manager { .. } => "a context manager".to_owned(),
        },
        _ => outline(facts, site.node),
    }
}

/// An expression without its arguments: `Order.objects.filter(…).get`. The outermost call's parentheses are left out.
pub(super) fn outline(facts: &FileFacts, node: NodeId) -> String {
    let ast = facts.ast();
    let mut parts: Vec<String> = Vec::new();
    let mut at = ast.unparenthesized(node);
    let mut is_outermost = true;
    loop {
        match ast.kind(at) {
            Kind::Call => {
                let Some(function) = ast.child(at, Field::Function) else {
                    break;
                };
                if !is_outermost {
                    parts.push("(…)".to_owned());
                }
                at = function;
            }
            Kind::Attribute => {
                let (Some(object), Some(name)) = (
                    ast.child(at, Field::Object),
                    ast.child(at, Field::Attribute),
                ) else {
                    break;
                };
                parts.push(format!(".{}", facts.source(name)));
                at = ast.unparenthesized(object);
            }
            Kind::Subscript => {
                let Some(value) = ast.child(at, Field::Value) else {
                    break;
                };
                parts.push("[…]".to_owned());
                at = value;
            }
            Kind::Await => {
                let Some(value) = ast.first_child(at) else {
                    break;
                };
                at = ast.unparenthesized(value);
            }
            _ => {
                parts.push(crate::draft::excerpt(facts.source(at)));
                parts.reverse();
                return shortened(parts.concat());
            }
        }
        is_outermost = false;
    }
    crate::draft::excerpt(facts.source(node))
}

fn shortened(text: String) -> String {
    if text.chars().count() <= LONGEST {
        return text;
    }
    // What is done matters more than what it is done to.
    let from = text.chars().count() - LONGEST;
    format!("…{}", text.chars().skip(from).collect::<String>())
}

#[cfg(test)]
mod tests {
    use unblocked_syntax::Parse;

    use super::*;

    fn outlined(expression: &str) -> String {
        let facts = FileFacts::new("f.py", Parse::new(format!("{expression}\n")));
        let statement = facts.ast().children(NodeId::ROOT).next().unwrap();
        outline(&facts, facts.ast().first_child(statement).unwrap())
    }

    #[test]
    fn arguments_are_left_out() {
        assert_eq!(outlined("Order.objects.get(pk=1)"), "Order.objects.get");
        assert_eq!(
            outlined("(Order.objects\n .filter(a=f(x))\n .get())"),
            "Order.objects.filter(…).get"
        );
        assert_eq!(outlined("rows[0].save()"), "rows[…].save");
        assert_eq!(outlined("order.customer"), "order.customer");
    }

    #[test]
    fn long_ones_keep_their_end() {
        let label = outlined(&format!("Order.objects{}.get()", ".filter(a=1)".repeat(20)));
        assert!(
            label.starts_with('…') && label.ends_with(".filter(…).get"),
            "{label}"
        );
        assert_eq!(label.chars().count(), LONGEST + 1);
    }
}
