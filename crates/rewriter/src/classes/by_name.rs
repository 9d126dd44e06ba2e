//! Methods that a class looks up by a name: `handler = getattr(self, request.method.lower(), …)`.

use unblocked_analyzer::{Analysis, ClassRef, FileFacts, FunctionRef};
use unblocked_django::HANDLERS;
use unblocked_syntax::{Field, Kind, NodeId};

/// Functions that look at a value, and call nothing.
const LOOKING: &[&str] = &[
    "bool",
    "callable",
    "float",
    "hasattr",
    "int",
    "isinstance",
    "len",
    "list",
    "print",
    "repr",
    "str",
];

/// Why a handler, or a method that changes with those, can't become async: synchronous code of its class may call it by its name.
pub(super) fn of_unit(analysis: &Analysis<'_>, members: &[FunctionRef]) -> Option<String> {
    members.iter().find_map(|&member| {
        let name = &*analysis.world.function(member)?.name;
        find(analysis, member, &|lookup| {
            lookup.may_be(name) || HANDLERS.iter().any(|handler| lookup.may_be(handler))
        })
    })
}

/// The same of a helper.
pub(super) fn of_helper(analysis: &Analysis<'_>, method: FunctionRef) -> Option<String> {
    let name = &*analysis.world.function(method)?.name;
    find(analysis, method, &|lookup| lookup.may_be(name))
}

fn find(
    analysis: &Analysis<'_>,
    method: FunctionRef,
    matches: &dyn Fn(&Lookup<'_>) -> bool,
) -> Option<String> {
    let world = &analysis.world;
    let class = ClassRef {
        file: method.file,
        index: world.function(method)?.class?,
    };
    world.kin(class).into_iter().find_map(|one| {
        let facts = world.file(one.file)?;
        let by = lookups(facts, one.index).find(matches)?.by;
        Some(format!(
            "`{by}` looks a method up by its name and goes on with what that gives, which would be a coroutine"
        ))
    })
}

/// A method that is looked up, and called or handed on.
struct Lookup<'f> {
    /// The method that does so.
    by: &'f str,
    /// What its name begins with, and ends with.
    ends: (&'f str, &'f str),
    /// The name is no more than these.
    is_whole: bool,
}

impl Lookup<'_> {
    fn may_be(&self, name: &str) -> bool {
        let (start, end) = self.ends;
        match self.is_whole {
            true => name == start,
            false => {
                name.len() >= start.len() + end.len()
                    && name.starts_with(start)
                    && name.ends_with(end)
            }
        }
    }
}

/// The look-ups in the synchronous methods of a class.
fn lookups(facts: &FileFacts, class: usize) -> impl Iterator<Item = Lookup<'_>> {
    let ast = facts.ast();
    let is_any = facts.text().contains("getattr(");
    let body = facts.classes.get(class).filter(|_| is_any);
    body.into_iter()
        .flat_map(move |class| ast.subtree(class.body))
        .filter(move |&node| ast.kind(node) == Kind::Call)
        .filter_map(move |call| {
            let called = ast.child(call, Field::Function)?;
            let arguments = ast.child(call, Field::Arguments)?;
            let mut arguments = ast.children(arguments);
            let (object, name) = (arguments.next()?, arguments.next()?);
            let by = facts.functions.get(facts.owner(call)?)?;
            let is_it = facts.source(called) == "getattr"
                && matches!(facts.source(object), "self" | "cls")
                && !by.is_async;
            if !is_it || !goes_on(facts, call, by.body) {
                return None;
            }
            let (ends, is_whole) = ends(facts, name);
            Some(Lookup {
                by: &by.qualname,
                ends,
                is_whole,
            })
        })
}

/// What the value of an expression begins and ends with, and whether that is all.
fn ends(facts: &FileFacts, name: NodeId) -> ((&str, &str), bool) {
    let ast = facts.ast();
    match ast.kind(name) {
        Kind::String => {
            let text = facts.source(name);
            let Some(open) = text.find(['"', '\'']) else {
                return (("", ""), false);
            };
            let inner = text
                .get(open..)
                .unwrap_or_default()
                .trim_matches(['"', '\'']);
            let is_format = text
                .get(..open)
                .is_some_and(|prefix| prefix.contains(['f', 'F']));
            match (inner.find('{'), inner.rfind('}')) {
                (Some(from), Some(to)) if is_format => (
                    (
                        inner.get(..from).unwrap_or_default(),
                        inner.get(to + 1..).unwrap_or_default(),
                    ),
                    false,
                ),
                _ => ((inner, ""), true),
            }
        }
        // `"get_" + kind`
        Kind::BinaryOperator => {
            let operator_is_plus = facts.source(name).contains('+');
            let left = ast
                .child(name, Field::Left)
                .filter(|&left| operator_is_plus && ast.kind(left) == Kind::String);
            match left.map(|left| ends(facts, left)) {
                Some(((start, _), true)) => ((start, ""), false),
                _ => (("", ""), false),
            }
        }
        _ => (("", ""), false),
    }
}

