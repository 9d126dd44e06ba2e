//! `with urlopen(…) as response:` that becomes `async with`: such a block does not stay synchronous.
//!
//! What stays synchronous is known before anything is decided about requests, and what is decided about requests hangs on
//! that. So all of these blocks are taken for async at first, and those whose call proves to stay are given up, until
//! nothing changes.

use std::collections::{HashMap, HashSet};

use unblocked_analyzer::{Analysis, HttpLibrary, SiteKind, SyncOnly, Type};
use unblocked_syntax::{Kind, NodeId};

use super::Http;
use super::decide::{Body, Form};
use crate::classes::Families;
use crate::decisions::Decided;
use crate::effects::Effects;
use crate::options::{HttpClient, Options};
use crate::regions::Regions;
use crate::suites::Suites;

/// The blocks of a workspace.
#[derive(Default)]
pub(crate) struct Blocks {
    /// Those that become `async with`, by file.
    asynchronous: HashSet<(usize, NodeId)>,
    /// Why the calls of others stay.
    pub(super) reasons: HashMap<(usize, NodeId), String>,
    /// What would become of functions in which something was decided otherwise.
    pub(super) wishes: HashMap<(usize, Option<usize>), Body>,
}

impl Blocks {
    /// Finds them.
    pub(crate) fn new(
        analysis: &Analysis<'_>,
        families: &Families,
        options: &Options,
        decided: &Decided<'_>,
    ) -> Self {
        let mut blocks = Self {
            asynchronous: candidates(analysis, options),
            ..Self::default()
        };
        while !blocks.asynchronous.is_empty() {
            let regions = Regions::new(analysis, families, blocks.asynchronous());
            let suites = Suites::new(analysis, options, decided);
            let effects = Effects::new(analysis, &regions, families, suites);
            let http = Http::new(analysis, &effects, options, decided, Self::default());
            let native: HashSet<(usize, NodeId)> = http.blocks().collect();
            if native == blocks.asynchronous {
                break;
            }
            blocks.asynchronous.retain(|block| native.contains(block));
            blocks.reasons.extend(http.reasons);
            blocks.wishes.extend(http.wishes);
        }
        blocks
    }

    /// Those that become `async with`, by file.
    pub(crate) fn asynchronous(&self) -> HashSet<(usize, NodeId)> {
        self.asynchronous.clone()
    }
}

impl Http<'_> {
    /// The blocks that become `async with`.
    fn blocks(&self) -> impl Iterator<Item = (usize, NodeId)> {
        self.bodies.iter().flat_map(|(&(file, _), body)| {
            body.calls
                .values()
                .filter_map(move |native| match native.form {
                    Form::With { statement, .. } => Some((file, statement)),
                    _ => None,
                })
        })
    }
}

fn candidates(analysis: &Analysis<'_>, options: &Options) -> HashSet<(usize, NodeId)> {
    if options.http_client == HttpClient::Requests {
        return HashSet::new();
    }
    let mut found = HashSet::new();
    for (file, own) in analysis.files.iter().enumerate() {
        let Some(facts) = analysis.world.file(file) else {
            continue;
        };
        let ast = facts.ast();
        for site in &own.sites {
            let is_resource = matches!(
                site.kind,
                SiteKind::SyncOnly {
                    what: SyncOnly::Resource(_)
                }
            );
            if !is_resource || ast.kind(site.node) != Kind::With {
                continue;
            }
            let clause = ast.child_of_kind(site.node, Kind::WithClause);
            let is_open = clause.is_some_and(|clause| {
                ast.subtree(clause).any(|id| {
                    ast.kind(id) == Kind::Call
                        && matches!(own.type_of(id), Type::HttpResponse(call, HttpLibrary::Urllib) if *call == id)
                })
            });
            if is_open && clause.is_some_and(|clause| ast.children(clause).count() == 1) {
                found.insert((file, site.node));
            }
        }
    }
    found
}
