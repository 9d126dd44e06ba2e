//! Files of a project that are not Python: templates, requirements, deployment.

/// What a file that is not Python is for, as its path tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ResourceKind {
    /// A template: HTML, or text below a `templates` folder.
    Template,
    /// `requirements.txt` and its like.
    Requirements,
    /// `pyproject.toml`.
    PyProject,
    /// `Pipfile`.
    Pipfile,
    /// `setup.cfg`.
    SetupCfg,
    /// A `Dockerfile`.
    Dockerfile,
    /// A compose file.
    Compose,
    /// A `Procfile`.
    Procfile,
    /// A systemd unit.
    Unit,
    /// A configuration of nginx.
    Nginx,
    /// A shell script, which may start the server.
    Script,
    /// Something else that is certainly not Python.
    Other,
}

impl ResourceKind {
    /// True when something is learnt from such files, so that a command reads them.
    #[must_use]
    pub fn is_read(self) -> bool {
        self != Self::Other
    }
}

/// What a file that is not Python is for. `None` for whatever may be Python: files without a known name are.
///
/// ```
/// use unblocked_analyzer::{ResourceKind, resource_kind};
/// assert_eq!(resource_kind("requirements/base.txt"), Some(ResourceKind::Requirements));
/// assert_eq!(resource_kind("shop/templates/shop/mail.txt"), Some(ResourceKind::Template));
/// assert_eq!(resource_kind("shop/views.py"), None);
/// ```
#[must_use]
pub fn resource_kind(path: &str) -> Option<ResourceKind> {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let name = name.to_ascii_lowercase();
    let folder = folders.rsplit('/').next().unwrap_or_default();
    let (stem, extension) = name.rsplit_once('.').unwrap_or((&name, ""));
    let in_templates = folders.split('/').any(|part| part == "templates");
    if matches!(extension, "py" | "pyi") {
        return None;
    }
    let kind = match (&*name, extension) {
        ("pyproject.toml", _) => ResourceKind::PyProject,
        ("pipfile", _) => ResourceKind::Pipfile,
        ("setup.cfg", _) => ResourceKind::SetupCfg,
        ("procfile", _) | (_, "procfile") => ResourceKind::Procfile,
        _ if name == "dockerfile" || extension == "dockerfile" || stem == "dockerfile" => {
            ResourceKind::Dockerfile
        }
        (_, "yml" | "yaml")
            if stem.starts_with("docker-compose") || stem.starts_with("compose") =>
        {
            ResourceKind::Compose
        }
        (_, "html" | "htm" | "jinja" | "jinja2" | "j2" | "djhtml") => ResourceKind::Template,
        (_, "txt" | "xml") if in_templates => ResourceKind::Template,
        (_, "txt" | "in" | "pip")
            if stem.contains("requirements")
                || stem.contains("constraints")
                || folder.contains("requirements") =>
        {
            ResourceKind::Requirements
        }
        (_, "service") => ResourceKind::Unit,
        (_, "conf") if path.contains("nginx") => ResourceKind::Nginx,
        (_, "sh" | "bash") => ResourceKind::Script,
        (
            _,
            "yml" | "yaml" | "toml" | "cfg" | "ini" | "conf" | "json" | "md" | "rst" | "css" | "js"
            | "ts" | "svg" | "xml" | "lock" | "env" | "socket" | "csv" | "sql" | "po",
        ) => ResourceKind::Other,
        _ => return None,
    };
    Some(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_files_by_their_paths() {
        for (path, kind) in [
            ("Dockerfile", ResourceKind::Dockerfile),
            ("docker/Dockerfile.prod", ResourceKind::Dockerfile),
            ("web.dockerfile", ResourceKind::Dockerfile),
            ("docker-compose.prod.yml", ResourceKind::Compose),
            ("compose.yaml", ResourceKind::Compose),
            ("Procfile", ResourceKind::Procfile),
            ("deploy/shop.service", ResourceKind::Unit),
            ("deploy/nginx/site.conf", ResourceKind::Nginx),
            ("requirements.txt", ResourceKind::Requirements),
            ("requirements-dev.in", ResourceKind::Requirements),
            ("shop/templates/shop/list.html", ResourceKind::Template),
            (".github/workflows/test.yml", ResourceKind::Other),
        ] {
            assert_eq!(resource_kind(path), Some(kind), "{path}");
        }
    }

    #[test]
    fn what_may_be_python_is_no_resource() {
        for path in [
            "views.py",
            "snippet",
            "notes.txt",
            "stubs/shop.pyi",
            "templates/tags.py",
            "dockerfile.py",
        ] {
            assert_eq!(resource_kind(path), None, "{path}");
        }
    }
}
