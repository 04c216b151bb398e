//! Which of many files or objects are copied.

use clap::Args;
use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};
use std::str::FromStr;

/// Patterns over the path below the source, with slashes.
#[derive(Debug, Clone, Args)]
pub(super) struct NameChoice {
    /// Copies only what matches; may be repeated. A pattern without a slash matches the last part of the name.
    #[arg(long, value_name = "GLOB", requires = "recursive")]
    include: Vec<NamePattern>,
    /// Leaves out what matches, also if it is included; may be repeated.
    #[arg(long, value_name = "GLOB", requires = "recursive")]
    exclude: Vec<NamePattern>,
}

/// A pattern that was checked.
#[derive(Debug, Clone)]
struct NamePattern(Glob);

/// The patterns, ready for use.
#[derive(Debug)]
pub(super) struct ChosenNames {
    include: Option<GlobSet>,
    exclude: GlobSet,
}

impl FromStr for NamePattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let whole = if text.contains('/') { text.trim_start_matches('/').to_owned() } else { format!("**/{text}") };
        let glob = GlobBuilder::new(&whole).literal_separator(true).backslash_escape(true).build();
        glob.map(Self).map_err(|error| error.kind().to_string())
    }
}

impl NameChoice {
    pub(super) fn compiled(&self) -> anyhow::Result<ChosenNames> {
        let set = |patterns: &[NamePattern]| {
            let mut set = GlobSetBuilder::new();
            for NamePattern(glob) in patterns {
                set.add(glob.clone());
            }
            set.build()
        };
        let include = if self.include.is_empty() { None } else { Some(set(&self.include)?) };
        Ok(ChosenNames { include, exclude: set(&self.exclude)? })
    }
}

impl ChosenNames {
    pub(super) fn has(&self, name: &str) -> bool {
        self.include.as_ref().is_none_or(|include| include.is_match(name)) && !self.exclude.is_match(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excluded_names_win_and_patterns_without_a_slash_match_everywhere() {
        let check = |include: &[&str], exclude: &[&str], expected: &[&str]| {
            let parsed = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
            let chosen = NameChoice { include: parsed(include), exclude: parsed(exclude) }.compiled().unwrap();
            let names = ["a.jpg", "d/b.jpg", "d/c.txt", "d/e/f.jpg", ".x"];
            let found: Vec<_> = names.into_iter().filter(|name| chosen.has(name)).collect();
            assert_eq!(found, expected, "{include:?} {exclude:?}");
        };
        check(&[], &[], &["a.jpg", "d/b.jpg", "d/c.txt", "d/e/f.jpg", ".x"]);
        check(&["*.jpg"], &[], &["a.jpg", "d/b.jpg", "d/e/f.jpg"]);
        check(&["d/*.jpg"], &[], &["d/b.jpg"]);
        check(&["d/**"], &["*.jpg"], &["d/c.txt"]);
        check(&[], &["d/**", ".*"], &["a.jpg"]);
        check(&["*.jpg", "/d/c.txt"], &["a.*"], &["d/b.jpg", "d/c.txt", "d/e/f.jpg"]);
        assert!("[".parse::<NamePattern>().is_err());
    }
}
