//! Decisions, looked up by what they are about.

use std::collections::HashMap;

use unblocked_analyzer::{Analysis, FunctionRef};
use unblocked_syntax::Span;

use super::{Choice, Fingerprints, StaleDecision, UserDecision, names_function};
use crate::options::Options;
use crate::report::FindingState;

/// What a decision is about.
struct Scope<'a> {
    decision: usize,
    choice: Choice,
    file: Option<usize>,
    functions: Option<Vec<FunctionRef>>,
    rule: Option<&'a str>,
}

/// A decision about a place.
struct OfPlace<'a> {
    rule: Option<&'a str>,
    choice: Choice,
    decision: usize,
}

/// The decisions of a migration.
#[derive(Default)]
pub(crate) struct Decided<'a> {
    /// By single place: rules and decisions.
    places: HashMap<(usize, Span), Vec<OfPlace<'a>>>,
    /// The functions that such places are in.
    functions: Vec<FunctionRef>,
    wide: Vec<Scope<'a>>,
    /// Changes that rest on an assumption are withheld.
    safe_only: bool,
    /// What fits nothing.
    pub(crate) stale: Vec<StaleDecision>,
}

impl<'a> Decided<'a> {
    pub(crate) fn new(analysis: &Analysis<'_>, options: &'a Options) -> Self {
        let mut decided = Self {
            safe_only: options.safe_only,
            ..Self::default()
        };
        let mut prints = HashMap::new();
        for (index, decision) in options.decisions.iter().enumerate() {
            if let Err(reason) = decided.add(analysis, &mut prints, index, decision) {
                decided.stale.push(StaleDecision {
                    decision: index,
                    reason,
                });
            }
        }
        decided
    }

    fn add<'w>(
        &mut self,
        analysis: &Analysis<'w>,
        prints: &mut HashMap<usize, Fingerprints<'w>>,
        index: usize,
        decision: &'a UserDecision,
    ) -> Result<(), String> {
        if decision.choice == Choice::Unknown {
            return Err("this version does not know such a decision".to_owned());
        }
        let rule = decision.rule.as_deref();
        if let Some(rule) = rule
            && !crate::rules::is_rule(rule)
        {
            return Err(format!("there is no rule `{rule}`"));
        }
        let files = &analysis.world.files;
        let file = match &decision.file {
            None => None,
            Some(path) => Some(
                files
                    .iter()
                    .position(|facts| facts.path == *path)
                    .ok_or_else(|| format!("`{path}` is not among the files"))?,
            ),
        };
        let functions = match &decision.function {
            None => None,
            Some(name) => {
                let found = functions(analysis, file, name);
                if found.is_empty() {
                    return Err(format!("there is no function `{name}`"));
                }
                Some(found)
            }
        };
        if let Some(fingerprint) = &decision.fingerprint {
            let (Some(at), Some(facts)) = (file, file.and_then(|at| analysis.world.file(at)))
            else {
                return Err("it names a place without its file".to_owned());
            };
            let span = prints
                .entry(at)
                .or_insert_with(|| Fingerprints::new(facts))
                .find(decision.function.as_deref(), fingerprint)
                .ok_or("the code that it is about is not there any more")?;
            self.places.entry((at, span)).or_default().push(OfPlace {
                rule,
                choice: decision.choice,
                decision: index,
            });
            self.functions.extend(functions.into_iter().flatten());
            return Ok(());
        }
        self.wide.push(Scope {
            decision: index,
            choice: decision.choice,
            file,
            functions,
            rule,
        });
        Ok(())
    }

    /// True when every change is made as it comes.
    pub(crate) fn takes_all(&self) -> bool {
        !self.safe_only
            && self.places.is_empty()
            && !self.wide.iter().any(|scope| scope.choice.is_of_changes())
    }

    /// True when a change of a function may have been decided about.
    pub(crate) fn concerns(&self, function: FunctionRef) -> bool {
        self.functions.contains(&function)
            || self.wide.iter().any(|scope| {
                scope.choice.is_of_changes() && scope.covers(function.file, Some(function))
            })
    }

    /// The decision about a change, with its position.
    pub(crate) fn change(
        &self,
        file: usize,
        function: Option<usize>,
        rule: &str,
        span: Span,
    ) -> Option<(Choice, usize)> {
        let place = self.places.get(&(file, span)).and_then(|list| {
            list.iter()
                .filter(|one| one.rule.is_none_or(|of| of == rule))
                .max_by_key(|one| (one.rule.is_some(), one.decision))
        });
        if let Some(one) = place {
            return Some((one.choice, one.decision));
        }
        let function = function.map(|index| FunctionRef { file, index });
        self.wide
            .iter()
            .filter(|scope| scope.choice.is_of_changes())
            .filter(|scope| scope.rule.is_none_or(|of| of == rule) && scope.covers(file, function))
            .max_by_key(|scope| scope.rank())
            .map(|scope| (scope.choice, scope.decision))
    }

    /// The decision about a function.
    pub(crate) fn function(&self, function: FunctionRef) -> Option<Choice> {
        self.wide
            .iter()
            .filter(|scope| {
                !scope.choice.is_of_changes() && scope.covers(function.file, Some(function))
            })
            .max_by_key(|scope| scope.rank())
            .map(|scope| scope.choice)
    }

    /// Why a change is not made; `None` when it is. `for_review`: it rests on an assumption.
    pub(crate) fn against(
        &self,
        file: usize,
        function: Option<usize>,
        rule: &str,
        span: Span,
        for_review: bool,
    ) -> Option<FindingState> {
        match self.change(file, function, rule, span) {
            Some((Choice::Reject, _)) => Some(FindingState::Rejected),
            None if self.safe_only && for_review => Some(FindingState::Withheld),
            _ => None,
        }
    }
}

impl Scope<'_> {
    fn covers(&self, file: usize, function: Option<FunctionRef>) -> bool {
        self.file.is_none_or(|of| of == file)
            && self
                .functions
                .as_ref()
                .is_none_or(|of| function.is_some_and(|function| of.contains(&function)))
    }

    /// The more it is restricted, the more it counts; the last of equals.
    fn rank(&self) -> (bool, bool, bool, usize) {
        (
            self.functions.is_some(),
            self.file.is_some(),
            self.rule.is_some(),
            self.decision,
        )
    }
}

/// The functions that a decision names.
fn functions(analysis: &Analysis<'_>, file: Option<usize>, name: &str) -> Vec<FunctionRef> {
    let all = analysis.world.files.iter().enumerate();
    all.filter(|(at, _)| file.is_none_or(|file| file == *at))
        .flat_map(|(at, facts)| {
            let named = facts
                .functions
                .iter()
                .enumerate()
                .filter(move |(_, function)| {
                    if file.is_some() {
                        function.qualname == name
                    } else {
                        names_function(name, &facts.module, &function.qualname)
                    }
                });
            named.map(move |(index, _)| FunctionRef { file: at, index })
        })
        .collect()
}
