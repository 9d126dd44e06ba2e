//! Which functions may become async, as far as they themselves are concerned.

use std::collections::{BTreeSet, HashMap};

use unblocked_analyzer::{FunctionRef, SiteKind};

use super::decorated::{check_decorators, check_routes};
use super::{Planner, Role};
use crate::because::Because;
use crate::draft::{Cannot, Color, Colors};
use crate::generators;
use crate::rules::asynchronous::own_loop;
use crate::rules::orm::atomic_requests;
use crate::rules::suites::async_client;
use crate::views::is_error_handler;

impl Planner<'_> {
    /// What keeps a function sync whatever is in it. `even_for_nothing`: it may change where that gains nothing.
    pub(super) fn eligible(
        &self,
        function: FunctionRef,
        role: Role,
        even_for_nothing: bool,
    ) -> Result<(), Cannot> {
        let (Some(facts), Some(definition)) = (
            self.analysis.world.file(function.file),
            self.analysis.world.function(function),
        ) else {
            return Err(Cannot::of(Because::NotAtHand, "it is not at hand"));
        };
        if definition.is_async {
            return Err(Cannot::of(Because::WasAsync, "it is async already"));
        }
        if !self.options.changes(&facts.path) {
            return Err(Cannot::of(
                Because::NotToChange,
                "its file is not among those to change",
            ));
        }
        if facts.is_damaged(definition) {
            return Err(Cannot::of(
                Because::SyntaxError,
                "it contains a syntax error, or nests too deep",
            ));
        }
        if definition.is_generator {
            if role != Role::Helper
                || definition.class.is_some()
                || !generators::is_plain(definition)
            {
                return Err(Cannot::of(Because::Generator, "it is a generator"));
            }
            generators::check(facts, function.index)?;
        }
        match role {
            Role::Test => {
                if let Some(style) = self.test(function) {
                    async_client::check(self.analysis, function, style)?;
                }
            }
            Role::View | Role::Helper if definition.class.is_some() => {
                self.class_obstacle(function)?;
            }
            _ => {}
        }
        for site in self.effects.sites_of(function.file, Some(function.index)) {
            if let SiteKind::SyncOnly { what } = site.kind
                && !own_loop::is_awaited_instead(facts.ast(), site)
            {
                self.effects.regions().extraction(
                    function.file,
                    Some(function.index),
                    site.node,
                    what,
                )?;
            }
        }
        if self.effects.waits_in_regions_only(function) && !even_for_nothing {
            return Err(Cannot::of(
                Because::NothingGained,
                "all that it waits for happens in blocks that belong to one thread, so async gains nothing",
            ));
        }
        if role == Role::View {
            if let Some(settings) = atomic_requests::concerns(self.analysis, function) {
                return Err(Cannot::of(
                    Because::AtomicRequests,
                    atomic_requests::reason(settings),
                ));
            }
            check_decorators(self.analysis, function, self.options)?;
            if is_error_handler(self.analysis, function) {
                return Err(Cannot::of(
                    Because::DjangoCalls,
                    "Django calls its error handlers synchronously",
                ));
            }
            if self.effects.values_of(function).contains(&false) {
                check_routes(self.analysis, self.options, self.effects, function)?;
            }
        } else if let Some(&decorator) = definition.decorators.iter().find(|&&decorator| {
            let is_plain = matches!(
                facts.source(decorator),
                "staticmethod"
                    | "classmethod"
                    | "abstractmethod"
                    | "abc.abstractmethod"
                    | "override"
                    | "typing.override"
            );
            !(is_plain && definition.class.is_some())
        }) && role == Role::Helper
        {
            return Err(Cannot::of(
                Because::SyncDecorator,
                format!(
                    "its decorator `{}` wraps a synchronous function",
                    facts.source(decorator)
                ),
            ));
        }
        // A nested function that waits runs where it is called, or where it is passed to.
        for (index, nested) in facts.nested(function.index) {
            let inner = FunctionRef {
                file: function.file,
                index,
            };
            let moves = self.effects.regions().moves(
                facts.ast(),
                function.file,
                Some(function.index),
                nested.node,
            );
            let follows = nested.class.is_none()
                && nested.decorators.is_empty()
                && self.effects.values_of(inner).is_empty()
                && self.effects.callers_of(inner).next().is_some();
            if self.effects.waits(inner) && !moves && !follows {
                return Err(Cannot::of(
                    Because::InnerFunction,
                    format!("its inner function `{}` waits", nested.name),
                ));
            }
        }
        Ok(())
    }

    /// Why a function can't change: a function in it waits and does not become async with it.
    pub(super) fn inner_left(
        &self,
        function: FunctionRef,
        asyncs: &BTreeSet<FunctionRef>,
        colors: &Colors,
        refused: &HashMap<FunctionRef, Cannot>,
    ) -> Option<Cannot> {
        let facts = self.analysis.world.file(function.file)?;
        facts.nested(function.index).find_map(|(index, nested)| {
            let inner = FunctionRef {
                file: function.file,
                index,
            };
            let follows = colors.get(&inner) == Some(&Color::Convert) && asyncs.contains(&inner);
            let moves = self.effects.regions().moves(
                facts.ast(),
                function.file,
                Some(function.index),
                nested.node,
            );
            (self.effects.waits(inner) && !follows && !moves).then(|| {
                let why = refused.get(&inner).map_or("", |cannot| &*cannot.reason);
                let join = if why.is_empty() { "" } else { ": " };
                Cannot::of(
                    Because::InnerFunction,
                    format!("its inner function `{}` waits{join}{why}", nested.name),
                )
            })
        })
    }
}
