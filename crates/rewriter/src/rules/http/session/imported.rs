//! Sessions that other files import: `from .client import session`. Their functions import what makes a client instead.

use unblocked_analyzer::Symbol;
use unblocked_syntax::{Field, Kind, NodeId};

use super::super::scope::Scope;
use super::LastingSession;
use crate::imports::Imports;

/// A file that imports the session of another.
#[derive(Debug, Clone)]
pub(crate) struct Importer {
    pub(super) file: usize,
    /// What it calls the session.
    pub(super) local: String,
    /// What it calls the module: `.client`.
    pub(super) module: String,
}

/// The files that import the session of a module; `scope` is that of its module.
pub(super) fn importers(scope: &Scope<'_>, name: &str) -> Vec<Importer> {
    let world = &scope.analysis.world;
    let is_it = |file: usize, local: &str| {
        matches!(
            world.global(file, local),
            Some(Symbol::Variable(home, variable)) if home == scope.file && &*variable == name
        )
    };
    world
        .files
        .iter()
        .enumerate()
        .filter(|&(file, _)| file != scope.file)
        .flat_map(|(file, facts)| {
            let own = facts.imports.iter().filter(move |import| {
                is_it(file, &import.name) && facts.owner(import.node).is_none()
            });
            own.filter_map(move |import| {
                let module = facts.ast().child(import.statement, Field::ModuleName)?;
                Some(Importer {
                    file,
                    local: import.name.clone(),
                    module: facts.source(module).to_owned(),
                })
            })
        })
        .collect()
}

impl LastingSession {
    /// Takes note of what other files do with it, which import it.
    pub(super) fn import(
        &mut self,
        scope: &Scope<'_>,
        name: &str,
        importers: &[Importer],
    ) -> Result<(), String> {
        let world = &scope.analysis.world;
        let path = format!("{}.{name}", scope.facts.module);
        let is_followed = world.files.iter().enumerate().all(|(file, facts)| {
            facts.imports.iter().all(|import| {
                import.path != path
                    || importers
                        .iter()
                        .any(|one| one.file == file && one.local == import.name)
            })
        });
        if !is_followed || world.is_imported(&scope.facts.module, "*") {
            return Err(format!("other files import the session `{name}`"));
        }
        for Importer { file, local, .. } in importers {
            let Some(of) = scope.of_file(*file) else {
                continue;
            };
            let odd = || Err(format!("`{}` uses the session `{name}`", of.facts.path));
            let renamed = format!("{}.{local}", of.facts.module);
            let is_patched = world.files.iter().any(|facts| {
                facts.mentioned.iter().any(|mentioned| {
                    mentioned
                        .strip_prefix(&*renamed)
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
                })
            });
            if is_patched || world.is_imported(&of.facts.module, local) {
                return odd();
            }
            let ast = of.ast();
            for id in ast.ids() {
                if ast.kind(id) != Kind::Identifier || of.text(id) != local || is_no_use(&of, id) {
                    continue;
                }
                if !self.session.is_sender(&of, id) || !is_in_function(&of, id) {
                    return odd();
                }
                let call = ast.ancestors(id).nth(1);
                self.calls.extend(call.map(|call| (*file, call)));
            }
        }
        // What imports it may go on doing so.
        self.is_offered |= !importers.is_empty();
        self.importers = importers.to_vec();
        Ok(())
    }

    /// The files that import it must be able to import what makes its clients.
    pub(super) fn check_imports(&self, scope: &Scope<'_>, name: &str) -> Result<(), String> {
        for Importer { file, module, .. } in &self.importers {
            let can_import = scope.analysis.world.file(*file).is_some_and(|facts| {
                !facts.text().contains(&self.factory)
                    && Imports::default()
                        .need(facts, module, Some(&self.factory))
                        .is_some()
            });
            if !can_import {
                return Err(format!("other files import the session `{name}`"));
            }
        }
        Ok(())
    }
}

/// True for the name of an attribute or a keyword, and for the import.
fn is_no_use(scope: &Scope<'_>, id: NodeId) -> bool {
    let ast = scope.ast();
    ast.field(id) == Some(Field::Attribute)
        || ast.field(id) == Some(Field::Name)
            && ast
                .parent(id)
                .is_some_and(|parent| ast.kind(parent) == Kind::KeywordArgument)
        || ast.ancestors(id).take(4).any(|up| {
            matches!(
                ast.kind(up),
                Kind::Import | Kind::ImportFrom | Kind::FutureImport
            )
        })
}

/// True in the body of a function or method that no other function is around.
pub(super) fn is_in_function(scope: &Scope<'_>, id: NodeId) -> bool {
    let ast = scope.ast();
    scope
        .facts
        .owner(id)
        .and_then(|index| scope.facts.functions.get(index))
        .is_some_and(|function| function.parent.is_none())
        && !ast
            .ancestors(id)
            .take_while(|&up| ast.kind(up) != Kind::FunctionDef)
            .any(|up| matches!(ast.kind(up), Kind::Lambda | Kind::ClassDef))
}
