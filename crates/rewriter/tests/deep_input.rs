//! Text that nests deep or is long: no overflow of a small stack, and time that grows with the length.

mod common;

use std::time::{Duration, Instant};

use common::{check_edits, long_file, report, with_small_stack};
use unblocked_rewriter::Options;

/// `open` × n, `core`, `close` × n.
fn nest(open: &str, core: &str, close: &str, n: usize) -> String {
    format!("{}{core}{}", open.repeat(n), close.repeat(n))
}

/// Blocks within blocks, one space a level.
fn blocks(header: &str, n: usize) -> String {
    let mut text = String::new();
    for level in 0..n {
        text.push_str(&" ".repeat(level));
        text.push_str(header);
        text.push('\n');
    }
    text.push_str(&" ".repeat(n));
    text.push_str("x = Product.objects.get(pk=1)\n");
    text
}

type Maker = fn(usize) -> String;

const NESTING: &[(&str, Maker)] = &[
    ("parentheses", |n| {
        nest("(", "Product.objects.get(pk=1)", ")", n)
    }),
    ("lists", |n| nest("[", "Product.objects.all()", "]", n)),
    ("tuples", |n| nest("(", "Product.objects.all()", ",)", n)),
    ("dictionaries", |n| {
        nest("{'a': ", "Product.objects.all()", "}", n)
    }),
    ("subscripts", |n| {
        nest("a[", "Product.objects.get(pk=1)", "]", n)
    }),
    ("subscripts in a row", |n| format!("qs{}", "[0]".repeat(n))),
    ("attributes", |n| format!("missing{}", ".a".repeat(n))),
    ("attributes of an instance", |n| {
        format!("p = Product.objects.get(pk=1)\nx = p{}", ".a".repeat(n))
    }),
    ("attributes of a project module", |n| {
        format!("from shop import stock\nx = stock{}", ".a".repeat(n))
    }),
    ("attributes of a library", |n| {
        format!("import requests\nx = requests{}", ".a".repeat(n))
    }),
    ("calls", |n| nest("f(", "Product.objects.get(pk=1)", ")", n)),
    ("calls in a row", |n| format!("f{}", "()".repeat(n))),
    ("queryset methods", |n| {
        format!("Product.objects{}.get()", ".filter(a=1)".repeat(n))
    }),
    ("select_related", |n| {
        let calls: String = (0..n).map(|i| format!(".select_related('a{i}')")).collect();
        format!("Product.objects{calls}.get()")
    }),
    ("library methods", |n| {
        format!(
            "import requests\nx = requests.Session(){}",
            ".get('x')".repeat(n)
        )
    }),
    ("querysets in querysets", |n| {
        nest(
            "Product.objects.filter(pk=Product.objects.get(pk=",
            "1",
            ").pk)",
            n,
        )
    }),
    ("binary operators", |n| {
        format!("x = 1{}", " + a.b".repeat(n))
    }),
    ("powers", |n| format!("x = 1{}", " ** 2".repeat(n))),
    ("comparisons", |n| {
        format!("x = 1{}", " < Product.objects.count()".repeat(n))
    }),
    ("boolean operators", |n| {
        format!("x = qs{}", " or Product.objects.all()".repeat(n))
    }),
    ("not", |n| {
        format!("x = {}Product.objects.all()", "not ".repeat(n))
    }),
    ("unary minus", |n| format!("x = {}1", "-".repeat(n))),
    ("await", |n| {
        format!("async def view(request):\n    {}f()", "await ".repeat(n))
    }),
    ("conditionals", |n| {
        format!("x = {}0", "1 if qs else ".repeat(n))
    }),
    ("lambdas", |n| {
        format!("x = {}Product.objects.get(pk=1)", "lambda a: ".repeat(n))
    }),
    ("lambdas in defaults", |n| nest("lambda a=", "1", ": 0", n)),
    ("comprehensions", |n| {
        nest("[x for x in ", "Product.objects.all()", "]", n)
    }),
    ("comprehensions in elements", |n| {
        nest(
            "[",
            "Product.objects.get(pk=1)",
            " for x in Product.objects.all()]",
            n,
        )
    }),
    ("generators", |n| {
        nest("list(x for x in ", "Product.objects.all()", ")", n)
    }),
    ("starred", |n| nest("[*", "Product.objects.all()", "]", n)),
    ("f-strings", |n| {
        nest("f'{", "Product.objects.get(pk=1)", "}'", n)
    }),
    ("strings in a row", |n| format!("x = {}", "'a' ".repeat(n))),
    ("strings added", |n| format!("x = ''{}", " + 'a'".repeat(n))),
    ("walruses", |n| {
        nest("(a := ", "Product.objects.all()", ")", n)
    }),
    ("assignments in a row", |n| {
        format!("{}Product.objects.all()", "a = ".repeat(n))
    }),
    ("decorators", |n| {
        format!(
            "{}def view(request):\n    return render(Product.objects.get())\n",
            "@a.b\n".repeat(n)
        )
    }),
    ("annotations", |n| {
        format!("x: {} = 1", nest("list[", "int", "]", n))
    }),
    ("unions", |n| {
        format!("def view(request: int{}): pass", " | int".repeat(n))
    }),
    ("else ifs", |n| {
        format!(
            "def view(request):\n    if a: pass\n{}",
            "    elif Product.objects.count(): b = 1\n".repeat(n)
        )
    }),
    ("patterns", |n| {
        format!("match x:\n    case {}: pass\n", nest("[", "a", "]", n))
    }),
    ("targets", |n| {
        format!(
            "for {} in Product.objects.all(): pass\n",
            nest("(", "a", ",)", n)
        )
    }),
    ("openings that never close", |n| "(".repeat(n)),
    ("mixed openings", |n| "([{f(a[".repeat(n / 6)),
    ("closings that nothing opened", |n| ")".repeat(n)),
    ("quotes", |n| "'\"".repeat(n / 2)),
    ("backslashes", |n| "\\\n".repeat(n)),
    ("backslashes with space", |n| " \\ \n".repeat(n)),
    ("continued names", |n| "a \\\n".repeat(n)),
    ("blank lines", |n| "\n".repeat(n)),
    ("carriage returns", |n| "\r".repeat(n)),
    ("blank lines of white space", |n| "  \t\x0c\n".repeat(n)),
    ("spaces", |n| " ".repeat(n)),
    ("comments that sink in", |n| {
        (0..n)
            .map(|i| format!("{}# a\n", " ".repeat(i % 50)))
            .collect()
    }),
    ("semicolons", |n| "a;".repeat(n)),
    ("colons", |n| ":".repeat(n)),
    ("definitions without an end", |n| "def a(".repeat(n)),
    ("at signs", |n| "@".repeat(n)),
];

