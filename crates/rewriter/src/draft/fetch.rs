//! Rows of to-many relations, fetched with the queryset that a loop goes over: in which loops that changes nothing else.

use unblocked_analyzer::{Consumer, FunctionRef, Model, Origin, Site, SiteKind, Type};
use unblocked_syntax::view::{Attribute, Call, Loop};
use unblocked_syntax::{Field, Kind, NodeId};

use super::Draft;
use super::steady::carries;
use crate::rules::orm::prefetch_related::NAME;

/// How many relations are followed from one queryset to the next.
const MAX_RELATIONS: usize = 8;

/// Methods by which a manager's rows are read.
const READING: &[&str] = &["__iter__", "_fetch_all", "all", "iterator"];

/// How a relation is loaded where its objects come from.
pub(crate) enum Reach {
    /// By `select_related`: one row leads to one.
    Join(Origin),
    /// By `prefetch_related`: it lies below a to-many relation that is fetched so.
    Prefetch(Origin),
}

impl Draft<'_> {
    /// Where a relation is loaded, and how. A manager whose rows are fetched with those of another queryset begins none.
    pub(crate) fn reach(&self, load: &Origin) -> Reach {
        let mut at = load.clone();
        let mut is_below = false;
        for _ in 0..MAX_RELATIONS {
            let Type::Manager(manager) = self.type_of(at.node) else {
                break;
            };
            let Some(above) = &manager.load else { break };
            if manager.prefetched.is_none() && !self.is_fetched(at.node) {
                break;
            }
            is_below = true;
            at = Origin {
                node: above.node,
                path: format!("{}__{}", above.path, at.path).into(),
            };
        }
        match is_below {
            true => Reach::Prefetch(at),
            false => Reach::Join(at),
        }
    }

    /// The manager whose rows an evaluation reads: `order.lines` of `order.lines.all()`.
    pub(crate) fn manager_read(&self, site: &Site) -> Option<NodeId> {
        let ast = self.ast();
        let SiteKind::Evaluate { source, by, .. } = site.kind else {
            return None;
        };
        let call = Call::cast(ast, ast.unparenthesized(source))?;
        let Attribute { object, name } = Attribute::cast(ast, call.function)?;
        let has_load =
            matches!(self.type_of(object), Type::Manager(manager) if manager.load.is_some());
        (by != Consumer::Subscript && self.text(name) == "all" && has_load).then_some(object)
    }

    /// True when the rows of a manager are fetched with the queryset of the loop that it is read in.
    fn is_fetched(&self, manager: NodeId) -> bool {
        let site = || {
            let mut sites = self.sites.iter();
            sites.find(|site| self.manager_read(site) == Some(manager))
        };
        self.is_fetchable(manager)
            && site().is_some_and(|site| self.against(NAME, site.node, true).is_none())
    }

    /// True when they can be, and nothing else changes by it.
    pub(crate) fn is_fetchable(&self, manager: NodeId) -> bool {
        if let Some(&known) = self.fetchable.borrow().get(&manager) {
            return known;
        }
        // A relation that leads back to itself ends here.
        self.fetchable.borrow_mut().insert(manager, false);
        let is_fetchable = self.can_be_fetched(manager);
        self.fetchable.borrow_mut().insert(manager, is_fetchable);
        is_fetchable
    }

    fn can_be_fetched(&self, manager: NodeId) -> bool {
        let Type::Manager(of) = self.type_of(manager) else {
            return false;
        };
        let Some(load) = &of.load else { return false };
        let Some(site) = (self.sites.iter()).find(|site| self.manager_read(site) == Some(manager))
        else {
            return false;
        };
        // Prefetching asks the same manager, but for what it does by itself when its rows are read.
        let mut classes = [of.class.own, of.class.queryset].into_iter().flatten();
        let is_plain = !of.class.is_partial
            && classes.all(|class| {
                let mut names = READING.iter();
                names.all(|name| self.analysis.world.method(class, name).is_none())
            });
        let (Reach::Join(root) | Reach::Prefetch(root)) = self.reach(load);
        is_plain
            && matches!(of.model, Model::Known(_))
            && !self.is_closed(root.node)
            && self.is_read_each_turn(site.node, manager, load.node)
            && self.is_read_plainly(load)
            && self.is_steady(root.node, load.node, &of.model)
    }

    /// True for a queryset that nothing can be fetched with.
    pub(crate) fn is_closed(&self, root: NodeId) -> bool {
        self.file.closed_origins.contains(&root)
            || self.file.not_prefetched.contains(&root)
            || self.quote(root).is_err()
    }

    /// True for what is read in every turn of a loop over a queryset: the loop's variable is its row, no condition
    /// stands between, and nothing ends the loop early.
    fn is_read_each_turn(&self, node: NodeId, manager: NodeId, queryset: NodeId) -> bool {
        let ast = self.ast();
        let mut row = manager;
        while let Some(object) = ast.child(row, Field::Object) {
            row = object;
        }
        if ast.kind(row) != Kind::Identifier {
            return false;
        }
        let goes_over = |at: NodeId| {
            Loop::cast(ast, at).is_some_and(|Loop { target, iterable }| {
                self.text(target) == self.text(row) && carries(self.type_of(iterable), queryset)
            })
        };
        let mut child = node;
        for up in ast.ancestors(node) {
            match ast.kind(up) {
                Kind::For if ast.field(child) == Some(Field::Body) && goes_over(up) => {
                    return !self.ends_early(child, node);
                }
                kind if kind.is_comprehension() => {
                    if ast.child_of_kind(up, Kind::IfClause).is_some() {
                        return false;
                    }
                    let mut clauses = ast.children(up).filter(|&part| part != child);
                    if clauses
                        .any(|clause| ast.kind(clause) == Kind::ForInClause && goes_over(clause))
                    {
                        return true;
                    }
                }
                Kind::If if ast.field(child) == Some(Field::Condition) => {}
                Kind::BooleanOperator if ast.field(child) == Some(Field::Left) => {}
                Kind::If
                | Kind::Elif
                | Kind::Else
                | Kind::While
                | Kind::Try
                | Kind::Match
                | Kind::Conditional
                | Kind::BooleanOperator
                | Kind::Lambda
                | Kind::FunctionDef
                | Kind::ClassDef => return false,
                _ => {}
            }
            child = up;
        }
        false
    }

    /// True for the body of a loop that may leave it, or end a turn before `node`.
    fn ends_early(&self, body: NodeId, node: NodeId) -> bool {
        let ast = self.ast();
        ast.subtree(body).any(|id| match ast.kind(id) {
            Kind::Return | Kind::Yield => true,
            Kind::Raise => id < node,
            Kind::Break | Kind::Continue => {
                let of_inner = ast
                    .ancestors(id)
                    .take_while(|&up| up != body)
                    .any(|up| matches!(ast.kind(up), Kind::For | Kind::While));
                !of_inner && (ast.kind(id) == Kind::Break || id < node)
            }
            _ => false,
        })
    }

    /// True when all that the function does with a relation is right for rows that are there already: what is sliced of
    /// them is a list then, which `async for` refuses.
    fn is_read_plainly(&self, load: &Origin) -> bool {
        let ast = self.ast();
        let is_same = |id: NodeId| {
            let of = match self.type_of(id) {
                Type::Manager(manager) => manager.load.as_ref(),
                _ => None,
            };
            ast.kind(id) == Kind::Attribute && of == Some(load)
        };
        ast.subtree(self.own_body())
            .filter(|&id| is_same(id))
            .all(|id| {
                let Some(method) = ast.parent(id).and_then(|up| Attribute::cast(ast, up)) else {
                    return false;
                };
                let is_evaluated = || {
                    let mut sites = self.sites.iter();
                    sites.any(|site| self.manager_read(site) == Some(id))
                };
                self.text(method.name) != "all" || is_evaluated()
            })
    }

    /// What the function runs: its body, or the file's bare statements.
    pub(super) fn own_body(&self) -> NodeId {
        self.definition()
            .map_or(NodeId::ROOT, |function| function.body)
    }

    /// The function that is drafted.
    pub(super) fn own_function(&self) -> Option<FunctionRef> {
        let file = self.file_index;
        self.function.map(|index| FunctionRef { file, index })
    }
}
