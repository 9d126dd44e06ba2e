//! A static server on loopback, for the finished site.

use crate::process::{Run, command};
use anyhow::{Result, anyhow};
use std::fs::File;
use std::net::Ipv4Addr;
use std::path::{Component, Path, PathBuf};
use tiny_http::{Header, Method, Request, Response, Server, StatusCode};

const FIRST_PORT: u16 = 8080;

/// Serves `folder` until the process is stopped.
pub(crate) fn serve(folder: &Path, port: Option<u16>, open: bool) -> Result<()> {
    let server = listen(port)?;
    let url = format!("http://{}/", server.server_addr());
    println!("Serving on {url} (stop with Ctrl-C)");
    if open && !open_browser(&url) {
        eprintln!("No browser could be opened: go to {url}");
    }
    for request in server.incoming_requests() {
        // A browser that went away is no reason to stop.
        let _ = answer(request, folder);
    }
    Ok(())
}

/// Listens on the port that was asked for, or on the first free one.
fn listen(port: Option<u16>) -> Result<Server> {
    let (first, last) = match port {
        Some(port) => (port, port),
        None => (FIRST_PORT, FIRST_PORT + 20),
    };
    let mut failure = None;
    for port in first..=last {
        match Server::http((Ipv4Addr::LOCALHOST, port)) {
            Ok(server) => return Ok(server),
            Err(error) => failure = Some(error),
        }
    }
    let reason = failure.map(|error| error.to_string()).unwrap_or_default();
    Err(anyhow!(
        "cannot listen on 127.0.0.1:{last}: {reason}; choose another with --port"
    ))
}

fn answer(request: Request, folder: &Path) -> std::io::Result<()> {
    if !matches!(request.method(), Method::Get | Method::Head) {
        return request.respond(Response::empty(405));
    }
    let Some((file, kind)) = file_for(folder, request.url())
        .and_then(|path| Some((File::open(&path).ok()?, content_type(&path))))
    else {
        let response = Response::from_string("Not found\n").with_status_code(StatusCode(404));
        return request.respond(response);
    };
    // With the length, so that the browser can show progress.
    let mut response = Response::from_file(file).with_chunked_threshold(usize::MAX);
    for (name, value) in [
        ("Content-Type", kind),
        // The site under work changes under the same names.
        ("Cache-Control", "no-cache"),
        ("X-Content-Type-Options", "nosniff"),
    ] {
        if let Ok(header) = Header::from_bytes(name, value) {
            response.add_header(header);
        }
    }
    request.respond(response)
}

/// The file that a URL stands for; never one outside of `folder`.
fn file_for(folder: &Path, url: &str) -> Option<PathBuf> {
    let path = url.split(['?', '#']).next()?.strip_prefix('/')?;
    let path = Path::new(path);
    if !path
        .components()
        .all(|component| matches!(component, Component::Normal(_)))
    {
        return None;
    }
    let path = folder.join(path);
    Some(if path.is_dir() {
        path.join("index.html")
    } else {
        path
    })
}

fn content_type(path: &Path) -> &'static str {
    let extension = path.extension().and_then(|extension| extension.to_str());
    match extension.unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn open_browser(url: &str) -> bool {
    if cfg!(windows) {
        command("cmd").args(["/C", "start", "", url]).succeeds()
    } else if cfg!(target_os = "macos") {
        command("open").arg(url).succeeds()
    } else {
        command("xdg-open").arg(url).succeeds()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_stands_for_a_file_below_the_folder() {
        let folder = Path::new("site");
        assert_eq!(file_for(folder, "/a/b.js?v=1"), Some("site/a/b.js".into()));
        assert_eq!(file_for(folder, "/app.wasm"), Some("site/app.wasm".into()));
    }

    #[test]
    fn a_folder_stands_for_its_index() {
        let folder = std::env::temp_dir();
        assert_eq!(file_for(&folder, "/"), Some(folder.join("index.html")));
    }

    #[test]
    fn nothing_outside_of_the_folder_is_served() {
        let folder = Path::new("site");
        for url in [
            "/../secret",
            "/a/../../secret",
            "//etc/passwd",
            "secret",
            "/./x",
            "",
        ] {
            assert_eq!(file_for(folder, url), None, "{url}");
        }
    }

    #[test]
    fn webassembly_is_served_as_such() {
        assert_eq!(content_type(Path::new("a_bg.wasm")), "application/wasm");
    }

    #[test]
    fn a_browser_gets_files_and_nothing_else() {
        use std::io::{Read, Write};
        let folder = std::env::temp_dir().join(format!("xtask-server-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("a.wasm"), "wasm").unwrap();
        let server = Server::http((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = server.server_addr().to_ip().unwrap();
        let ask = |request: &str| {
            let mut stream = std::net::TcpStream::connect(address).unwrap();
            let head = "HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
            write!(stream, "{request} {head}").unwrap();
            answer(server.recv().unwrap(), &folder).unwrap();
            let mut text = String::new();
            stream.read_to_string(&mut text).unwrap();
            text
        };
        let found = ask("GET /a.wasm");
        assert!(found.starts_with("HTTP/1.1 200"), "{found}");
        assert!(found.contains("Content-Type: application/wasm"), "{found}");
        assert!(found.contains("Content-Length: 4"), "{found}");
        assert!(found.ends_with("wasm"), "{found}");
        assert!(ask("GET /b.wasm").starts_with("HTTP/1.1 404"));
        assert!(ask("POST /a.wasm").starts_with("HTTP/1.1 405"));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