const BLOCKS: &[&str] = &[
    "def f(request):",
    "class A:",
    "if a:",
    "for a in Product.objects.all():",
    "with a:",
    "try:",
    "async def view(request, a=Product.objects.get(pk=1)):",
];

/// How long a migration takes.
fn run(text: &str, options: &Options) -> Duration {
    let start = Instant::now();
    check_edits(text, &report(text, options));
    start.elapsed()
}

/// Code as the body of a view.
fn in_view(code: &str) -> String {
    let body = code.replace('\n', "\n    ");
    format!("def view(request):\n    {body}\n    return HttpResponse(Product.objects.count())\n")
}

#[test]
fn deep_expressions() {
    with_small_stack(|| {
        for (_, make) in NESTING {
            run(&make(50_000), &Options::for_paste());
        }
    });
}

#[test]
fn deep_expressions_in_a_view() {
    with_small_stack(|| {
        for (_, make) in NESTING {
            run(&in_view(&make(10_000)), &Options::default());
        }
    });
}

#[test]
fn deep_blocks() {
    with_small_stack(|| {
        for header in BLOCKS {
            run(&blocks(header, 1000), &Options::for_paste());
        }
    });
}

/// A function that nests too deep keeps its text; those around it are converted.
#[test]
fn what_nests_too_deep_stays() {
    with_small_stack(|| {
        let view = "def view(request):\n    return HttpResponse(Product.objects.count())\n";
        let deep = format!(
            "def deep(request):\n    x = Product.objects.count() + {}\n    return HttpResponse(x)\n",
            nest("(", "1", ")", 50_000)
        );
        let file = report(
            &format!("{view}\n\n{deep}\n\n{}", view.replace("view", "last")),
            &Options::default(),
        );
        assert!(file.after.contains(&deep));
        assert!(file.after.starts_with("async def view"));
        assert!(file.after.contains("async def last"));
    });
}

