//! `coho object du`.

use crate::cli::{
    oss::{Listing, OssUrl},
    output::Output,
    settings::OssConnection,
    size::size,
};
use clap::Args;
use serde::Serialize;
use std::collections::BTreeMap;

/// Most storage classes with a sum of their own; a store with more is not OSS.
const MAX_CLASSES: usize = 32;

/// Add up the objects whose keys begin with a text.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho object du oss://photos/2026/")]
pub(in crate::cli) struct Du {
    /// Bucket and beginning of the keys.
    #[arg(value_name = "oss://BUCKET/PREFIX")]
    url: OssUrl,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connection: OssConnection,
}

/// A number of objects and their bytes.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
struct Sum {
    objects: u64,
    bytes: u64,
}

/// What is shown.
#[derive(Debug, Default, Serialize)]
struct Usage {
    #[serde(flatten)]
    total: Sum,
    by_storage_class: BTreeMap<String, Sum>,
}

impl Du {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let client = self.connection.client()?;
        let mut usage = Usage::default();
        for page in Listing::new(&client, &self.url, "") {
            for object in page?.objects {
                usage.add(&object.storage_class, object.size);
            }
        }
        self.output.show(&usage, table)
    }
}

impl Usage {
    fn add(&mut self, class: &str, bytes: u64) {
        self.total.add(bytes);
        if self.by_storage_class.len() < MAX_CLASSES || self.by_storage_class.contains_key(class) {
            self.by_storage_class.entry(class.to_owned()).or_default().add(bytes);
        }
    }
}

impl Sum {
    fn add(&mut self, bytes: u64) {
        self.objects += 1;
        self.bytes = self.bytes.saturating_add(bytes);
    }
}

fn table(usage: &Usage) -> String {
    let line = |name: &str, sum: &Sum| {
        format!("{name:<16} {:>12} objects  {:>16} bytes  ({})", sum.objects, sum.bytes, size(sum.bytes))
    };
    let classes = usage.by_storage_class.iter().map(|(class, sum)| line(&crate::cli::admin_client::shown(class), sum));
    classes.chain([line("total", &usage.total)]).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_bounded_and_the_total_is_not() {
        let mut usage = Usage::default();
        for n in 0..100 {
            usage.add(&format!("class{n}"), 2);
        }
        usage.add("class0", u64::MAX);
        assert_eq!((usage.total.objects, usage.total.bytes), (101, u64::MAX));
        assert_eq!(usage.by_storage_class.len(), MAX_CLASSES);
        assert_eq!(usage.by_storage_class["class0"].objects, 2);
        assert!(table(&usage).ends_with(" TiB)"));
    }
}
