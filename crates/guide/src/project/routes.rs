//! Under which addresses views are reached, as `urlpatterns` at hand say.

use std::collections::{BTreeMap, HashMap, HashSet};

use unblocked_analyzer::{Analysis, FileFacts, Symbol};
use unblocked_syntax::{Kind, view::Call};

use super::address::of_expression;
pub(crate) use super::address::{example, parameters};
use super::settings::Settings;
use super::value::{Item, Value, Values};

/// How many lists of patterns deep addresses are followed.
const DEEPEST: usize = 8;

/// How many addresses are listed: lists that include each other would have no end.
const MOST: usize = 5000;

/// What stands for the part that is not at hand.
const UNKNOWN: &str = "…/";

/// A pattern that leads to a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Route {
    /// `/products/<int:pk>/`
    pub(crate) address: String,
    /// With its namespaces: `shop:product`.
    pub(crate) name: Option<String>,
    /// The pattern puts something around the view: `login_required(view)`.
    pub(crate) is_wrapped: bool,
}

/// The addresses of views, by file and name.
#[derive(Debug, Default)]
pub(crate) struct Routes(HashMap<(String, String), Vec<Route>>);

/// Where patterns are read: what comes before their addresses and names, and the name of the pattern.
#[derive(Debug, Clone, Copy)]
struct At<'r> {
    prefix: &'r str,
    /// `shop:`
    namespace: &'r str,
    name: Option<&'r str>,
    is_wrapped: bool,
    depth: usize,
}

impl Routes {
    /// Reads the patterns at hand.
    pub(crate) fn find(analysis: &Analysis<'_>, settings: &Settings<'_>) -> Self {
        let values: BTreeMap<usize, Values> = analysis
            .world
            .files
            .iter()
            .enumerate()
            .filter(|(_, facts)| ["path(", "url("].iter().any(|it| facts.text().contains(it)))
            .map(|(file, facts)| (file, Values::of(facts)))
            .collect();
        let mut reader = Reader {
            analysis,
            values: &values,
            found: Self::default(),
            seen: HashSet::new(),
            left: MOST,
        };
        let root = settings
            .get("ROOT_URLCONF")
            .and_then(|found| found.item.text())
            .and_then(|module| reader.module(module));
        let begin = |prefix| At {
            prefix,
            namespace: "",
            name: None,
            is_wrapped: false,
            depth: 0,
        };
        if let Some(root) = root {
            reader.file(root, begin("/"));
        }
        // What nothing at hand includes: the root, or a part of a whole that is elsewhere.
        let mut others: Vec<usize> = values
            .iter()
            .filter(|(_, values)| values.get("urlpatterns").is_some())
            .map(|(&file, _)| file)
            .collect();
        let included: HashSet<usize> = others
            .iter()
            .flat_map(|&file| reader.included(file))
            .collect();
        others.retain(|file| !included.contains(file));
        for file in others {
            let is_part = values
                .get(&file)
                .is_some_and(|values| values.get("app_name").is_some());
            if !reader.seen.contains(&file) {
                let prefix = match root.is_some() || is_part {
                    true => UNKNOWN,
                    false => "/",
                };
                reader.file(file, begin(prefix));
            }
        }
        reader.found
    }

    /// The addresses of a view, or of the class of a handler.
    pub(crate) fn of(&self, file: &str, view: &str) -> Vec<String> {
        let routes = self.routes(file, view).iter();
        routes.map(|route| route.address.clone()).collect()
    }

    /// The patterns of a view, or of the class of a handler.
    pub(crate) fn routes(&self, file: &str, view: &str) -> &[Route] {
        let get = |name: &str| self.0.get(&(file.to_owned(), name.to_owned()));
        get(view)
            .or_else(|| get(view.rsplit_once('.')?.0))
            .map_or(&[], Vec::as_slice)
    }
}

struct Reader<'r, 'a> {
    analysis: &'r Analysis<'a>,
    values: &'r BTreeMap<usize, Values>,
    found: Routes,
    /// The files that were read.
    seen: HashSet<usize>,
    left: usize,
}