/// Long rather than deep: every kind of thing that is counted or looked up, many times.
const LENGTH: &[(&str, Maker)] = &[
    ("realistic views", |n| {
        let text = long_file();
        text.repeat(n / 225)
    }),
    ("views", |n| {
        (0..n / 4)
            .map(|i| format!("def view_{i}(request):\n    x = Product.objects.get(pk={i})\n    return HttpResponse(x)\n\n"))
            .collect()
    }),
    ("helpers", |n| {
        (0..n / 6)
            .map(|i| format!("def view_{i}(request):\n    return HttpResponse(load_{i}())\n\ndef load_{i}():\n    return Product.objects.count()\n\n"))
            .collect()
    }),
    ("a chain of helpers", |n| {
        let chain: String = (0..n / 3)
            .map(|i| format!("def load_{i}():\n    return load_{}()\n\n", i + 1))
            .collect();
        format!(
            "def view(request):\n    return HttpResponse(load_0())\n\n{chain}def load_{}():\n    return Product.objects.count()\n",
            n / 3
        )
    }),
    ("one helper with many callers", |n| {
        let views: String = (0..n / 3)
            .map(|i| format!("def view_{i}(request):\n    return HttpResponse(load())\n\n"))
            .collect();
        format!("{views}def load():\n    return Product.objects.count()\n")
    }),
    ("classes", |n| {
        (0..n / 3)
            .map(|i| format!("class P{i}(models.Model):\n    a = models.ForeignKey('P{}')\n    objects = Manager()\n", i / 2))
            .collect()
    }),
    ("classes that inherit", |n| {
        (0..n / 20)
            .map(|i| format!("class P{}(P{i}):\n    a = 1\n", i + 1))
            .collect()
    }),
    ("imports", |n| {
        let imports: String = (0..n / 2)
            .map(|i| format!("from shop.m{i} import a{i}\n"))
            .collect();
        let uses: String = (0..n / 2).map(|i| format!("    a{i}()\n")).collect();
        format!(
            "{imports}\ndef view(request):\n{uses}    return HttpResponse(Product.objects.count())\n"
        )
    }),
    ("names on one import", |n| {
        let names: Vec<String> = (0..n).map(|i| format!("a{i}")).collect();
        format!(
            "from time import sleep, {}\n\ndef view(request):\n    sleep(1)\n    return HttpResponse(Product.objects.count())\n",
            names.join(", ")
        )
    }),
    ("queries in one view", |n| {
        let body = "    x = Product.objects.get(pk=1)\n".repeat(n);
        format!("def view(request):\n{body}    return HttpResponse(x)\n")
    }),
    ("adapters in one view", |n| {
        let body =
            "    for x in Product.objects.raw('a'): render(request, 'x', {'a': x})\n".repeat(n / 4);
        format!("def view(request):\n{body}    return HttpResponse(x)\n")
    }),
    ("loops and comprehensions in one view", |n| {
        let body = "    x = [p for p in Product.objects.all()]\n    if Product.objects.filter(a=1): pass\n".repeat(n / 2);
        format!("def view(request):\n{body}    return HttpResponse(x)\n")
    }),
    ("requests in one view", |n| {
        let body = "    r = requests.get('https://example.com')\n    x = r.json()\n".repeat(n / 4);
        format!("import requests\n\ndef view(request):\n{body}    return HttpResponse(x)\n")
    }),
    ("sleeps in one view", |n| {
        let body = "    time.sleep(1)\n".repeat(n);
        format!("import time\n\ndef view(request):\n{body}    return HttpResponse(x)\n")
    }),
    ("users and sessions in one view", |n| {
        let body = "    if request.user.is_staff: request.session['a'] = request.session['b']\n"
            .repeat(n / 2);
        format!("def view(request):\n{body}    return HttpResponse(Product.objects.count())\n")
    }),
    ("bare queries", |n| {
        "x = Product.objects.get(pk=1)\n".repeat(n)
    }),
    ("bare queries on one line", |n| {
        "x = Product.objects.get(pk=1); ".repeat(n)
    }),
    ("queries on one line of a view", |n| {
        let body = "x = Product.objects.get(pk=1); ".repeat(n);
        format!("def view(request): {body}return HttpResponse(x)\n")
    }),
    ("queries in one list", |n| {
        format!(
            "def view(request):\n    return HttpResponse([{}])\n",
            "Product.objects.get(pk=1), ".repeat(n)
        )
    }),
    ("related loads", |n| {
        let body: String = (0..n)
            .map(|i| format!("    qs = qs.select_related('a{i}')\n"))
            .collect();
        format!(
            "def view(request):\n    qs = Product.objects.all()\n{body}    return HttpResponse(qs)\n"
        )
    }),
    ("names and branches", |n| {
        let names: String = (0..n / 4)
            .map(|i| format!("    a{i} = Product.objects.all()\n"))
            .collect();
        let branches: String = (0..n / 4)
            .map(|i| format!("    if a{i}:\n        b = a{i}\n"))
            .collect();
        format!("def view(request):\n{names}{branches}    return HttpResponse(b)\n")
    }),
    ("module names and branches", |n| {
        let names: String = (0..n / 4)
            .map(|i| format!("a{i} = Product.objects.all()\n"))
            .collect();
        let branches: String = (0..n / 4)
            .map(|i| format!("if a{i}:\n    b = a{i}\n"))
            .collect();
        format!("{names}{branches}")
    }),
    ("inner functions", |n| {
        let body: String = (0..n / 2)
            .map(|i| format!("    def inner_{i}():\n        return Product.objects.count()\n"))
            .collect();
        format!("def view(request):\n{body}    return HttpResponse(inner_0())\n")
    }),
    ("lambdas and comprehensions", |n| {
        let body = "    x = [(lambda a: a)(y) for y in z]\n".repeat(n);
        let names: String = (0..n / 10).map(|i| format!("    a{i} = 1\n")).collect();
        format!(
            "def view(request):\n{names}{body}    return HttpResponse(Product.objects.count())\n"
        )
    }),
    ("routes", |n| {
        let views: String = (0..n / 4)
            .map(|i| {
                format!(
                    "def view_{i}(request):\n    return HttpResponse(Product.objects.count())\n"
                )
            })
            .collect();
        let routes: String = (0..n / 4)
            .map(|i| format!("    path('{i}', view_{i}),\n"))
            .collect();
        format!("{views}urlpatterns = [\n{routes}]\n")
    }),
    ("strings", |n| {
        let body = "    x = '''a\n    b'''\n".repeat(n / 2);
        format!("def view(request):\n{body}    return HttpResponse(Product.objects.count())\n")
    }),
    ("comments after code", |n| {
        format!("x = 1\n{}", "# Product.objects.get(pk=1)\n".repeat(n))
    }),
    ("comments in a view", |n| {
        let comments = "    # Product.objects.get(pk=1)\n".repeat(n);
        format!(
            "def view(request):\n    x = 1\n{comments}    return HttpResponse(Product.objects.count())\n"
        )
    }),
    ("comments", |n| "# Product.objects.get(pk=1)\n".repeat(n)),
];

#[test]
fn long_files() {
    with_small_stack(|| {
        for (_, make) in LENGTH {
            run(&make(4000), &Options::default());
        }
    });
}

#[test]
fn five_megabytes() {
    with_small_stack(|| {
        let text = long_file();
        run(&text.repeat(5_000_000 / text.len()), &Options::default());
        let line = "x = Product.objects.get(pk=1); ";
        run(&line.repeat(5_000_000 / line.len()), &Options::for_paste());
        let word = "x".repeat(5_000_000);
        run(&word, &Options::for_paste());
        run(&format!("x = '{word}'"), &Options::for_paste());
    });
}
