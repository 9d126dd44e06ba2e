//! What ruff (ASYNC2xx) and pyright (`reportUnusedCoroutine`) find in async code, as far as it concerns Django's views: all of it is
//! found here too, and no more where they find nothing.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a broken promise ends the test"
)]

use unblocked_rewriter::{Applicability, FileReport, Options, Severity, Workspace, migrate};

fn report(text: &str) -> FileReport {
    let mut workspace = Workspace::new();
    workspace.set_file("views.py", text);
    migrate(&workspace, &Options::for_paste()).files.remove(0)
}

/// Whether something that waits, or is never awaited, is told of in an async view of this body.
fn is_found(imports: &str, body: &str) -> bool {
    let text = format!(
        "{imports}\n\nasync def view(request):\n    {body}\n    return HttpResponse(await load())\n"
    );
    let report = report(&text);
    report.findings.iter().any(|finding| {
        finding.severity != Severity::Info
            && (finding.applicability == Applicability::Manual || report.after != text)
    })
}

/// Starting a process does not wait, so that `Popen` alone is not told of: what waits for it is.
#[test]
fn blocking_calls_of_ruff() {
    for (rule, imports, body) in [
        (
            "ASYNC210",
            "import urllib.request",
            "urllib.request.urlopen('https://example.com/')",
        ),
        (
            "ASYNC210",
            "import requests",
            "requests.get('https://example.com/')",
        ),
        (
            "ASYNC210",
            "import httpx",
            "httpx.get('https://example.com/')",
        ),
        (
            "ASYNC212",
            "import httpx",
            "client = httpx.Client()
    client.get('https://example.com/')",
        ),
        (
            "ASYNC212",
            "import httpx",
            "with httpx.Client() as client:
        client.get('https://example.com/')",
        ),
        (
            "ASYNC220",
            "import subprocess",
            "process = subprocess.Popen(['ls'])
    process.wait()",
        ),
        ("ASYNC220", "import os", "os.popen('ls')"),
        ("ASYNC221", "import subprocess", "subprocess.run(['ls'])"),
        (
            "ASYNC221",
            "import subprocess",
            "subprocess.check_output(['ls'])",
        ),
        ("ASYNC221", "import os", "os.system('ls')"),
        ("ASYNC222", "import os", "os.wait()"),
        ("ASYNC222", "import os", "os.waitpid(1, 0)"),
        ("ASYNC230", "", "open('a.txt').read()"),
        (
            "ASYNC230",
            "from pathlib import Path",
            "Path('a.txt').open().read()",
        ),
        ("ASYNC230", "import io", "io.open('a.txt').read()"),
        (
            "ASYNC240",
            "from pathlib import Path",
            "Path('a.txt').exists()",
        ),
        (
            "ASYNC240",
            "from pathlib import Path",
            "list(Path('a').glob('*'))",
        ),
        ("ASYNC240", "import os", "os.path.exists('a.txt')"),
        ("ASYNC240", "import os.path", "os.path.getsize('a.txt')"),
        ("ASYNC250", "", "input('name')"),
        ("ASYNC251", "import time", "time.sleep(1)"),
        ("ASYNC251", "from time import sleep", "sleep(1)"),
    ] {
        assert!(is_found(imports, body), "{rule}: {body}");
    }
}

#[test]
fn what_ruff_does_not_find_is_right() {
    for (imports, body) in [
        ("import asyncio", "await asyncio.sleep(1)"),
        (
            "import asyncio\nimport time",
            "await asyncio.to_thread(time.sleep, 1)",
        ),
        (
            "import asyncio",
            "await asyncio.create_subprocess_exec('ls')",
        ),
        (
            "import httpx",
            "async with httpx.AsyncClient() as client:\n        await client.get('https://example.com/')",
        ),
        ("import time", "started = time.monotonic()"),
        ("import os", "name = os.getcwd()"),
    ] {
        assert!(!is_found(imports, body), "{body}");
    }
}

#[test]
fn unused_coroutines_of_pyright() {
    let own = "import asyncio\n\nasync def work():\n    await asyncio.sleep(0)\n\nasync def answer():\n    await asyncio.sleep(0)\n    return 3";
    for body in [
        "work()",
        "asyncio.sleep(1)",
        "[work() for _ in range(3)]",
        "answer()",
    ] {
        assert!(is_found(own, body), "{body}");
    }
    for body in [
        "await work()",
        "_ = await answer()",
        "task = asyncio.create_task(work())\n    await task",
        "await asyncio.gather(work(), answer())",
        "pending = work()\n    await pending",
        "rows = [work() for _ in range(3)]\n    await asyncio.gather(*rows)",
    ] {
        assert!(!is_found(own, body), "{body}");
    }
}
