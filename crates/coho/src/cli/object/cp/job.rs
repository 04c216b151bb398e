//! One object that is copied.

use super::{
    CopyContext, copy, download, download::RemoteVersion, existing::CopyVersion, is_folder, key_path::KeyPath, put,
    standard_input, target_folder::TargetFolder,
};
use crate::cli::{
    admin_client::shown,
    oss::{ListedObject, OssUrl, check_key},
};
use anyhow::{Context, bail};
use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

/// A transfer.
#[derive(Debug)]
pub(super) enum TransferJob {
    Upload {
        path: PathBuf,
        to: OssUrl,
    },
    Download {
        from: OssUrl,
        to: DownloadTarget,
        listed: Option<RemoteVersion>,
    },
    Copy {
        from: OssUrl,
        to: OssUrl,
    },
    /// Standard input to an object.
    Input(OssUrl),
}

/// Where an object is written to.
#[derive(Debug)]
pub(super) struct DownloadTarget {
    /// The folder that nothing is written outside of.
    pub(super) root: Arc<TargetFolder>,
    pub(super) path: KeyPath,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transferred {
    /// Bytes of the object.
    Copied(u64),
    Skipped,
}

impl TransferJob {
    /// A file that was named.
    pub(super) fn upload_one(path: &Path, to: &OssUrl) -> anyhow::Result<Self> {
        let to = if is_folder(to) {
            let name = path.file_name().and_then(|name| name.to_str());
            let name = name.with_context(|| format!("{} has no name that a key can have", path.display()))?;
            to.with_key(&format!("{}{name}", to.key))
        } else {
            to.clone()
        };
        check_key(&to.key)?;
        Ok(Self::Upload { path: path.to_owned(), to })
    }

    /// An object that was named, into a folder or under another name.
    pub(super) fn download_one(from: &OssUrl, path: &Path) -> anyhow::Result<Self> {
        let key = from.object()?;
        let ends_with_slash = path.as_os_str().as_encoded_bytes().ends_with(b"/");
        let (folder, name) = if ends_with_slash || path.is_dir() {
            (path, last_part(key)?)
        } else {
            let name = path.file_name().and_then(|name| name.to_str());
            let name = name.with_context(|| format!("{} does not name a file", path.display()))?;
            (path.parent().unwrap_or(Path::new("")), name.to_owned())
        };
        let root = Arc::new(TargetFolder::open(folder)?);
        let path = KeyPath { folders: Vec::new(), file: Some(name) };
        Ok(Self::Download { from: from.clone(), to: DownloadTarget { root, path }, listed: None })
    }

    /// An object that was named, to another bucket or key.
    pub(super) fn copy_one(from: &OssUrl, to: &OssUrl) -> anyhow::Result<Self> {
        let key = from.object()?;
        let to = if is_folder(to) { to.with_key(&format!("{}{}", to.key, last_part(key)?)) } else { to.clone() };
        check_key(&to.key)?;
        if *from == to {
            bail!("{from} is the source and the target");
        }
        Ok(Self::Copy { from: from.clone(), to })
    }

    /// An object of a listing, below a folder.
    pub(super) fn download_listed(
        from: &OssUrl,
        object: &ListedObject,
        name: &str,
        root: &Arc<TargetFolder>,
    ) -> anyhow::Result<Self> {
        let path = KeyPath::parse(name)?;
        if path.file.is_none() && object.size > 0 {
            bail!("the key has the name of a folder, and {} bytes", object.size);
        }
        let modified = super::recursive::listed_time(&object.last_modified);
        let version = CopyVersion { length: Some(object.size), modified };
        let listed = RemoteVersion { version, etag: format!("\"{}\"", object.etag) };
        Ok(Self::Download {
            from: from.clone(),
            to: DownloadTarget { root: Arc::clone(root), path },
            listed: Some(listed),
        })
    }

    pub(super) fn run(&self, context: &CopyContext<'_>) -> anyhow::Result<Transferred> {
        match self {
            Self::Upload { path, to } => put::upload(context, path, to),
            Self::Download { from, to, listed } => download::download(context, from, to, listed.as_ref()),
            Self::Copy { from, to } => copy::copy(context, from, to),
            Self::Input(to) => standard_input::upload(context, to),
        }
    }
}

fn last_part(key: &str) -> anyhow::Result<String> {
    let last = key.rsplit('/').next().unwrap_or_default();
    match KeyPath::parse(last) {
        Ok(KeyPath { file: Some(name), .. }) => Ok(name),
        _ => bail!("the key {key:?} ends with no name of a file; name the target"),
    }
}

impl fmt::Display for TransferJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Upload { path, to } => write!(f, "{} to {to}", shown(&path.to_string_lossy())),
            Self::Download { from, to, .. } => write!(f, "{from} to {}", to.shown()),
            Self::Copy { from, to } => write!(f, "{from} to {to}"),
            Self::Input(to) => write!(f, "standard input to {to}"),
        }
    }
}

impl DownloadTarget {
    /// The path for messages.
    pub(super) fn shown(&self) -> String {
        let mut path = self.root.path().to_owned();
        path.extend(&self.path.folders);
        path.extend(&self.path.file);
        shown(&path.to_string_lossy())
    }
}