/// True when what was looked up is called, handed on or returned.
fn goes_on(facts: &FileFacts, value: NodeId, body: NodeId) -> bool {
    let ast = facts.ast();
    let mut at = value;
    while let Some(up) = ast.parent(at) {
        match ast.kind(up) {
            Kind::Call => return ast.field(at) == Some(Field::Function),
            Kind::Return | Kind::Lambda => return true,
            Kind::ArgumentList => return !is_looked_at(facts, up),
            Kind::KeywordArgument
            | Kind::Parenthesized
            | Kind::Conditional
            | Kind::BooleanOperator => at = up,
            Kind::Assignment | Kind::NamedExpression => {
                let target = ast
                    .child(up, Field::Left)
                    .or_else(|| ast.child(up, Field::Name));
                let Some(target) = target.filter(|&target| ast.kind(target) == Kind::Identifier)
                else {
                    return true;
                };
                let name = facts.source(target);
                return ast.subtree(body).any(|node| {
                    ast.kind(node) == Kind::Identifier
                        && facts.source(node) == name
                        && ast
                            .parent(node)
                            .is_some_and(|parent| match ast.kind(parent) {
                                Kind::Call => ast.field(node) == Some(Field::Function),
                                Kind::Return | Kind::KeywordArgument => true,
                                Kind::ArgumentList => !is_looked_at(facts, parent),
                                _ => false,
                            })
                });
            }
            _ => return false,
        }
    }
    false
}

fn is_looked_at(facts: &FileFacts, arguments: NodeId) -> bool {
    let ast = facts.ast();
    ast.parent(arguments)
        .and_then(|call| ast.child(call, Field::Function))
        .is_some_and(|called| LOOKING.contains(&facts.source(called)))
}

#[cfg(test)]
mod tests {
    use crate::Options;
    use crate::rules::testing::{check_unchanged, migrate_paste, report_with};

    const GET: &str =
        "    def get(self, request):\n        return HttpResponse(Product.objects.count())\n\n";

    fn stays(rest: &str) {
        let before = format!("class V(View):\n{GET}{rest}");
        check_unchanged(&before);
        let report = report_with(&before, &Options::for_paste());
        let mut named = report.functions.into_iter().filter(|f| f.name == "V.get");
        let reason = named.next().expect("the handler").reason;
        assert!(reason.contains("by its name"), "{reason}");
    }

    #[test]
    fn handlers_that_are_looked_up_by_name_stay() {
        for rest in [
            "    def dispatch(self, request, *args, **kwargs):\n        if request.method.lower() in self.http_method_names:\n            handler = getattr(self, request.method.lower(), self.http_method_not_allowed)\n        else:\n            handler = self.http_method_not_allowed\n        response = handler(request, *args, **kwargs)\n        response['X'] = '1'\n        return response\n",
            "    def post(self, request):\n        return getattr(self, request.POST['_method'])(request)\n",
            "    def handle(self, method, *args):\n        return getattr(self, method)(*args)\n",
            "    def post(self, request):\n        return getattr(self, 'get')(request)\n",
            "    def post(self, request):\n        return run(getattr(self, request.POST['_method']))\n",
        ] {
            stays(rest);
        }
    }

    #[test]
    fn what_is_no_handler_keeps_nobody() {
        for rest in [
            "    def post(self, request):\n        return HttpResponse(getattr(self, 'title', None))\n",
            "    def post(self, request):\n        title = getattr(self, request.POST['name'], '')\n        return HttpResponse(title.upper())\n",
            "    def post(self, request):\n        return getattr(self, f\"do_{request.POST['name']}\")(request)\n",
        ] {
            let before = format!("class V(View):\n{GET}{rest}");
            let after = migrate_paste(&before);
            assert!(after.contains("async def get"), "{after}");
        }
    }

    #[test]
    fn helpers_that_are_looked_up_run_in_the_thread() {
        let before = "class V(View):\n    def get(self, request):\n        return self.do_show(request)\n\n    def post(self, request):\n        return getattr(self, f\"do_{request.POST['name']}\")(request)\n\n    def do_show(self, request):\n        return HttpResponse(Product.objects.count())\n";
        let after = migrate_paste(before);
        assert!(!after.contains("async def do_show"), "{after}");
    }
}
