//! Tests that become async, where that was asked for.

use std::collections::BTreeSet;

use unblocked_analyzer::{ClassRef, FunctionRef};

use super::{Coloring, Planner};
use crate::draft::{Cannot, Color, Draft};
use crate::options::Tests;
use crate::rules::suites::async_client::{self, Style};

impl<'a> Planner<'a> {
    /// Whose test a function is, when it is to become async.
    pub(super) fn test(&self, function: FunctionRef) -> Option<Style> {
        if self.options.tests != Tests::Convert || !self.options.views.is_empty() {
            return None;
        }
        let style = Style::of(self.analysis, function)?;
        let facts = self.analysis.world.file(function.file)?;
        let definition = self.analysis.world.function(function)?;
        let suites = self.effects.suites();
        let calls_what_waits = || {
            let mut calls = self.effects.calls_of(function.file, Some(function.index));
            calls.any(|call| self.effects.waits(call.callee) && !self.is_of_tests(call.callee))
                || facts.source(definition.body).contains(".as_view(")
        };
        (suites.is_of_tests(function.file) && (style.asks(facts, definition) || calls_what_waits()))
            .then_some(style)
    }

    /// True for a test that is to become async.
    pub(super) fn is_test(&self, function: FunctionRef) -> bool {
        self.test(function).is_some()
    }

    /// True for a test, and for what tests share.
    pub(crate) fn is_of_tests(&self, function: FunctionRef) -> bool {
        self.analysis
            .world
            .file(function.file)
            .is_some_and(|facts| {
                let suites = self.effects.suites();
                suites.holds(facts, function.file, Some(function.index))
            })
    }

    /// The tests that are to become async.
    pub(super) fn tests(&self) -> impl Iterator<Item = FunctionRef> + '_ {
        let files = self.analysis.world.files.iter().enumerate();
        files
            .filter(|_| self.options.tests == Tests::Convert)
            .filter(|(file, _)| self.effects.suites().is_of_tests(*file))
            .flat_map(|(file, facts)| {
                (0..facts.functions.len()).map(move |index| FunctionRef { file, index })
            })
            .filter(|&function| self.is_test(function))
    }

    /// Makes the draft of a test one that asks through the async client.
    pub(super) fn convert_test(
        &self,
        draft: &mut Draft<'_>,
        function: FunctionRef,
    ) -> Result<(), Cannot> {
        let Some(style) = self.test(function) else {
            return Ok(());
        };
        let before = draft.checkpoint();
        async_client::convert(draft, style)?;
        draft.settle(before).map_or(Ok(()), Err)
    }

    /// What `setUp` of test cases needs for tests that become async.
    pub(super) fn shape_tests(&self, coloring: &'a Coloring, shapes: &mut Vec<(usize, Draft<'a>)>) {
        let world = &self.analysis.world;
        let class_of = |function: FunctionRef| {
            let index = world.function(function)?.class?;
            let file = function.file;
            Some(ClassRef { file, index })
        };
        let is_converted = |test: &FunctionRef| coloring.colors.get(test) == Some(&Color::Convert);
        let tests: Vec<FunctionRef> = self.tests().collect();
        let concerned: BTreeSet<ClassRef> = tests
            .iter()
            .filter(|test| is_converted(test) && self.test(**test) == Some(Style::Case))
            .filter(|test| {
                let definition = world.function(**test).zip(world.file(test.file));
                definition.is_some_and(|(definition, facts)| Style::Case.asks(facts, definition))
            })
            .filter_map(|&test| class_of(test))
            .flat_map(|class| std::iter::once(class).chain(world.project_ancestors(class)))
            .collect();
        for class in concerned {
            let set_up = world
                .class(class)
                .and_then(|outline| outline.methods.get("setUp"))
                .and_then(|&index| world.file(class.file)?.functions.get(index));
            let Some(set_up) = set_up else { continue };
            // Helpers of the class, and tests that stay, go on with the other client.
            let only = std::iter::once(class)
                .chain(world.descendants(class).iter().copied())
                .flat_map(|class| std::iter::once(class).chain(world.project_ancestors(class)))
                .filter_map(|class| {
                    Some((class.file, world.file(class.file)?, world.class(class)?))
                })
                .flat_map(|(file, facts, outline)| {
                    let methods = outline.methods.iter();
                    methods.map(move |(name, &index)| (facts, name, FunctionRef { file, index }))
                })
                .filter(|(facts, name, method)| {
                    let body = facts.functions.get(method.index).map(|method| method.body);
                    *name != "setUp"
                        && body.is_some_and(|body| facts.source(body).contains("self.client"))
                })
                .all(|(_, _, method)| is_converted(&method));
            let Some(mut draft) = Draft::new(self, class.file, None, &coloring.colors, Vec::new())
            else {
                continue;
            };
            if async_client::log_in(&mut draft, set_up, only).is_ok() {
                shapes.push((class.file, draft));
            }
        }
    }
}
