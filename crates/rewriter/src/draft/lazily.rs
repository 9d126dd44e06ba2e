//! Generator expressions that wait: who takes what they give, and how much of it.
//!
//! An `async` generator expression gives one element after the other as well, but only to `async for` and `anext()`. What
//! takes all that it is given takes a list as well. To the rest a list would ask, and write, for elements that were never
//! asked for.

use unblocked_analyzer::{SiteKind, Type};
use unblocked_django::PythonVersion;
use unblocked_syntax::{Field, Kind, NodeId};

use super::{Cannot, Draft, Note};
use crate::because::Because;
use crate::concurrent::nature::{Natures, changes_at};
use crate::generators::takes_all;
use crate::report::Applicability;
use crate::rewrites::{Piece, Template};

/// What is said of a list in the place of elements that were taken one by one.
const ASKED: &str =
    "the generator expression becomes a list, so all of it is asked for before the first is used";

/// How the elements of a generator expression that waits are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// All at once: a list does.
    All,
    /// All at once from now on, where nothing is written.
    Asked,
    /// By a loop or a clause, which becomes `async for`.
    Loop(NodeId),
    /// By this call of `next()`, which becomes `anext()`.
    Next(NodeId),
    /// By this call of `any()` or `all()`: until one is true, or false.
    Until(NodeId, bool),
}

