//! The project's own decorators: functions that take a view and return what wraps it.
//!
//! A synchronous wrapper gives an unawaited coroutine for an async view. One that can be followed gets an async variant,
//! chosen by what it decorates, so that it goes on wrapping both kinds.

use std::collections::{BTreeMap, HashMap};

use unblocked_analyzer::FunctionRef;

use super::Planner;
use super::decorated::{check_decorators, check_routes};
use super::decoration::Wrapper;
use super::middleware::{self, Middleware};
use crate::draft::Cannot;

/// The wrappers around views, in decorators of the project.
#[derive(Debug, Default)]
pub(super) struct Wrappers {
    /// By view.
    views: HashMap<FunctionRef, Vec<FunctionRef>>,
    functions: HashMap<FunctionRef, Wrapper>,
    /// What is middleware, and of what kind.
    middleware: BTreeMap<FunctionRef, (Middleware, Option<Cannot>)>,
}

impl Wrappers {
    /// Those of the views that can have them.
    pub(super) fn new(planner: &Planner<'_>) -> Self {
        let (analysis, options) = (planner.analysis, planner.options);
        let mut all = Self::default();
        for found in middleware::find(analysis) {
            let obstacle = match found.wrapper {
                Ok(Some(wrapper)) => {
                    all.functions.insert(found.function, wrapper);
                    None
                }
                Ok(None) => None,
                Err(obstacle) => Some(obstacle),
            };
            all.middleware
                .insert(found.function, (found.kind, obstacle));
        }
        for view in planner.views() {
            let mut wrappers = check_decorators(analysis, view, options).unwrap_or_default();
            let around = check_routes(analysis, options, planner.effects, view);
            wrappers.extend(around.unwrap_or_default());
            all.wrap(view, wrappers);
        }
        for unit in planner.families.units() {
            let wrappers = planner.families.wrappers(analysis, options, unit);
            for &member in unit.members.iter().filter(|_| !wrappers.is_empty()) {
                all.wrap(member, wrappers.clone());
            }
        }
        all
    }

    fn wrap(&mut self, view: FunctionRef, wrappers: Vec<Wrapper>) {
        for wrapper in wrappers {
            let function = wrapper.function;
            if let Some((class, keeps)) = wrapper.instance {
                let kind = Middleware::Instance(class, keeps);
                self.middleware.insert(function, (kind, None));
            }
            let of_view = self.views.entry(view).or_default();
            if !of_view.contains(&function) {
                of_view.push(function);
            }
            self.functions.insert(function, wrapper);
        }
    }

    /// What wraps a view.
    pub(super) fn of(&self, view: FunctionRef) -> &[FunctionRef] {
        self.views.get(&view).map_or(&[], Vec::as_slice)
    }

    /// The middleware at hand, and what keeps it as it is.
    pub(super) fn all_middleware(
        &self,
    ) -> impl Iterator<Item = (FunctionRef, Middleware, Option<&Cannot>)> + '_ {
        self.middleware
            .iter()
            .map(|(&function, (kind, obstacle))| (function, *kind, obstacle.as_ref()))
    }

    /// The middleware that a function is the body of.
    pub(super) fn middleware(&self, function: FunctionRef) -> Option<Middleware> {
        self.middleware.get(&function).map(|(kind, _)| *kind)
    }

    /// The wrapper that a function is.
    pub(super) fn get(&self, function: FunctionRef) -> Option<&Wrapper> {
        self.functions.get(&function)
    }

    /// The views that a function wraps.
    pub(super) fn views_of(&self, wrapper: FunctionRef) -> impl Iterator<Item = FunctionRef> + '_ {
        self.views
            .iter()
            .filter(move |(_, wrappers)| wrappers.contains(&wrapper))
            .map(|(&view, _)| view)
    }
}
