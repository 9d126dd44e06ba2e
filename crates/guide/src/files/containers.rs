//! Containers: a Dockerfile and a compose file.

use super::{deployment, new};
use crate::context::Context;
use crate::data::{Engine, GuideFile};
use crate::project::requirements::Form;

/// The oldest Python that an image is built on, whatever the target allows.
const PYTHON: (u32, u32) = (3, 12);

pub(super) fn dockerfile(context: &Context<'_>) -> GuideFile {
    let (major, minor) = context
        .project
        .python
        .as_ref()
        .map_or(PYTHON, |found| found.0)
        .max(PYTHON);
    let command: Vec<String> = deployment::command(context, context.next_server, "0.0.0.0")
        .into_iter()
        .map(|word| format!("\"{word}\""))
        .collect();
    let install = install(context);
    let settings = &context.project.settings;
    let collects = settings.get("STATIC_ROOT").is_some()
        && settings.all("INSTALLED_APPS").any(|apps| {
            let mut apps = apps.item.texts().into_iter();
            apps.any(|(app, _)| app == "django.contrib.staticfiles")
        });
    let collect = if collects {
        "RUN python manage.py collectstatic --noinput\n"
    } else {
        "# Once `STATIC_ROOT` is set, and `django.contrib.staticfiles` among the apps:\n# RUN python manage.py collectstatic --noinput\n"
    };
    let port = context.project.port();
    let text = format!(
        "FROM python:{major}.{minor}-slim\n\nENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \\\n    DJANGO_SETTINGS_MODULE={settings}\n\nWORKDIR /app\n{install}{collect}\nRUN useradd --system --no-create-home app\nUSER app\nEXPOSE {port}\n\n# The exec form: the server itself gets SIGTERM, and lets running requests end.\nSTOPSIGNAL SIGTERM\nCMD [{command}]\n",
        settings = context.settings_module,
        command = command.join(", "),
    );
    new(
        &context.project.home.path("Dockerfile"),
        "dockerfile",
        deployment::STEP,
        "An image that serves ASGI.",
        text,
    )
}

/// How an image gets what is required, by what keeps it.
fn install(context: &Context<'_>) -> String {
    let django = context.project.requirement("django");
    let path = django.map_or("requirements.txt", |one| {
        let path = &*one.place.file;
        // The image is made in the project's folder.
        path.strip_prefix(&*context.project.home.path(""))
            .unwrap_or(path)
    });
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_key = django.is_some_and(|one| one.form == Form::Key);
    match name {
        "Pipfile" => "COPY Pipfile Pipfile.lock ./\nRUN pip install --no-cache-dir pipenv && pipenv install --system --deploy\nCOPY . .\n".to_owned(),
        "pyproject.toml" if is_key => "RUN pip install --no-cache-dir poetry && poetry config virtualenvs.create false\nCOPY pyproject.toml poetry.loc[k] ./\nRUN poetry install --only main --no-root --no-interaction\nCOPY . .\n".to_owned(),
        "pyproject.toml" | "setup.cfg" => format!("COPY {path} ./\nRUN pip install --no-cache-dir uv \\\n    && uv pip install --system --no-cache -r {name}\nCOPY . .\n"),
        _ => {
            let copy = match path.rsplit_once('/') {
                Some((folder, _)) => format!("COPY {folder}/ {folder}/\n"),
                None => format!("COPY {path} ./\n"),
            };
            format!("{copy}RUN pip install --no-cache-dir -r {path}\nCOPY . .\n")
        }
    }
}

pub(super) fn compose(context: &Context<'_>) -> GuideFile {
    let port = context.project.port();
    let probe = format!(
        "import urllib.request as r; r.urlopen('http://127.0.0.1:{port}/health/live', timeout=3)"
    );
    let (depends, database) = match context.engine {
        Engine::PostgreSql => (
            "    depends_on:\n      db:\n        condition: service_healthy\n",
            "  db:\n    image: postgres:17\n    environment:\n      POSTGRES_DB: app\n      POSTGRES_USER: app\n      POSTGRES_PASSWORD: ${DB_PASSWORD:-app}\n    volumes:\n      - data:/var/lib/postgresql/data\n    healthcheck:\n      test: [\"CMD\", \"pg_isready\", \"-U\", \"app\"]\n      interval: 5s\n      timeout: 3s\n      retries: 10\n\nvolumes:\n  data: {}\n",
        ),
        Engine::MySql => (
            "    depends_on:\n      db:\n        condition: service_healthy\n",
            "  db:\n    image: mysql:8.4\n    environment:\n      MYSQL_DATABASE: app\n      MYSQL_USER: app\n      MYSQL_PASSWORD: ${DB_PASSWORD:-app}\n      MYSQL_RANDOM_ROOT_PASSWORD: \"yes\"\n    volumes:\n      - data:/var/lib/mysql\n    healthcheck:\n      test: [\"CMD\", \"mysqladmin\", \"ping\", \"-h\", \"127.0.0.1\"]\n      interval: 5s\n      timeout: 3s\n      retries: 10\n\nvolumes:\n  data: {}\n",
        ),
        _ => ("", ""),
    };
    let text = format!(
        "services:\n  web:\n    build: .\n    ports:\n      - \"{port}:{port}\"\n    # The names that your settings read.\n    environment:\n      DJANGO_SETTINGS_MODULE: {settings}\n{address}    # Longer than the server's own grace for running requests.\n    stop_grace_period: 35s\n    healthcheck:\n      test: [\"CMD\", \"python\", \"-c\", \"{probe}\"]\n      interval: 10s\n      timeout: 5s\n      retries: 3\n{depends}{database}",
        settings = context.settings_module,
        address = match database {
            "" => "",
            _ => "      DB_HOST: db\n      DB_PASSWORD: ${DB_PASSWORD:-app}\n",
        },
    );
    new(
        &context.project.home.path("compose.yaml"),
        "yaml",
        deployment::STEP,
        "The site and its database, with health checks and grace.",
        text,
    )
}
