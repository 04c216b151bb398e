//! `~/.ossutilconfig`: the section `[Credentials]` of ossutil 1, and the profiles of ossutil 2. Endpoints for single
//! buckets and keys that a role or a URL gives are left out.

use super::{KeyPair, Layer, Source, Values, dirs, protection};
use crate::cli::oss::AddressingStyle;
use anyhow::{anyhow, bail};
use std::{collections::BTreeMap, path::Path};

/// The section of ossutil 1.
const CREDENTIALS: &str = "credentials";
/// The default profile of ossutil 2.
const DEFAULT: &str = "default";

/// Keys of a section in lower case, without dashes and underscores: ossutil reads many spellings.
type Section = BTreeMap<String, String>;

/// Reads the user's file. With a name its profile, else the default one.
pub(super) fn load(profile: Option<&str>) -> anyhow::Result<Option<Layer>> {
    match dirs::home() {
        Some(home) => read(&home.join(".ossutilconfig"), profile),
        None => Ok(None),
    }
}

/// The profiles of the user's file.
pub(in crate::cli) fn names() -> anyhow::Result<Vec<String>> {
    let Some(path) = dirs::home().map(|home| home.join(".ossutilconfig")) else { return Ok(Vec::new()) };
    let Some(text) = protection::read(&path)? else { return Ok(Vec::new()) };
    let sections = parse(&text).map_err(|what| anyhow!("{}: {what}", path.display()))?;
    let is_profile = |name: &&String| *name == DEFAULT || *name == CREDENTIALS || name.starts_with("profile ");
    Ok(sections.keys().filter(is_profile).map(|name| name.trim_start_matches("profile ").to_owned()).collect())
}

fn read(path: &Path, profile: Option<&str>) -> anyhow::Result<Option<Layer>> {
    let Some(text) = protection::read(path)? else { return Ok(None) };
    let wrong = |what: &str| anyhow!("{}: {what}", path.display());
    let sections = parse(&text).map_err(|what| wrong(&what))?;
    let wanted = match profile {
        Some(name) => vec![format!("profile {name}").to_ascii_lowercase(), name.to_ascii_lowercase()],
        None => vec![DEFAULT.to_owned(), CREDENTIALS.to_owned()],
    };
    // The section [Default] of ossutil 1 has no access key.
    let is_profile = |name: &&String| {
        sections.get(*name).is_some_and(|section| endpoint(section).is_some() || section.contains_key("accesskeyid"))
    };
    let Some(name) = wanted.iter().find(is_profile) else { return Ok(None) };
    let values = values(&sections[name]).map_err(|what| wrong(&format!("[{name}]: {what}")))?;
    if values.key.is_some() {
        protection::warn_if_others_can_read(path);
    }
    Ok(Some(Layer::new(Source::Ossutil { section: name.clone(), file: path.to_owned() }, values)))
}

fn endpoint(section: &Section) -> Option<&String> {
    section.get("endpoint").or_else(|| section.get("host"))
}

fn values(section: &Section) -> anyhow::Result<Values> {
    let first = |names: &[&str]| names.iter().find_map(|name| section.get(*name)).cloned();
    if let Some(mode) = first(&["mode"]).filter(|mode| !matches!(&*mode.to_ascii_lowercase(), "" | "ak" | "ststoken")) {
        bail!("mode {mode} is not supported: access keys are");
    }
    let addressing = match first(&["addressingstyle"]).as_deref() {
        Some("path") => Some(AddressingStyle::Path),
        Some("virtual") => Some(AddressingStyle::Virtual),
        _ => None,
    };
    let key = KeyPair::of(
        first(&["accesskeyid", "accessid"]),
        first(&["accesskeysecret", "accesskey"]),
        first(&["ststoken", "securitytoken", "sessiontoken"]),
    );
    Ok(Values {
        endpoint: endpoint(section).cloned().filter(|text| !text.is_empty()),
        region: first(&["region"]).filter(|text| !text.is_empty()),
        addressing,
        key: key.map_err(|what| anyhow!(what))?,
        data_dir: None,
    })
}

/// Sections by their names in lower case. A line that is none of the form is named by its number alone: it may hold a secret.
fn parse(text: &str) -> Result<BTreeMap<String, Section>, String> {
    let mut sections: BTreeMap<String, Section> = BTreeMap::new();
    let mut current = None;
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            let name = name.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_lowercase();
            sections.entry(name.clone()).or_default();
            current = Some(name);
            continue;
        }
        let pair = line.split_once('=');
        let (Some((key, value)), Some(section)) = (pair, current.as_ref().and_then(|name| sections.get_mut(name)))
        else {
            return Err(format!("line {} is neither [section] nor key=value in one", index + 1));
        };
        let key: String = key.trim().chars().filter(|c| !matches!(c, '-' | '_')).collect();
        section.insert(key.to_ascii_lowercase(), value.trim().to_owned());
    }
    Ok(sections)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, profile: Option<&str>, expected: Option<(&str, &str, &str)>) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config");
        std::fs::write(&path, text).unwrap();
        let values = read(&path, profile).unwrap().map(|layer| layer.values);
        let shown = values.as_ref().map(|values| {
            let key = values.key.as_ref();
            (values.endpoint.as_deref().unwrap_or(""), key.map_or("", |key| &key.id), key.map_or("", |key| &key.secret))
        });
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn both_forms_are_read() {
        let one = "[Credentials]\nlanguage=EN\nendpoint=http://127.0.0.1:9000\naccessKeyID=test\naccessKeySecret=a=b#c\n\
                   [Default]\nuserAgent=x\n[Bucket-Endpoint]\nphotos=http://x\n";
        check(one, None, Some(("http://127.0.0.1:9000", "test", "a=b#c")));
        check("[credentials]\nhost=h\naccess-id=i\naccess_key=s\n", None, Some(("h", "i", "s")));
        let two = "\u{feff}; mine\r\n[default]\r\naccessKeyId = d\r\naccessKeySecret = s\r\nregion=cn-x\r\n[profile  Work]\nendpoint=w\n";
        check(two, None, Some(("", "d", "s")));
        check(two, Some("work"), Some(("w", "", "")));
        check(two, Some("other"), None);
        check("", None, None);
    }

    #[test]
    fn mistakes_are_named_without_their_secrets() {
        let check = |text: &str, expected: &str| {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("config");
            std::fs::write(&path, text).unwrap();
            let told = format!("{:#}", read(&path, None).unwrap_err());
            assert!(told.contains(expected) && !told.contains("hunter2"), "{told}");
        };
        check("[default]\nhunter2\n", "line 2 is neither");
        check("accessKeySecret=hunter2\n", "line 1 is neither");
        check("[default]\nendpoint=h\naccessKeySecret=hunter2\n", "both its id and its secret");
        check("[Credentials]\nendpoint=h\nmode=EcsRamRole\n", "mode EcsRamRole is not supported");
    }
}
