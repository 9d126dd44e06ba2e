//! Imports: what a rewrite needs is added where isort would put it, what it made unused is removed.

mod existing;
mod placement;
mod unused;

use std::collections::BTreeSet;

use unblocked_analyzer::{FileFacts, Import};
use unblocked_syntax::{Edits, SmallSort, Span, TextEdit};

use existing::statement_edits;
use placement::new_lines;
use unused::made_unused;

/// The imports that the rewrites of a file need.
#[derive(Debug, Clone, Default)]
pub(crate) struct Imports {
    /// Module and name; no name for `import module`.
    needed: BTreeSet<(String, Option<String>)>,
    /// Names that are imported already and that the rewrites use: not to be removed.
    reused: BTreeSet<String>,
}

impl Imports {
    /// Asks for a name and gives the one to write. `None`: the name means something else in this file.
    pub(crate) fn need(
        &mut self,
        facts: &FileFacts,
        module: &str,
        name: Option<&str>,
    ) -> Option<String> {
        let local = name.unwrap_or(module);
        let key = (module.to_owned(), name.map(str::to_owned));
        if self.needed.contains(&key) {
            return Some(local.to_owned());
        }
        let path = name.map_or_else(|| module.to_owned(), |name| format!("{module}.{name}"));
        if let Some(import) = facts.module_import(&path) {
            self.reused.insert(import.name.clone());
            return Some(import.name.clone());
        }
        let taken =
            facts.defines(local) || facts.imports_otherwise(local, &path) || facts.binds(local);
        if taken {
            return None;
        }
        self.needed.insert(key);
        Some(local.to_owned())
    }

    /// Takes over what another set needs.
    pub(crate) fn absorb(&mut self, other: Self) {
        self.needed.extend(other.needed);
        self.reused.extend(other.reused);
    }

    /// The edits of the import statements. `kept`: the source ranges that the output still contains; `others`: the edits
    /// of the code, which come first where both would change the same text.
    pub(crate) fn edits(
        &self,
        facts: &FileFacts,
        kept: &[Span],
        others: &Edits,
        exported: &dyn Fn(&str) -> bool,
    ) -> Edits {
        let mut kept: Vec<Span> = kept.to_vec();
        kept.small_sort();
        let unused: Vec<&Import> = made_unused(facts, &kept)
            .into_iter()
            .filter(|import| !self.reused.contains(&import.name) && !exported(&import.name))
            .collect();
        let mut plain = Vec::new();
        let mut from = Vec::new();
        for (module, name) in &self.needed {
            match name {
                Some(name) => from.push((module.clone(), name.clone())),
                None => plain.push(module.clone()),
            }
        }
        let mut edits = statement_edits(facts, &unused, &mut from);
        new_lines(facts, &plain, &from, &mut edits);
        open_with_code(facts.text(), &mut edits);
        // A statement that is indented anew keeps its import.
        edits.retain(|edit| edit.range.is_empty() || !others.change(edit.range));
        Edits::new(edits).unwrap_or_default()
    }
}

