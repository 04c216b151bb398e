//! `coho website put`.

use super::{confirm::confirm, fetch_shown};
use crate::{
    cli::{admin_client::RunningStore, say},
    website_text::{Format, Source, difference, is_stdin},
};
use clap::Args;
use coho_admin_api::AdminOperation;
use coho_oss::document::website_text::shown;
use std::path::PathBuf;

/// Replace the website configuration of a bucket with a file.
///
/// The whole configuration is replaced. If there is one, what changes is shown first, and you are asked. The next
/// request is answered by the new one.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho website put photos photos.yaml\n\n\
    where photos.yaml fetches what is missing from the old host:\n  \
    RoutingRules:\n    \
      RoutingRule:\n      \
        - RuleNumber: 1\n        \
          Condition:\n          \
            HttpErrorCodeReturnedEquals: 404\n        \
          Redirect:\n          \
            RedirectType: Mirror\n          \
            MirrorURL: http://old.example.com/\n\n\
    The elements are those of OSS. JSON has the same form; XML is as OSS defines it.")]
pub(in crate::cli) struct Put {
    /// The bucket.
    bucket: String,
    /// File to read; `-` for standard input.
    file: PathBuf,
    /// Format of the file.  [default: by its extension, else by its first character]
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// Replaces without asking, for scripts.
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    store: RunningStore,
}

/// The effect of putting.
#[derive(Debug, PartialEq, Eq)]
enum Plan {
    /// The bucket has no configuration yet.
    Create,
    /// Nothing would change.
    Nothing,
    /// Something would change: this.
    Replace(String),
}

impl Plan {
    fn of(stored: Option<&str>, new: &str) -> Self {
        match stored {
            None => Self::Create,
            Some(stored) if stored == new => Self::Nothing,
            Some(stored) => Self::Replace(difference(stored, new)),
        }
    }
}

impl Put {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let Self { bucket, file, format, yes, store } = self;
        let source = Source::read(&file, format)?;
        source.suggestions.iter().for_each(|line| say(format_args!("note: {line}")));
        let client = store.client()?;
        let (stored, seen) = fetch_shown(&client, &bucket)?;
        match Plan::of(stored.as_deref(), &shown(&source.website)?) {
            Plan::Nothing => {
                say(format_args!("bucket {bucket} has this website configuration already"));
                return Ok(());
            }
            Plan::Replace(change) => {
                let question = format!("Replace the website configuration of bucket {bucket}?");
                if !confirm(&change, &question, yes, is_stdin(&file))? {
                    return Ok(());
                }
            }
            Plan::Create => {}
        }
        client.change_xml(AdminOperation::PutWebsite, &bucket, &source.xml, &seen)?.success()?;
        say(format_args!("stored the website configuration of bucket {bucket}"));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_change_to_what_exists_is_asked_about() {
        assert_eq!(Plan::of(None, "a\n"), Plan::Create);
        assert_eq!(Plan::of(Some("a\n"), "a\n"), Plan::Nothing);
        let Plan::Replace(change) = Plan::of(Some("a\nb\n"), "a\nc\n") else { panic!("a change") };
        assert!(change.contains("\n a\n-b\n+c\n"), "{change}");
    }
}