impl Draft<'_> {
    /// Notes how a generator expression is taken: a loop over all rows may be one that waits for each row besides.
    pub(super) fn take(&mut self, generator: NodeId, taken: Taken) {
        let known = self.taken.entry(generator).or_insert(taken);
        if *known == Taken::All {
            *known = taken;
        }
    }

    /// How a generator expression is taken in which a node is to wait.
    pub(super) fn taken(&self, generator: NodeId, node: NodeId) -> Result<Taken, Cannot> {
        let ast = self.ast();
        let is_own_rows = ast.child_of_kind(generator, Kind::ForInClause) == Some(node);
        if is_own_rows || self.is_streamed(generator) || self.takes_all_of(generator) {
            // A queryset fetches all its rows with the first.
            return Ok(Taken::All);
        }
        if let Some(taken) = self.one_by_one(generator) {
            return Ok(taken);
        }
        if self.may_be_endless(generator) || self.writes_within(generator) {
            return Err(Cannot::of(
                Because::Generator,
                format!(
                    "`{}` is taken element by element, and what takes it has no async form",
                    self.excerpt(generator)
                ),
            ));
        }
        Ok(Taken::Asked)
    }

    fn takes_all_of(&self, generator: NodeId) -> bool {
        let ast = self.ast();
        if takes_all(self.facts, self.file, generator) {
            return true;
        }
        let mut outer = ast.ancestors(generator);
        let parent = outer.next();
        if parent.is_some_and(|up| ast.kind(up) == Kind::ListSplat) {
            return true;
        }
        let call = parent.into_iter().chain(outer.next());
        let function = call
            .filter(|&up| ast.kind(up) == Kind::Call)
            .find_map(|call| ast.child(call, Field::Function));
        let Some(function) = function else {
            return false;
        };
        match self.type_of(function) {
            Type::Path(path) => matches!(
                unblocked_django::canonical(path),
                "collections.Counter"
                    | "collections.OrderedDict"
                    | "collections.deque"
                    | "django.http.HttpResponse"
            ),
            _ => ast.child(function, Field::Attribute).is_some_and(|name| {
                matches!(
                    self.text(name),
                    "join" | "extend" | "update" | "bulk_create" | "set" | "add"
                )
            }),
        }
    }

    /// What takes one element after the other and has a form that waits for each.
    fn one_by_one(&self, generator: NodeId) -> Option<Taken> {
        let ast = self.ast();
        let parent = ast.parent(generator)?;
        if matches!(ast.kind(parent), Kind::For | Kind::ForInClause) {
            let is_source = ast.field(generator) == Some(Field::Right) && !ast.is_async(parent);
            return is_source.then_some(Taken::Loop(parent));
        }
        let call = match ast.kind(parent) {
            Kind::ArgumentList => ast.parent(parent)?,
            _ => parent,
        };
        if ast.kind(call) != Kind::Call
            || self.options.python() < PythonVersion::new(3, 10)
            || self.facts.defines("anext")
            || self.facts.binds("anext")
        {
            return None;
        }
        let Type::Builtin(name) = self.type_of(ast.child(call, Field::Function)?) else {
            return None;
        };
        let arguments = self.arguments(call);
        match (&**name, &arguments[..]) {
            ("any", [_]) => Some(Taken::Until(call, true)),
            ("all", [_]) => Some(Taken::Until(call, false)),
            // Nobody waits for the exception that says that there is none, which is another one.
            ("next", [_]) => {
                (!self.facts.text().contains("StopIteration")).then_some(Taken::Next(call))
            }
            // `anext()` fails on a tuple as the default in the first releases of Python 3.10 to 3.13.
            ("next", [(_, first), (None, default)]) if *first == generator => matches!(
                ast.kind(*default),
                Kind::None
                    | Kind::True
                    | Kind::False
                    | Kind::Integer
                    | Kind::Float
                    | Kind::String
                    | Kind::List
                    | Kind::Dictionary
            )
            .then_some(Taken::Next(call)),
            _ => None,
        }
    }

    /// True when what is iterated over may have no end.
    fn may_be_endless(&self, generator: NodeId) -> bool {
        let ast = self.ast();
        ast.children(generator)
            .filter(|&clause| ast.kind(clause) == Kind::ForInClause)
            .filter_map(|clause| ast.child(clause, Field::Right))
            .filter_map(|source| ast.child(ast.unparenthesized(source), Field::Function))
            .any(|function| match self.type_of(function) {
                Type::Path(path) => path.starts_with("itertools."),
                Type::Builtin(name) => &**name == "iter",
                _ => false,
            })
    }

    /// True when something in a generator expression that waits may change something.
    fn writes_within(&self, generator: NodeId) -> bool {
        let mut natures = Natures::new(self.analysis, self.effects);
        let first = self.sites.partition_point(|site| site.node < generator);
        self.sites
            .iter()
            .skip(first)
            .take_while(|site| self.ast().contains(generator, site.node))
            .any(|site| match &site.kind {
                SiteKind::Project { callee, .. }
                | SiteKind::Property { callee, .. }
                | SiteKind::Implicit { callee, .. } => natures.changes([*callee]),
                SiteKind::Value { callees } => natures.changes(callees.iter().copied()),
                SiteKind::UnknownAttribute { .. } | SiteKind::UnknownValue { .. } => false,
                _ => changes_at(self.facts, site),
            })
    }

    /// Says of findings in generator expressions that are now asked for at once what that changes.
    pub(super) fn state_asked(&mut self, from: usize) {
        let ast = self.facts.ast();
        let taken = &self.taken;
        let is_asked = |note: &Note| {
            note.applicability != Applicability::Manual
                && ast
                    .ancestors(note.node)
                    .any(|up| taken.get(&up) == Some(&Taken::Asked))
        };
        for note in self
            .notes
            .iter_mut()
            .skip(from)
            .filter(|note| is_asked(note))
        {
            note.applicability = Applicability::Review;
            match &mut note.help {
                Some(help) if help.ends_with(ASKED) => {}
                Some(help) => {
                    help.push_str("; ");
                    help.push_str(ASKED);
                }
                None => note.help = Some(ASKED.to_owned()),
            }
        }
    }

    /// Writes the generator expressions that wait, once all sites are done.
    pub(super) fn write_generators(&mut self) {
        for (generator, taken) in std::mem::take(&mut self.taken) {
            match taken {
                Taken::All | Taken::Asked => self.write_list(generator),
                Taken::Loop(by) => self.rewrites.wrap(by, "async ", ""),
                Taken::Next(call) => {
                    if let Some(function) = self.ast().child(call, Field::Function) {
                        self.rewrites.replace(function, vec![Piece::from("anext")]);
                        self.write_await(call);
                    }
                }
                Taken::Until(call, truth) => {
                    if let Some(template) = self.until(generator, truth) {
                        self.rewrites.replace(call, template);
                        self.write_await(call);
                    }
                }
            }
        }
    }

    fn write_await(&mut self, call: NodeId) {
        if self.needs_parentheses(call) {
            self.rewrites.wrap(call, "(await ", ")");
        } else {
            self.rewrites.wrap(call, "await ", "");
        }
    }

    /// `any(ok(n) for n in rows)` → `anext((True for n in rows if ok(n)), False)`: it stops where `any()` stops.
    fn until(&self, generator: NodeId, truth: bool) -> Option<Template> {
        use unblocked_syntax::Span;
        let ast = self.ast();
        let body = ast.child(generator, Field::Body)?;
        let last = ast.children(generator).last()?;
        let (whole, element, end) = (ast.span(generator), ast.span(body), ast.span(last).end);
        let kind = ast.kind(body);
        let is_loose = matches!(
            kind,
            Kind::Conditional | Kind::Lambda | Kind::NamedExpression
        ) || (!truth && kind == Kind::BooleanOperator);
        let (word, other) = if truth {
            ("True", "False")
        } else {
            ("False", "True")
        };
        let (mut open, close) = if is_loose {
            (" if (", ")")
        } else {
            (" if ", "")
        };
        if !truth {
            open = if is_loose { " if not (" } else { " if not " };
        }
        Some(vec![
            Piece::from("anext(("),
            Piece::Source(Span::new(whole.start + 1, element.start)),
            Piece::from(word),
            Piece::Source(Span::new(element.end, end)),
            Piece::from(open),
            Piece::Node(body),
            Piece::from(close),
            Piece::Source(Span::new(end, whole.end.saturating_sub(1))),
            Piece::from(format!("), {other})")),
        ])
    }

    fn write_list(&mut self, generator: NodeId) {
        let ast = self.ast();
        if self.is_streamed(generator) {
            // Django streams async generators.
            return;
        }
        let span = ast.span(generator);
        let inner = unblocked_syntax::Span::new(span.start + 1, span.end.saturating_sub(1));
        let is_all_arguments = ast.field(generator) == Some(Field::Arguments);
        let (open, close) = match (is_all_arguments, self.takes_any_iterable(generator)) {
            (true, true) => ("([", "])"),
            (false, true) => ("[", "]"),
            (true, false) => ("(iter([", "]))"),
            (false, false) => ("iter([", "])"),
        };
        self.rewrites.replace(
            generator,
            vec![Piece::from(open), Piece::Source(inner), Piece::from(close)],
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::Options;
    use crate::report::Applicability;
    use crate::rules::testing::{check, check_unchanged, check_with, report_with, target};

    #[test]
    fn any_and_all_stop_where_they_stopped() {
        check(
            "ok = any(Order.objects.filter(pk=pk).delete()[0] for pk in pks)\n",
            "ok = await anext((True for pk in pks if (await Order.objects.filter(pk=pk).adelete())[0]), False)\n",
        );
        check(
            "if not all(Order.objects.filter(pk=pk).update(a=1) or pk for pk in pks if pk):\n    pass\n",
            "if not await anext((False for pk in pks if pk if not (await Order.objects.filter(pk=pk).aupdate(a=1) or pk)), True):\n    pass\n",
        );
        check(
            "ok = any(\n    # the first\n    Order.objects.filter(pk=pk).exists()\n    for pk in pks  # all\n)\n",
            "ok = await anext((\n    # the first\n    True\n    for pk in pks if await Order.objects.filter(pk=pk).aexists()  # all\n), False)\n",
        );
        check(
            "x = any((o := Order.objects.filter(pk=pk).first()) for pk in pks) or any(Order.objects.filter(pk=pk).exists() if pk else None for pk in pks)\n",
            "x = await anext((True for pk in pks if (o := await Order.objects.filter(pk=pk).afirst())), False) or await anext((True for pk in pks if (await Order.objects.filter(pk=pk).aexists() if pk else None)), False)\n",
        );
    }

    #[test]
    fn loops_take_one_element_after_the_other() {
        check(
            "for row in (Order.objects.filter(pk=pk).delete() for pk in pks):\n    if row[0]:\n        break\nelse:\n    pass\n",
            "async for row in (await Order.objects.filter(pk=pk).adelete() for pk in pks):\n    if row[0]:\n        break\nelse:\n    pass\n",
        );
        check(
            "rows = [row[0] for row in (Order.objects.filter(pk=pk).delete() for pk in pks)]\n",
            "rows = [row[0] async for row in (await Order.objects.filter(pk=pk).adelete() for pk in pks)]\n",
        );
        check(
            "ok = any(row for row in (Order.objects.filter(pk=pk).delete()[0] for pk in pks))\n",
            "ok = await anext((True async for row in ((await Order.objects.filter(pk=pk).adelete())[0] for pk in pks) if row), False)\n",
        );
    }

    #[test]
    fn next_is_anext() {
        check(
            "slug = next(s for s in names(count()) if not Post.objects.filter(slug=s).exists())\n",
            "slug = await anext(s for s in names(count()) if not await Post.objects.filter(slug=s).aexists())\n",
        );
        check(
            "pk = next((pk for pk in pks if Post.objects.filter(pk=pk).update(a=1)), None) or 2\n",
            "pk = await anext((pk for pk in pks if await Post.objects.filter(pk=pk).aupdate(a=1)), None) or 2\n",
        );
    }

    #[test]
    fn what_takes_all_is_given_a_list() {
        check(
            "n = sum(Order.objects.filter(pk=pk).update(a=1) for pk in pks)\nrows.extend(Order.objects.filter(pk=pk).delete() for pk in pks)\nd = dict((pk, Order.objects.filter(pk=pk).delete()) for pk in pks)\nm = max((Order.objects.filter(pk=pk).update(a=1) for pk in pks), default=0)\nprint(*(Order.objects.filter(pk=pk).update(a=1) for pk in pks))\n",
            "n = sum([await Order.objects.filter(pk=pk).aupdate(a=1) for pk in pks])\nrows.extend([await Order.objects.filter(pk=pk).adelete() for pk in pks])\nd = dict([(pk, await Order.objects.filter(pk=pk).adelete()) for pk in pks])\nm = max([await Order.objects.filter(pk=pk).aupdate(a=1) for pk in pks], default=0)\nprint(*[await Order.objects.filter(pk=pk).aupdate(a=1) for pk in pks])\n",
        );
    }

    #[test]
    fn what_else_takes_elements_one_by_one_is_given_a_list_where_all_only_read() {
        let read = "def view(request, pks):\n    for n, ok in enumerate(Order.objects.filter(pk=pk).exists() for pk in pks):\n        print(n, ok)\n    return HttpResponse()\n";
        let report = report_with(read, &Options::for_paste());
        assert!(
            report
                .after
                .contains("enumerate([await Order.objects.filter(pk=pk).aexists() for pk in pks])"),
            "{}",
            report.after
        );
        let found = report
            .findings
            .iter()
            .find(|one| one.rule == "orm/await-terminal");
        let found = found.expect("a change");
        assert_eq!(found.applicability, Applicability::Review);
        assert!(
            found
                .help
                .as_deref()
                .unwrap_or_default()
                .contains("all of it is asked for")
        );
        for by in ["enumerate", "iter", "unknown"] {
            check_unchanged(&format!(
                "def view(request, pks):\n    for x in {by}(Order.objects.filter(pk=pk).delete() for pk in pks):\n        print(x)\n        break\n    return HttpResponse()\n"
            ));
        }
        check_unchanged(
            "def view(request, pks):\n    ok = 1 in (Order.objects.filter(pk=pk).delete()[0] for pk in pks)\n    return HttpResponse(ok)\n",
        );
        check_unchanged(
            "import itertools\n\n\ndef view(request):\n    free = (n for n in itertools.count() if not Order.objects.filter(n=n).exists())\n    return HttpResponse(next(free))\n",
        );
    }

    #[test]
    fn a_helper_that_writes_is_followed() {
        check_unchanged(
            "def drop(pk):\n    return Order.objects.filter(pk=pk).delete()\n\n\ndef view(request, pks):\n    found = enumerate(drop(pk) for pk in pks)\n    return HttpResponse(next(found))\n",
        );
    }

    #[test]
    fn python_before_3_10_has_no_anext() {
        let options = target("4.2");
        let drop = "def view(request, pks):\n    ok = any(Order.objects.filter(pk=pk).delete()[0] for pk in pks)\n    return HttpResponse(ok)\n";
        check_with(&options, drop, drop);
        check_with(
            &options,
            "ok = any(Order.objects.filter(pk=pk).exists() for pk in pks)\n",
            "ok = any([await Order.objects.filter(pk=pk).aexists() for pk in pks])\n",
        );
    }
}