impl<'r> Reader<'r, '_> {
    fn facts(&self, file: usize) -> Option<&'r FileFacts> {
        self.analysis.world.files.get(file)
    }

    fn module(&self, path: &str) -> Option<usize> {
        match self.analysis.world.resolve(path, false) {
            Symbol::Module(file) => Some(file),
            _ => None,
        }
    }

    /// What an expression that is a dotted name stands for.
    fn symbol(&self, file: usize, item: &Item) -> Option<Symbol> {
        let text = item.span.of(self.facts(file)?.text());
        let is_name = text
            .chars()
            .all(|it| it.is_alphanumeric() || matches!(it, '_' | '.'));
        is_name.then(|| self.analysis.world.dotted(file, text))?
    }

    /// The patterns that `include(…)` puts in, and the file that they stand in.
    fn include(&self, file: usize, item: &'r Item) -> Option<(usize, &'r [Item])> {
        let named = |file: usize, name: &str| match &self.values.get(&file)?.get(name)?.value {
            Value::List(items) => Some((file, &items[..])),
            _ => None,
        };
        match &item.value {
            Value::Text(module) => named(self.module(module)?, "urlpatterns"),
            // With a namespace: `include(("shop.urls", "shop"))`.
            Value::List(parts) => match &parts[..] {
                [
                    first,
                    Item {
                        value: Value::Text(_),
                        ..
                    },
                ] => self.include(file, first),
                patterns => Some((file, patterns)),
            },
            _ => match self.symbol(file, item)? {
                Symbol::Module(file) => named(file, "urlpatterns"),
                Symbol::Variable(file, name) => named(file, &name),
                _ => None,
            },
        }
    }

    /// The files that a file includes.
    fn included(&self, file: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let patterns = self.values.get(&file).and_then(|it| it.get("urlpatterns"));
        let mut todo: Vec<(&'r Item, usize)> = patterns.map(|item| (item, 0)).into_iter().collect();
        while let Some((item, depth)) = todo.pop() {
            let inner = match &item.value {
                Value::List(items) => items,
                Value::Call(name, items, _) => {
                    if last(name) == "include"
                        && let Some((other, _)) = items
                            .first()
                            .and_then(|first| self.include(file, first))
                            .filter(|(other, _)| *other != file)
                    {
                        found.push(other);
                    }
                    items
                }
                _ => continue,
            };
            if depth < DEEPEST {
                todo.extend(inner.iter().map(|item| (item, depth + 1)));
            }
        }
        found
    }

    fn file(&mut self, file: usize, at: At<'_>) {
        let patterns = self.values.get(&file).and_then(|it| it.get("urlpatterns"));
        if let Some(Item {
            value: Value::List(items),
            ..
        }) = patterns
        {
            self.patterns(file, items, at);
        }
    }

    fn patterns(&mut self, file: usize, items: &'r [Item], at: At<'_>) {
        self.seen.insert(file);
        let At { prefix, depth, .. } = at;
        if depth > DEEPEST {
            return;
        }
        for item in items {
            let Value::Call(name, arguments, keywords) = &item.value else {
                continue;
            };
            let argument = |place: usize, name: &str| {
                let keyword = keywords.iter().find(|(key, _)| key == name);
                arguments
                    .get(place)
                    .or_else(|| keyword.map(|(_, item)| item))
            };
            let route = match last(name) {
                "path" => argument(0, "route").and_then(Item::text).map(str::to_owned),
                "re_path" | "url" => argument(0, "route").and_then(Item::text).map(of_expression),
                "i18n_patterns" => {
                    let inner = At {
                        prefix: &format!("{prefix}<language>/"),
                        depth: depth + 1,
                        ..at
                    };
                    self.patterns(file, arguments, inner);
                    None
                }
                _ => None,
            };
            if let (Some(route), Some(view)) = (route, argument(1, "view")) {
                let name = keywords.iter().find(|(key, _)| key == "name");
                let inner = At {
                    prefix: &format!("{prefix}{route}"),
                    name: name
                        .map(|(_, item)| item)
                        .or_else(|| arguments.get(3))
                        .and_then(Item::text),
                    is_wrapped: false,
                    ..at
                };
                self.target(file, view, inner);
            }
        }
    }

    /// What a pattern leads to: a view, or more patterns.
    fn target(&mut self, file: usize, item: &'r Item, at: At<'_>) {
        let depth = at.depth;
        match &item.value {
            Value::Call(name, arguments, keywords) if last(name) == "include" => {
                let Some(first) = arguments.first() else {
                    return;
                };
                match self.include(file, first) {
                    Some((other, items)) => {
                        let own = keywords.iter().find(|(key, _)| key == "namespace");
                        let own = own.and_then(|(_, item)| item.text());
                        let own = own.or_else(|| self.app_name(file, other, first));
                        let inner = At {
                            namespace: &match own {
                                Some(own) => format!("{}{own}:", at.namespace),
                                None => at.namespace.to_owned(),
                            },
                            depth: depth + 1,
                            ..at
                        };
                        self.patterns(other, items, inner);
                    }
                    None => self.router(file, first, at),
                }
            }
            Value::Call(name, ..) if name.ends_with(".as_view") => {
                let class = name.strip_suffix(".as_view").unwrap_or(name);
                if let Some(Symbol::Class(class)) = self.analysis.world.dotted(file, class) {
                    let name = self
                        .facts(class.file)
                        .and_then(|facts| facts.classes.get(class.index))
                        .map(|class| class.qualname.clone());
                    self.add(class.file, name, at);
                }
            }
            // `login_required(view)`, `cache_page(60)(view)`
            Value::Call(_, arguments, _) if depth <= DEEPEST => {
                let inner = At {
                    is_wrapped: true,
                    depth: depth + 1,
                    ..at
                };
                for argument in arguments {
                    self.target(file, argument, inner);
                }
            }
            Value::Unknown => {
                if let Some(Symbol::Function(function)) = self.symbol(file, item) {
                    let name = self
                        .analysis
                        .world
                        .function(function)
                        .map(|function| function.qualname.clone());
                    self.add(function.file, name, at);
                }
            }
            _ => {}
        }
    }

    /// `include(router.urls)` of Django REST framework: what was registered.
    fn router(&mut self, file: usize, item: &Item, at: At<'_>) {
        let Some(facts) = self.facts(file) else {
            return;
        };
        let Some(router) = item.span.of(facts.text()).strip_suffix(".urls") else {
            return;
        };
        let ast = facts.ast();
        let calls = ast.ids().filter(|&node| ast.kind(node) == Kind::Call);
        for call in calls.filter_map(|node| Call::cast(ast, node)) {
            if facts.dotted(call.function).as_deref() != Some(&*format!("{router}.register")) {
                continue;
            }
            let arguments: Vec<&str> = ast
                .children(call.arguments)
                .map(|node| facts.source(node))
                .collect();
            let [prefix, set, ..] = arguments[..] else {
                continue;
            };
            let prefix = prefix.trim_start_matches('r').trim_matches(['"', '\'']);
            if let Some(Symbol::Class(class)) = self.analysis.world.dotted(file, set) {
                let name = self
                    .facts(class.file)
                    .and_then(|facts| facts.classes.get(class.index))
                    .map(|class| class.qualname.clone());
                let inner = At {
                    prefix: &format!("{}{prefix}/", at.prefix),
                    name: None,
                    ..at
                };
                self.add(class.file, name, inner);
            }
        }
    }

    /// The namespace that patterns have of themselves: `include(("shop.urls", "shop"))`, or `app_name` beside them.
    fn app_name(&self, file: usize, included: usize, item: &'r Item) -> Option<&'r str> {
        match &item.value {
            Value::List(parts) => match &parts[..] {
                [_, second] => second.text(),
                _ => None,
            },
            _ if included == file => None,
            _ => self.values.get(&included)?.get("app_name")?.text(),
        }
    }

    fn add(&mut self, file: usize, name: Option<String>, at: At<'_>) {
        let (Some(facts), Some(name), Some(left)) =
            (self.facts(file), name, self.left.checked_sub(1))
        else {
            return;
        };
        self.left = left;
        let routes = self.found.0.entry((facts.path.clone(), name)).or_default();
        if !routes.iter().any(|route| route.address == at.prefix) {
            routes.push(Route {
                address: at.prefix.to_owned(),
                name: at.name.map(|name| format!("{}{name}", at.namespace)),
                is_wrapped: at.is_wrapped,
            });
        }
    }
}

fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use unblocked_analyzer::Workspace;

    use super::super::home::Home;
    use super::*;

    const VIEWS: &str =
        "def a(request): ...\ndef b(request): ...\nclass C:\n    def get(self, request): ...\n";

    fn routes(files: &[(&str, &str)], view: &str) -> Vec<String> {
        let mut workspace = Workspace::new();
        workspace.set_file("shop/views.py", VIEWS);
        for (path, text) in files {
            workspace.set_file(path, text);
        }
        let analysis = workspace.analyze();
        let home = Home::find(analysis.world.files, &[]);
        let settings = Settings::find(analysis.world.files, &home);
        Routes::find(&analysis, &settings).of("shop/views.py", view)
    }

    #[test]
    fn patterns_are_followed_through_what_they_include() {
        let root = "from django.contrib.auth.decorators import login_required\nfrom django.urls import include, path, re_path\nfrom shop import views\n\
                    api = [path('b', login_required(views.b))]\n\
                    urlpatterns = [\n    path('', views.a, name='home'),\n    path('api/', include(api)),\n    path('shop/', include('shop.urls', namespace='shop')),\n]\n\
                    urlpatterns += [re_path(r'^old/(?P<pk>\\d+)/$', view=views.b)]\n";
        let shop = "from django.urls import path\nfrom . import views\napp_name = 'shop'\nurlpatterns = [path('c/<slug:name>', views.C.as_view())]\n";
        let settings = "ROOT_URLCONF = 'site.urls'\nINSTALLED_APPS = []\n";
        let files = [
            ("site/urls.py", root),
            ("shop/urls.py", shop),
            ("site/settings.py", settings),
        ];
        assert_eq!(routes(&files, "a"), ["/"]);
        assert_eq!(routes(&files, "b"), ["/api/b", "/old/<pk>/"]);
        assert_eq!(routes(&files, "C.get"), ["/shop/c/<slug:name>"]);
        // Without the root nobody knows what comes before.
        assert_eq!(routes(&files[1..2], "C.get"), ["…/c/<slug:name>"]);
        assert_eq!(routes(&files[..2], "C.get"), ["/shop/c/<slug:name>"]);
    }

    #[test]
    fn routers_and_lists_of_other_files_count() {
        let urls = "from django.urls import include, path\nfrom rest_framework import routers\nfrom shop import views\nfrom shop.more import extra\n\
                    router = routers.DefaultRouter()\nrouter.register(r'cs', views.C)\n\
                    urlpatterns = [path('api/', include(router.urls)), path('more/', include((extra, 'more'))), path('own/', include(([path('b', views.b)], 'own')))]\n";
        let more =
            "from django.urls import path\nfrom . import views\nextra = [path('a', views.a)]\n";
        let files = [("site/urls.py", urls), ("shop/more.py", more)];
        assert_eq!(routes(&files, "C.list"), ["/api/cs/"]);
        assert_eq!(routes(&files, "a"), ["/more/a"]);
        assert_eq!(routes(&files, "b"), ["/own/b"]);
    }

    #[test]
    fn patterns_that_include_themselves_end() {
        let urls = "from django.urls import include, path\nfrom shop import views\nurlpatterns = [path('x/', include('site.urls')), path('a', views.a)]\n";
        assert!(routes(&[("site/urls.py", urls)], "a").len() <= DEEPEST + 1);
    }
}
