//! What async twins of functions and methods are called, and whether they are there.

use unblocked_analyzer::{ClassRef, FileFacts, FunctionRef};
use unblocked_syntax::{Field, Kind};

use super::Planner;
use crate::because::Because;
use crate::draft::Cannot;

impl Planner<'_> {
    /// The name of a function's async twin: `load` → `aload`, `_load` → `_aload`.
    pub(super) fn twin_name(&self, function: FunctionRef) -> Result<String, Cannot> {
        let definition = self
            .analysis
            .world
            .function(function)
            .ok_or_else(|| Cannot::of(Because::NotAtHand, "it is not at hand"))?;
        let name = twin_of(&definition.name);
        if let Some(index) = definition.class {
            if !self.families.is_plain(function) {
                return Err(Cannot::of(
                    Because::SyncCallers,
                    "synchronous code calls it, or its class",
                ));
            }
            let file = function.file;
            return self.twin_of_method(ClassRef { file, index }, name);
        }
        if definition.parent.is_some() {
            return Err(Cannot::of(
                Because::SyncCallers,
                "it is an inner function that synchronous code calls",
            ));
        }
        match self.analysis.world.global(function.file, &name) {
            None => Ok(name),
            Some(unblocked_analyzer::Symbol::Function(twin))
                if self
                    .analysis
                    .world
                    .function(twin)
                    .is_some_and(|twin| twin.is_async) =>
            {
                Ok(name)
            }
            Some(_) => Err(Cannot::of(
                Because::NameTaken,
                format!("`{name}` means something else in its module"),
            )),
        }
    }

    /// The name of the twin of a method, which means nothing yet in all of its hierarchy.
    fn twin_of_method(&self, class: ClassRef, name: String) -> Result<String, Cannot> {
        let world = &self.analysis.world;
        let kin = world.kin(class);
        let defined = kin.iter().filter_map(|&one| {
            let index = *world.class(one)?.methods.get(&*name)?;
            let file = one.file;
            Some(FunctionRef { file, index })
        });
        let defined: Vec<FunctionRef> = defined.collect();
        let is_free = match &defined[..] {
            // `self.acharge = …`
            [] => !kin.iter().any(|one| {
                let facts = world.file(one.file);
                facts.is_some_and(|facts| names_attribute(facts, &name))
            }),
            defined => defined.iter().all(|&method| self.is_async(method)),
        };
        if is_free {
            return Ok(name);
        }
        Err(Cannot::of(
            Because::NameTaken,
            format!("`{name}` means something else in its class"),
        ))
    }

    /// True when the async twin of a function is there.
    pub(crate) fn has_twin(&self, function: FunctionRef, twin: &str) -> bool {
        let world = &self.analysis.world;
        let class = world.function(function).and_then(|it| it.class);
        match class {
            Some(index) => {
                let file = function.file;
                let class = world.class(ClassRef { file, index });
                class.is_some_and(|class| class.methods.contains_key(twin))
            }
            None => world.global(function.file, twin).is_some(),
        }
    }
}

/// True for a file that reads or sets an attribute of that name.
fn names_attribute(facts: &FileFacts, name: &str) -> bool {
    let ast = facts.ast();
    facts.text().contains(name)
        && ast.ids().any(|id| {
            ast.kind(id) == Kind::Identifier
                && ast.field(id) == Some(Field::Attribute)
                && facts.source(id) == name
        })
}

/// The name that an async twin has by Django's convention.
pub(crate) fn twin_of(name: &str) -> String {
    let bare = name.trim_start_matches('_');
    let underscores = name.len() - bare.len();
    format!("{}a{bare}", "_".repeat(underscores))
}