/// Where nothing is left of the lines that a text begins with, the blank lines after them go as well.
fn open_with_code(text: &str, edits: &mut [TextEdit]) {
    let mut start = if text.starts_with('\u{feff}') {
        '\u{feff}'.len_utf8()
    } else {
        0
    };
    edits.small_sort_by_key(|edit| (edit.range.start, edit.range.is_empty()));
    let is_line_break = |c| matches!(c, '\r' | '\n');
    let removed = edits
        .iter()
        .take_while(|edit| {
            let follows = edit.range.start as usize == start
                && !edit.range.is_empty()
                && edit.text.is_empty();
            if follows {
                start = edit.range.end as usize;
            }
            follows
        })
        .count();
    if removed == 0 {
        return;
    }
    let blank = text.get(start..).map_or(0, |rest| {
        rest.len() - rest.trim_start_matches(is_line_break).len()
    });
    match edits.get_mut(removed) {
        // What is new there stood apart from what is gone.
        Some(next) if (next.range.start as usize) <= start + blank => {
            next.text = next.text.trim_start_matches(is_line_break).to_owned();
        }
        _ => {
            if let Some(edit) = removed.checked_sub(1).and_then(|last| edits.get_mut(last))
                && let Ok(end) = u32::try_from(start + blank)
            {
                edit.range.end = end;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check;

    const VIEW: &str =
        "def view(request, pk):\n    return HttpResponse(get_object_or_404(Product, pk=pk).name)\n";
    const ASYNC: &str = "async def view(request, pk):\n    return HttpResponse((await aget_object_or_404(Product, pk=pk)).name)\n";

    #[track_caller]
    fn check_head(before: &str, after: &str) {
        check(&format!("{before}{VIEW}"), &format!("{after}{ASYNC}"));
    }

    #[test]
    fn a_name_takes_the_place_of_another() {
        check_head(
            "from django.shortcuts import get_object_or_404\n\n",
            "from django.shortcuts import aget_object_or_404\n\n",
        );
        check_head(
            "from django.shortcuts import get_object_or_404, redirect\n\n",
            "from django.shortcuts import aget_object_or_404, redirect\n\n",
        );
    }

    #[test]
    fn one_name_a_line() {
        check_head(
            "from django.shortcuts import (\n    get_object_or_404,\n    redirect,\n)\n\n",
            "from django.shortcuts import (\n    aget_object_or_404,\n    redirect,\n)\n\n",
        );
    }

    #[test]
    fn comments_between_names_stay() {
        check_head(
            "from django.shortcuts import (\n    get_object_or_404,  # 404s\n    redirect,\n)\n\n",
            "from django.shortcuts import (\n    aget_object_or_404,  # 404s\n    redirect,\n)\n\n",
        );
    }

    #[test]
    fn what_others_use_stays() {
        check_head(
            "from django.shortcuts import get_object_or_404\n\n__all__ = ['get_object_or_404', 'view']\n\n",
            "from django.shortcuts import aget_object_or_404, get_object_or_404\n\n__all__ = ['get_object_or_404', 'view']\n\n",
        );
    }

    #[test]
    fn sections_as_isort_has_them() {
        check(
            "\"\"\"Views.\"\"\"\nfrom __future__ import annotations\n\nimport os\n\nfrom django.shortcuts import render\n\nfrom .models import Product\n\ndef view(request):\n    Product.objects.count()\n    return render(request, os.sep)\n",
            "\"\"\"Views.\"\"\"\nfrom __future__ import annotations\n\nimport os\n\nfrom asgiref.sync import sync_to_async\nfrom django.shortcuts import render\n\nfrom .models import Product\n\nasync def view(request):\n    await Product.objects.acount()\n    return await sync_to_async(render)(request, os.sep)\n",
        );
        check(
            "import os\nfrom time import sleep\n\ndef view(request):\n    sleep(1)\n    return HttpResponse(os.sep)\n",
            "import asyncio\nimport os\n\nasync def view(request):\n    await asyncio.sleep(1)\n    return HttpResponse(os.sep)\n",
        );
        check(
            "from .models import Product\n\ndef view(request):\n    Product.objects.count()\n    return HttpResponse('a')\n",
            "from .models import Product\n\nasync def view(request):\n    await Product.objects.acount()\n    return HttpResponse('a')\n",
        );
    }

    #[test]
    fn an_import_that_is_used_anew_stays() {
        check(
            "import asyncio\nimport time\n\nasync def one():\n    time.sleep(1)\n\ndef view(request):\n    import asyncio\n    time.sleep(1)\n    return HttpResponse()\n",
            "import asyncio\n\nasync def one():\n    await asyncio.sleep(1)\n\nasync def view(request):\n    import asyncio\n    await asyncio.sleep(1)\n    return HttpResponse()\n",
        );
        check(
            "from asgiref.sync import sync_to_async\n\nasync def one():\n    pass\n\ndef view(request):\n    return HttpResponse(Product.objects.all()[0].name)\n",
            "from asgiref.sync import sync_to_async\n\nasync def one():\n    pass\n\nasync def view(request):\n    return HttpResponse((await sync_to_async(Product.objects.all().__getitem__)(0)).name)\n",
        );
    }

    #[test]
    fn an_import_in_the_function_goes_with_its_last_use() {
        check(
            "def view(request):\n    import time\n    time.sleep(1)\n    return HttpResponse()\n",
            "import asyncio\n\n\nasync def view(request):\n    await asyncio.sleep(1)\n    return HttpResponse()\n",
        );
    }
}
