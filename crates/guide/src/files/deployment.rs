//! How the server is started: the reader's own commands changed, or a Procfile, a unit and a proxy's configuration.

use unblocked_analyzer::ResourceKind;
use unblocked_syntax::{Span, TextEdit};

use super::{containers, new, patch};
use crate::content::servers;
use crate::context::Context;
use crate::data::{GuideFile, Server};
use crate::project::servers::Command;

pub(crate) const STEP: &str = "deployment";

/// The words of the command that serves the site, with the workers and the port of today.
pub(crate) fn command(context: &Context<'_>, server: Server, host: &str) -> Vec<String> {
    let today = context.project.command();
    let workers = today.and_then(|one| one.workers).unwrap_or(2).clamp(1, 64);
    let port = context.project.port();
    servers::command(server, &application(context), host, port, workers)
}

/// The ASGI application: `shop.asgi:application`.
pub(crate) fn application(context: &Context<'_>) -> String {
    let module = match context.project.asgi {
        Some(entry) => context.project.home.module(&entry.facts.module).to_owned(),
        None => format!("{}.asgi", context.package),
    };
    format!("{module}:application")
}

/// All files of the deployment.
pub(crate) fn files(context: &Context<'_>) -> Vec<GuideFile> {
    let mut files = patched(context);
    let has = |kind: ResourceKind| {
        context
            .project
            .resources
            .iter()
            .any(|file| file.kind == kind)
    };
    let mut add = |kind: ResourceKind, file: GuideFile| {
        if !has(kind) {
            files.push(file);
        }
    };
    add(ResourceKind::Dockerfile, containers::dockerfile(context));
    add(ResourceKind::Compose, containers::compose(context));
    add(ResourceKind::Procfile, procfile(context));
    add(ResourceKind::Unit, unit(context));
    add(ResourceKind::Nginx, nginx(context));
    files.push(health(context));
    files
}

fn procfile(context: &Context<'_>) -> GuideFile {
    let mut words = command(context, context.next_server, "0.0.0.0");
    // The platform says which port.
    for word in &mut words {
        let port = context.project.port().to_string();
        if *word == port {
            "$PORT".clone_into(word);
        } else if let Some(host) = word.strip_suffix(&format!(":{port}")) {
            *word = format!("{host}:$PORT");
        }
    }
    new(
        &context.project.home.path("Procfile"),
        "text",
        STEP,
        "For platforms that start what a Procfile says.",
        format!("web: {}\n", words.join(" ")),
    )
}

/// The folder that a unit expects the project in.
fn folder(context: &Context<'_>) -> String {
    let name = context.package.split('.').next().unwrap_or("app");
    format!("/srv/{name}")
}

fn unit(context: &Context<'_>) -> GuideFile {
    let name = context
        .package
        .split('.')
        .next()
        .unwrap_or("app")
        .to_owned();
    let folder = folder(context);
    let words = command(context, context.next_server, "127.0.0.1");
    let kind = if context.next_server == Server::GunicornAsgi {
        "notify"
    } else {
        "exec"
    };
    let text = format!(
        "[Unit]\nDescription={name} (ASGI)\nAfter=network.target\n\n[Service]\nType={kind}\nUser={name}\nWorkingDirectory={folder}\nEnvironment=DJANGO_SETTINGS_MODULE={settings}\nEnvironmentFile=-/etc/{name}.env\nExecStart={folder}/venv/bin/{command}\n# SIGTERM lets running requests end; after that they are cut off.\nKillSignal=SIGTERM\nTimeoutStopSec={stop}\nRestart=on-failure\nRestartSec=2\nLimitNOFILE=65536\n\n[Install]\nWantedBy=multi-user.target\n",
        settings = context.settings_module,
        command = words.join(" "),
        stop = servers::GRACE + 5,
    );
    new(
        &context.project.home.path(&format!("deploy/{name}.service")),
        "ini",
        STEP,
        "A systemd unit: start, stop with grace, restart when it fails.",
        text,
    )
}

fn nginx(context: &Context<'_>) -> GuideFile {
    let name = context.package.split('.').next().unwrap_or("app");
    let port = context.project.port();
    let folder = folder(context);
    let text = format!(
        "upstream {name} {{\n    server 127.0.0.1:{port} max_fails=3 fail_timeout=5s;\n    keepalive 32;\n}}\n\nserver {{\n    listen 80;\n    server_name _;\n    client_max_body_size 10m;\n\n    # Collected by `manage.py collectstatic`; ASGI servers do not serve them.\n    location /static/ {{\n        alias {folder}/static/;\n        expires 1d;\n    }}\n\n    location / {{\n        proxy_pass http://{name};\n        proxy_http_version 1.1;\n        proxy_set_header Connection \"\";\n        proxy_set_header Host $host;\n        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n        proxy_set_header X-Forwarded-Proto $scheme;\n        # The slowest view that is meant to answer.\n        proxy_read_timeout 60s;\n        # Only what is safe to repeat goes to another process when one is stopped.\n        proxy_next_upstream error timeout;\n    }}\n}}\n"
    );
    new(
        &context.project.home.path("deploy/nginx.conf"),
        "nginx",
        STEP,
        "A proxy in front: static files, headers, timeouts. It belongs into nginx's `http` block (conf.d).",
        text,
    )
}

