//! `coho object rm`.

use crate::cli::{
    exit::PartlyFailed,
    interrupt,
    object::delete_many::{Deleted, delete_page},
    oss::{Listing, OssCall, OssClient, OssUrl},
    print_error, say,
    settings::OssConnection,
    typed::confirm_typed,
};
use anyhow::{Context, anyhow};
use clap::Args;
use http::Method;

/// Keys that are shown before they are removed.
const SHOWN_KEYS: usize = 3;

/// Remove an object, or with -r all objects whose keys begin with a text.
///
/// With -r you are asked to type the address at the terminal, or give --yes. The beginning is text and no folder: oss://b/log
/// removes logs/a as well; end it with a slash for a folder.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    coho object rm oss://photos/a.jpg\n  \
    coho object rm oss://photos/a.jpg --version-id CAEQ0123\n  \
    coho object rm -r oss://photos/2025/ --dry-run\n  \
    coho object rm -r oss://photos/2025/")]
pub(in crate::cli) struct RmObjects {
    /// The object, or the beginning of keys.
    #[arg(value_name = "oss://BUCKET/KEY")]
    url: OssUrl,
    /// Removes all objects whose keys begin like this.
    #[arg(long, short)]
    recursive: bool,
    /// Removes this version, or this delete marker, for good; without it a bucket with versioning keeps what it has.
    #[arg(long, value_name = "ID", conflicts_with = "recursive")]
    version_id: Option<String>,
    /// Shows what would be removed, and removes nothing.
    #[arg(long)]
    dry_run: bool,
    /// Removes without asking, for scripts.
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    connection: OssConnection,
}

impl RmObjects {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let client = self.connection.client()?;
        if self.recursive {
            return self.remove_many(&client);
        }
        let key = self.url.object().context("give -r to remove many objects")?;
        if self.dry_run {
            say(format_args!("would remove {}", self.url));
            return Ok(());
        }
        let call = OssCall::object(Method::DELETE, &self.url.bucket, key).version(self.version_id.as_deref());
        client.send(&call, b"")?;
        say(format_args!("removed {}", self.url));
        Ok(())
    }

    fn remove_many(&self, client: &OssClient) -> anyhow::Result<()> {
        if self.dry_run {
            return self.show(client);
        }
        let mut pages = Listing::new(client, &self.url, "").peekable();
        if let Some(Ok(page)) = pages.peek() {
            let first: Vec<_> =
                page.objects.iter().take(SHOWN_KEYS).map(|object| self.url.with_key(&object.key).to_string()).collect();
            if first.is_empty() {
                say(format_args!("no key begins with {}", self.url));
                return Ok(());
            }
            if !confirm_typed(&self.question(&first), &self.url.to_string(), self.yes)? {
                return Ok(());
            }
        }
        interrupt::watch()?;
        let mut deleted = Deleted::default();
        for page in pages {
            interrupt::check()?;
            deleted.add(delete_page(client, &self.url, &page?.objects)?);
        }
        deleted.failures.iter().for_each(|text| print_error(&anyhow!("{text}")));
        say(format_args!("removed {} objects", deleted.removed));
        match deleted.failed {
            0 => Ok(()),
            failed => Err(anyhow!(PartlyFailed { failed, all: deleted.removed + failed })),
        }
    }

    fn question(&self, first: &[String]) -> String {
        format!("This removes every object whose key begins with {}, such as:\n  {}\n", self.url, first.join("\n  "))
    }

    fn show(&self, client: &OssClient) -> anyhow::Result<()> {
        let mut objects = 0_u64;
        for page in Listing::new(client, &self.url, "") {
            for object in page?.objects {
                objects += 1;
                say(format_args!("would remove {}", self.url.with_key(&object.key)));
            }
        }
        say(format_args!("would remove {objects} objects"));
        Ok(())
    }
}
