//! The callback that the store is asked for with an upload.

use crate::cli::oss::{CallFailure, OssCall};
use base64::{Engine, engine::general_purpose::STANDARD};
use clap::Args;
use std::{fs::File, io::Read};

/// Largest file with a callback, in bytes; the store takes no larger one.
const MAX_FILE_BYTES: u64 = 5 << 10;

/// What the store calls once an object is stored.
#[derive(Debug, Clone, Args)]
pub(super) struct UploadCallback {
    /// File with the JSON of an upload callback: the store calls its URL once an object is stored.
    #[arg(long, value_name = "FILE", value_parser = encoded_file)]
    callback: Option<String>,
    /// Custom variable of the callback, ${x:NAME}; repeatable.
    #[arg(long = "callback-var", value_name = "NAME=VALUE", value_parser = variable, requires = "callback")]
    variables: Vec<(String, String)>,
}

/// The file in base64. Its JSON is the store's to judge.
fn encoded_file(path: &str) -> Result<String, String> {
    let mut json = Vec::new();
    let file = File::open(path).map_err(|error| error.to_string())?;
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut json).map_err(|error| error.to_string())?;
    if json.len() as u64 > MAX_FILE_BYTES {
        return Err(format!("the file has more than {MAX_FILE_BYTES} bytes"));
    }
    Ok(STANDARD.encode(json))
}

fn variable(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("a variable is NAME=VALUE")?;
    let is_valid = name.strip_prefix("x:").is_some_and(|rest| !rest.is_empty());
    match is_valid && !name.contains(|c: char| c.is_ascii_uppercase()) {
        true => Ok((name.to_owned(), value.to_owned())),
        false => Err("the name of a variable begins with x: and has no capital letter".to_owned()),
    }
}

impl UploadCallback {
    /// Whether one is asked for.
    pub(super) fn is_set(&self) -> bool {
        self.callback.is_some()
    }

    /// The fields of a form that ask for it.
    pub(super) fn fields(&self) -> impl Iterator<Item = (String, String)> {
        let callback = self.callback.iter().map(|callback| ("callback".to_owned(), callback.clone()));
        callback.chain(self.variables.iter().cloned())
    }

    /// Asks for it with a request that stores an object.
    pub(super) fn set<'a>(&self, call: OssCall<'a>) -> Result<OssCall<'a>, CallFailure> {
        let Some(callback) = &self.callback else { return Ok(call) };
        let call = call.header("x-oss-callback", callback)?;
        if self.variables.is_empty() {
            return Ok(call);
        }
        let pairs = self.variables.iter().map(|(name, value)| (name.clone(), serde_json::Value::from(value.as_str())));
        let variables = serde_json::Value::Object(pairs.collect()).to_string();
        call.header("x-oss-callback-var", &STANDARD.encode(variables))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_and_files_are_read_or_refused() {
        assert_eq!(variable("x:user=a=b"), Ok(("x:user".to_owned(), "a=b".to_owned())));
        for text in ["x:user", "user=1", "x:=1", "x:User=1", "=1"] {
            assert!(variable(text).is_err(), "{text}");
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("callback.json");
        let path = path.to_str().unwrap();
        assert!(encoded_file(path).is_err());
        std::fs::write(path, "{}").unwrap();
        assert_eq!(encoded_file(path).as_deref(), Ok("e30="));
        std::fs::write(path, vec![b' '; 6 << 10]).unwrap();
        assert!(encoded_file(path).unwrap_err().contains("5120 bytes"));
    }
}