fn health(context: &Context<'_>) -> GuideFile {
    let path = format!("{}/health.py", context.package.replace('.', "/"));
    let path = context.project.home.path(&path);
    let text = "\"\"\"Health checks: `live` says that the process answers, `ready` that the database does too.\n\nIn urls.py:\n\n    path(\"health/live\", health.live),\n    path(\"health/ready\", health.ready),\n\"\"\"\n\nfrom asgiref.sync import sync_to_async\nfrom django.db import connection\nfrom django.http import JsonResponse\n\n\nasync def live(request):\n    \"\"\"For restarts. It asks nothing, so a slow database restarts nobody.\"\"\"\n    return JsonResponse({\"status\": \"ok\"})\n\n\nasync def ready(request):\n    \"\"\"For traffic: asks the database, in the thread where Django's connections live.\"\"\"\n    try:\n        await sync_to_async(_ask_database)()\n    except Exception:\n        return JsonResponse({\"status\": \"no database\"}, status=503)\n    return JsonResponse({\"status\": \"ok\"})\n\n\ndef _ask_database():\n    with connection.cursor() as cursor:\n        cursor.execute(\"SELECT 1\")\n        cursor.fetchone()\n".to_owned();
    new(
        &path,
        "python",
        STEP,
        "Two views for load balancers. If the event loop is blocked, `live` is late: that is what to alarm on.",
        text,
    )
}

/// The reader's own files, with the commands that start a WSGI server changed.
fn patched(context: &Context<'_>) -> Vec<GuideFile> {
    let mut files: Vec<GuideFile> = Vec::new();
    for resource in &context.project.resources {
        let edits: Vec<TextEdit> = context
            .project
            .commands
            .iter()
            .filter(|one| one.place.file == resource.path && one.kind == resource.kind)
            .filter_map(|one| changed(context, resource.text, one))
            .collect();
        if edits.is_empty() {
            continue;
        }
        let language = match resource.kind {
            ResourceKind::Dockerfile => "dockerfile",
            ResourceKind::Compose => "yaml",
            ResourceKind::Unit => "ini",
            _ => "text",
        };
        let purpose =
            "The command that serves the site, with an ASGI server. The rest stays as it is.";
        files.extend(patch(
            resource.path,
            language,
            STEP,
            purpose,
            resource.text,
            edits,
        ));
    }
    files
}

/// The edit that makes a command of today one of an ASGI server. `None` when it is one already, or a development server.
fn changed(context: &Context<'_>, text: &str, today: &Command) -> Option<TextEdit> {
    let is_right = today.server.is_asgi() && today.server == context.next_server;
    if is_right || today.server == Server::RunServer {
        return None;
    }
    let range = today.place.range;
    let line = text.get(range.start..range.end)?;
    let program = servers::PROGRAMS
        .iter()
        .filter(|(.., server)| *server != Server::RunServer)
        .find_map(|(name, ..)| line.find(name))?;
    // With its path, if it has one.
    let start = line
        .get(..program)?
        .rfind(|it: char| it.is_whitespace() || matches!(it, '=' | '"' | '\''))
        .map_or(0, |at| at + 1);
    let path = line.get(start..program)?;
    let host = if line.contains("127.0.0.1") || line.contains("localhost") {
        "127.0.0.1"
    } else {
        "0.0.0.0"
    };
    let port = today.port.unwrap_or(8000);
    let workers = today.workers.unwrap_or(2).clamp(1, 64);
    let mut words = servers::command(
        context.next_server,
        &application(context),
        host,
        port,
        workers,
    );
    if line.contains("$PORT") || line.contains("${PORT") {
        for word in &mut words {
            *word = word.replace(&port.to_string(), "$PORT");
        }
    }
    let open = line.get(..start)?.rfind('[');
    if let Some(open) = open
        && line.trim_end().ends_with(']')
    {
        let close = line.rfind(']')?;
        let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
        let text = format!("[{}", quoted.join(", "));
        return edit(range.start + open, range.start + close, text);
    }
    let end = line.trim_end().trim_end_matches(['"', '\'']).len();
    edit(
        range.start + start,
        range.start + end,
        format!("{path}{}", words.join(" ")),
    )
}

fn edit(start: usize, end: usize, text: String) -> Option<TextEdit> {
    let (start, end) = (u32::try_from(start).ok()?, u32::try_from(end).ok()?);
    Some(TextEdit::replace(Span::new(start, end), text))
}
