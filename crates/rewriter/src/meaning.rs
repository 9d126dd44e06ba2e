//! What a name in the code means, for whoever reads it.

use serde::{Deserialize, Serialize};
use unblocked_analyzer::{Spot, Workspace, World};

use crate::report::Range;
use crate::waits::Place;

/// What a name means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Meaning {
    /// The name's own place.
    pub name: Range,
    /// Where it is defined, when that is at hand.
    pub definition: Option<Place>,
    /// The function that it is, when that is at hand: the file, and the name in it that reports know it by.
    pub function: Option<(String, String)>,
    /// What its value is, in words.
    pub value: Option<String>,
    /// The module that it comes from, when that is not at hand.
    pub missing: Option<String>,
}

/// What the name at byte `offset` of a file's text means; `None` where there is no name.
#[must_use]
pub fn meaning(workspace: &Workspace, path: &str, offset: usize) -> Option<Meaning> {
    let analysis = workspace.analyze();
    let found = analysis.meaning(path, u32::try_from(offset).ok()?)?;
    let world = &analysis.world;
    Some(Meaning {
        name: found.name.into(),
        definition: found.definition.and_then(|spot| place(world, spot)),
        function: found.function.and_then(|function| {
            let path = world.file(function.file)?.path.clone();
            Some((path, world.function(function)?.qualname.clone()))
        }),
        value: found.value,
        missing: found.missing,
    })
}

fn place(world: &World<'_>, spot: Spot) -> Option<Place> {
    let facts = world.file(spot.file)?;
    let before = facts.text().get(..spot.span.start as usize)?;
    Some(Place {
        path: facts.path.clone(),
        range: spot.span.into(),
        line: before.matches('\n').count() + 1,
    })
}
