//! What a path of the console's listener names.

/// A place.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ConsolePlace<'p> {
    /// The single page.
    Page,
    /// A file that it loads, by its name.
    File(&'p str),
    /// The session of the request.
    Session,
    /// All sessions.
    Sessions,
    /// One of them, by its id.
    SessionOf(&'p str),
    /// The admin API, with the path there.
    Api(&'p str),
    /// The OSS API, with the path there.
    Oss(&'p str),
    Nothing,
}

impl<'p> ConsolePlace<'p> {
    /// By a path as it was sent: nothing is decoded, and no segment is resolved.
    pub(super) fn of(path: &'p str) -> Self {
        match path {
            "/" => return Self::Page,
            "/session" => return Self::Session,
            "/sessions" => return Self::Sessions,
            _ => {}
        }
        if let Some(name) = path.strip_prefix("/assets/") {
            return Self::File(name);
        }
        if let Some(id) = path.strip_prefix("/sessions/") {
            return Self::SessionOf(id);
        }
        if let Some(rest) = below(path, "/api") {
            return Self::Api(rest);
        }
        below(path, "/oss").map_or(Self::Nothing, Self::Oss)
    }
}

/// The rest of a path with its slash; the root for the prefix alone.
fn below<'p>(path: &'p str, prefix: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(prefix)?;
    if rest.is_empty() { Some("/") } else { rest.starts_with('/').then_some(rest) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_one_place() {
        for (path, expected) in [
            ("/", ConsolePlace::Page),
            ("", ConsolePlace::Nothing),
            ("*", ConsolePlace::Nothing),
            ("/index.html", ConsolePlace::Nothing),
            ("/assets", ConsolePlace::Nothing),
            ("/assets/", ConsolePlace::File("")),
            ("/assets/../x", ConsolePlace::File("../x")),
            ("//assets/x", ConsolePlace::Nothing),
            ("/session", ConsolePlace::Session),
            ("/session/", ConsolePlace::Nothing),
            ("/sessions", ConsolePlace::Sessions),
            ("/sessions/a", ConsolePlace::SessionOf("a")),
            ("/api", ConsolePlace::Api("/")),
            ("/api/v1/status", ConsolePlace::Api("/v1/status")),
            ("/api/../v1", ConsolePlace::Api("/../v1")),
            ("/apis", ConsolePlace::Nothing),
            ("/%61pi/v1/status", ConsolePlace::Nothing),
            ("/oss", ConsolePlace::Oss("/")),
            ("/oss/", ConsolePlace::Oss("/")),
            ("/oss/b/k%2F/..", ConsolePlace::Oss("/b/k%2F/..")),
            ("/oss//b", ConsolePlace::Oss("//b")),
            ("/ossb", ConsolePlace::Nothing),
        ] {
            assert_eq!(ConsolePlace::of(path), expected, "{path}");
        }
    }
}
