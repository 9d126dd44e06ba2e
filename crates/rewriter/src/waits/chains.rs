//! How views get to what findings are about.

use std::collections::HashMap;

use super::{Link, Timeline};
use crate::report::FileReport;

/// Gives each finding the shortest chain of calls that leads from a view through helpers to it.
pub(crate) fn attach(files: &mut [FileReport], timelines: &[Timeline]) {
    let mut shortest: HashMap<(&str, usize, usize), &[Link]> = HashMap::new();
    let waits = timelines.iter().flat_map(|timeline| &timeline.waits);
    for wait in waits.filter(|wait| wait.chain.len() > 2) {
        // The first is the view, where it is defined.
        for place in wait.chain.iter().skip(1).map(|link| &link.place) {
            let key = (&*place.path, place.range.start, place.range.end);
            let known = shortest.entry(key).or_insert(&wait.chain);
            if wait.chain.len() < known.len() {
                *known = &wait.chain;
            }
        }
    }
    for file in files {
        for finding in &mut file.findings {
            let key = (&*file.path, finding.before.start, finding.before.end);
            if let Some(chain) = shortest.get(&key) {
                finding.chain = chain.to_vec();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use unblocked_analyzer::Workspace;

    use crate::{Options, migrate};

    const CLIENT: &str = "import requests\nfrom contextlib import contextmanager\n\ndef fetch(pk):\n    return requests.get(f'https://a.example.com/{pk}').json()\n\nclass Client:\n    def get(self, pk):\n        return fetch(pk)\n\n    @property\n    def rate(self):\n        return self.get('rate')\n\n    def __enter__(self):\n        return self.get('open')\n\n    def __exit__(self, *args):\n        pass\n\n@contextmanager\ndef opened():\n    yield fetch('open')\n\ndef logged(function):\n    def wrapper(*args):\n        fetch('log')\n        return function(*args)\n    return wrapper\n";
    const SERVICE: &str = "from functools import partial\nfrom . import client\n\ndef load(pk):\n    return client.fetch(pk)\n\ndef rate():\n    return client.Client().rate\n\ndef every(keys):\n    return [load(pk) for pk in keys]\n\ndef later(pk):\n    get = partial(load, pk)\n    return get()\n\ndef best(keys):\n    return sorted(keys, key=lambda pk: load(pk)['n'])\n\ndef entered():\n    with client.Client() as found:\n        return found\n\ndef opened():\n    with client.opened() as found:\n        return found\n\n@client.logged\ndef double(n):\n    return 2 * n\n";

    /// The rule and the way of each finding, by the end of the file's name.
    fn ways(view: &str) -> Vec<(String, Option<String>)> {
        let mut workspace = Workspace::new();
        let view = format!(
            "from . import service\n\ndef view(request):\n    return JsonResponse({view})\n"
        );
        for (path, text) in [
            ("shop/client.py", CLIENT),
            ("shop/service.py", SERVICE),
            ("shop/views.py", &view),
        ] {
            workspace.set_file(path, text);
        }
        let report = migrate(&workspace, &Options::default());
        let findings = report.files.into_iter().flat_map(|file| {
            let path = file.path;
            file.findings
                .into_iter()
                .map(move |finding| (path.clone(), finding.way()))
        });
        findings.collect()
    }

    #[track_caller]
    fn reaches(view: &str, way: &str, files: &[&str]) {
        for file in files {
            let found = ways(view);
            let is_said = found
                .iter()
                .any(|(path, found)| path == file && found.as_deref() == Some(way));
            assert!(is_said, "{file}: {found:#?}");
        }
    }

    #[test]
    fn findings_show_the_way_through_files() {
        reaches(
            "service.load(1)",
            "view → service.load → client.fetch → requests.get",
            &["shop/client.py", "shop/service.py", "shop/views.py"],
        );
    }

    #[test]
    fn the_way_leads_through_what_is_no_plain_call() {
        for (call, way) in [
            (
                "service.rate()",
                "view → service.rate → client.Client.rate → Client.get → fetch → requests.get",
            ),
            (
                "service.every([1])",
                "view → service.every → load → client.fetch → requests.get",
            ),
            (
                "service.later(1)",
                "view → service.later → load → client.fetch → requests.get",
            ),
            (
                "service.best([1])",
                "view → service.best → load → client.fetch → requests.get",
            ),
            (
                "service.entered()",
                "view → service.entered → client.Client.__enter__ → Client.get → fetch → requests.get",
            ),
            (
                "service.opened()",
                "view → service.opened → client.opened → fetch → requests.get",
            ),
            (
                "service.double(2)",
                "view → service.double → client.logged.wrapper → fetch → requests.get",
            ),
        ] {
            reaches(call, way, &["shop/views.py"]);
        }
    }

    #[test]
    fn the_shortest_way_is_shown_and_none_where_the_view_waits_itself() {
        let mut workspace = Workspace::new();
        workspace.set_file(
            "views.py",
            "import requests\n\ndef fetch():\n    return requests.get('https://a.example.com').json()\n\ndef load():\n    return fetch()\n\ndef far(request):\n    return JsonResponse(load())\n\ndef near(request):\n    return JsonResponse(fetch())\n\ndef own(request):\n    return JsonResponse(requests.get('https://a.example.com').json())\n",
        );
        let report = migrate(&workspace, &Options::default());
        let of = |function: &str| {
            let mut findings = report.files.iter().flat_map(|file| &file.findings);
            findings
                .find(|finding| finding.function.as_deref() == Some(function))
                .map(|finding| finding.way())
        };
        assert_eq!(
            of("fetch"),
            Some(Some("near → fetch → requests.get".to_owned()))
        );
        assert_eq!(of("own"), Some(None));
    }
}
