//! Fixtures of pytest, by the names of parameters.

use super::{Links, Symbol};
use crate::types::{ClassRef, FunctionRef};

impl Links {
    /// The fixture of pytest that a parameter of this name gets in a function of a file: one of its class, of the module, or of
    /// the nearest `conftest.py`.
    #[must_use]
    pub fn fixture(&self, file: usize, class: Option<usize>, name: &str) -> Option<FunctionRef> {
        let own = class
            .and_then(|index| self.class(ClassRef { file, index })?.methods.get(name))
            .map(|&index| FunctionRef { file, index });
        let of_file = |file: usize| match self.global(file, name)? {
            Symbol::Function(function) => Some(function),
            _ => None,
        };
        let is_fixture = |function: &FunctionRef| {
            self.function(*function).is_some_and(|function| {
                let mut names = function.decorator_names.iter();
                names.any(|name| name.rsplit('.').next() == Some("fixture"))
            })
        };
        let found = own.filter(is_fixture);
        found
            .or_else(|| of_file(file).filter(is_fixture))
            .or_else(|| {
                let mut folder = &*self.interfaces.get(file)?.path;
                while !folder.is_empty() {
                    folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
                    let path = match folder {
                        "" => "conftest.py".to_owned(),
                        folder => format!("{folder}/conftest.py"),
                    };
                    // Files are in the order of their paths.
                    let found = self
                        .interfaces
                        .binary_search_by(|interface| interface.path.as_str().cmp(&path));
                    let fixture = found.ok().and_then(of_file).filter(is_fixture);
                    if fixture.is_some() {
                        return fixture;
                    }
                }
                None
            })
    }
}
