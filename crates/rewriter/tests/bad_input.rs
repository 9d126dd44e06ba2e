//! Text that nobody expects: a diagnostic or nothing, never a panic, a hang or a lost keystroke.

mod common;

use common::{check, check_unchanged, uses};
use unblocked_rewriter::Options;

const VIEW: &str = "def view(request, pk):\n    product = Product.objects.get(pk=pk)\n    return HttpResponse(product.name)\n";
const ASYNC: &str = "async def view(request, pk):\n    product = await Product.objects.aget(pk=pk)\n    return HttpResponse(product.name)\n";

/// In every use, `before` becomes `after`.
#[track_caller]
fn becomes(before: &str, after: &str) {
    for options in uses() {
        assert_eq!(check(before, &options).after, after);
    }
}

#[test]
fn nothing_to_read() {
    for text in [
        "",
        "\n",
        "\r\n",
        "\r",
        " ",
        "\t\n",
        "\u{feff}",
        "\u{feff}\n",
        "\x0c",
        "\\",
        "\\\n",
        "# note",
        "# one\n\n# two\n",
        "\"\"\"Documentation.\"\"\"\n",
        "'''open",
        "\u{2028}",
        "pass",
        "...",
    ] {
        check_unchanged(text);
    }
}

#[test]
fn syntax_errors_everywhere() {
    for text in [
        "def view(request:\n    Product.objects.get(\n",
        "def (request):\n    return Product.objects.get(pk=1)\n",
        "class :\n def\n  if\n",
        "((((((",
        "))))))",
        "]})",
        "def def def",
        "async async def view(request): await await",
        "return return Product.objects.get(pk=1",
        "@\n@@\ndef",
        "from . import\nimport\nfrom import x",
        "if x\n    y\nelse\n    z",
        "lambda: lambda: :",
        "f'{Product.objects.get(pk=1'",
        "f'{f\"{'",
        "for in in in:",
        "x = = = 1",
        "with as as:",
        "try:\nexcept:\nfinally\n",
        "match x:\n    case",
        "<html>{{ Product.objects.get }}</html>",
        "{\"json\": [1, 2, {\"a\": null}]}",
        "SELECT * FROM product WHERE id = 1;",
        "$ pip install django\n>>> Product.objects.count()\n3\n",
        "--- a/views.py\n+++ b/views.py\n@@ -1 +1 @@\n-x\n+y\n",
        "💥💥💥(💥)",
        "\u{202e}def view(request): pass",
    ] {
        for options in uses() {
            check(text, &options);
        }
    }
}

#[test]
fn a_broken_function_stays_and_those_around_it_are_converted() {
    for broken in [
        "def broken(request):\n    x = Product.objects.get(pk=1))\n    return HttpResponse(x)\n",
        "def broken(request):\n    print Product.objects.count()\n    x = = 1\n",
        "def broken(request):\n    Product.objects.count()\n    return HttpResponse(`x`)\n",
        "def broken(request):\n    try:\n        Product.objects.count()\n    except Product.DoesNotExist, e:\n        return HttpResponse(? e)\n",
    ] {
        let rename = |text: &str| text.replace("view", "second");
        let before = format!("{VIEW}\n\n{broken}\n\n{}", rename(VIEW));
        let after = format!("{ASYNC}\n\n{broken}\n\n{}", rename(ASYNC));
        becomes(&before, &after);
    }
}

#[test]
fn a_broken_bare_statement_stays_and_those_around_it_are_converted() {
    let (query, broken) = (
        "x = Product.objects.get(pk=1)\n",
        "y = Product.objects.get(pk=2\n",
    );
    let options = Options::for_paste();
    let file = check(
        &format!("{query}print Product.objects.count()\n{query}"),
        &options,
    );
    let awaited = "x = await Product.objects.aget(pk=1)\n";
    assert_eq!(
        file.after,
        format!("{awaited}print Product.objects.count()\n{awaited}")
    );
    assert!(check(broken, &options).edits.is_empty());
}

#[test]
fn python_2_stays_as_it_is() {
    check_unchanged(
        "def view(request):\n    print \"loading\", Product.objects.count()\n    exec code in scope\n    if a <> b:\n        raise ValueError, 'no'\n    return `a`, 0777, ur'x', 10L\n",
    );
    check_unchanged(
        "def view(request):\n    try:\n        product = Product.objects.get(pk=1)\n    except Product.DoesNotExist, e:\n        raise Http404, str(e)\n    return HttpResponse(product)\n",
    );
    for options in uses() {
        check(
            "print Product.objects.count()\nprint >>sys.stderr, x\n",
            &options,
        );
    }
}

#[test]
fn line_ends_stay_what_they_are() {
    let crlf = |text: &str| text.replace('\n', "\r\n");
    becomes(&crlf(VIEW), &crlf(ASYNC));
    // Each line keeps its own.
    becomes(
        &VIEW.replacen('\n', "\r\n", 1),
        &ASYNC.replacen('\n', "\r\n", 1),
    );
    let with_import = |text: &str| format!("import time\r\n\r\n{}", crlf(text));
    for options in uses() {
        let before = with_import(VIEW).replace("return", "time.sleep(1)\r\n    return");
        let after = check(&before, &options).after;
        assert!(after.starts_with("import asyncio\r\n"), "{after:?}");
        assert_eq!(after.matches('\n').count(), after.matches("\r\n").count());
    }
}

#[test]
fn lone_carriage_returns_are_never_mangled() {
    for options in uses() {
        let text = VIEW.replace('\n', "\r");
        let file = check(&text, &options);
        assert_eq!(file.after.matches('\n').count(), 0, "{:?}", file.after);
    }
}

#[test]
fn tabs_and_mixed_indentation() {
    let tabs = |text: &str| text.replace("    ", "\t");
    becomes(&tabs(VIEW), &tabs(ASYNC));
    let deeper =
        |text: &str, head: &str| text.replacen("    ", &format!("    if pk:\n\t{head}\n    "), 1);
    let (before, after) = (deeper(VIEW, "pass"), deeper(ASYNC, "pass"));
    becomes(&before, &after);
    for options in uses() {
        check(
            "def view(request):\n  \t  x = 1\n\t  y = Product.objects.get(pk=1)\n  return y\n",
            &options,
        );
        check(
            "\tdef view(request):\n\t\treturn Product.objects.get(pk=1)\n",
            &options,
        );
        check(
            "    def view(request):\n        return Product.objects.get(pk=1)\n",
            &options,
        );
    }
}

#[test]
fn byte_order_mark_nul_and_form_feed() {
    becomes(&format!("\u{feff}{VIEW}"), &format!("\u{feff}{ASYNC}"));
    becomes(&format!("\x0c\n{VIEW}"), &format!("\x0c\n{ASYNC}"));
    becomes(
        &format!("x = 1\n\x0c\n{VIEW}\x0c\n"),
        &format!("x = 1\n\x0c\n{ASYNC}\x0c\n"),
    );
    for options in uses() {
        for text in [
            "\0".to_owned(),
            format!("\0{VIEW}"),
            format!("{VIEW}\0"),
            VIEW.replace("name", "na\0me"),
            VIEW.replace("name", "na\u{feff}me"),
            VIEW.replace(": ", ":\0 ").replace("\n", "\0\n"),
            format!("\u{feff}\u{feff}{VIEW}"),
        ] {
            check(&text, &options);
        }
    }
}

#[test]
fn text_that_is_not_ascii_keeps_its_places() {
    let before = VIEW
        .replace("product", "größe")
        .replace("return", "name = '日本 📦'  # 📦 é\n    return");
    let after = ASYNC
        .replace("product", "größe")
        .replace("return", "name = '日本 📦'  # 📦 é\n    return");
    becomes(&before, &after);
    for options in uses() {
        let file = check(&before, &options);
        let place = file.findings[0].after.expect("it was changed");
        assert!(
            file.after[place.start..place.end].contains("aget"),
            "{:?}",
            &file.after[place.start..place.end]
        );
    }
}

#[test]
fn what_is_on_the_same_line_stays_there() {
    for options in uses() {
        check(
            "def view(request): x = Product.objects.get(pk=1); y = 2; return HttpResponse(x)",
            &options,
        );
        check(
            "def view(request): return HttpResponse(Product.objects.get(pk=1)) # end",
            &options,
        );
        check(
            "x = 1; import time; time.sleep(1); from a import b",
            &options,
        );
        check("if True: import time; time.sleep(1)\nelse: pass", &options);
        check("import time; time.sleep(1)", &options);
        check(
            "def view(request):\n    x = \\\n        Product.objects.get(pk=1)\n    return HttpResponse(x)",
            &options,
        );
    }
}

#[test]
fn options_that_name_nothing() {
    let options = Options {
        views: vec!["no.such.view".to_owned(), String::new(), "💥".to_owned()],
        files: vec!["nowhere.py".to_owned()],
        ..Options::default()
    };
    assert_eq!(check(VIEW, &options).after, VIEW);
}

#[test]
fn an_edit_that_does_not_fit_is_refused() {
    let mut workspace = unblocked_rewriter::Workspace::new();
    workspace.set_file("views.py", "x = 'é'\n");
    for (start, end) in [(6, 6), (7, 5), (0, 99), (usize::MAX, usize::MAX), (3, 6)] {
        assert!(
            !workspace.edit_file("views.py", start, end, "y"),
            "{start}..{end}"
        );
    }
    assert!(!workspace.edit_file("models.py", 0, 0, "y"));
    assert_eq!(workspace.files().next(), Some(("views.py", "x = 'é'\n")));
}
