//! What parent and child say to each other over a socket: a length, a head as JSON, then bodies whose lengths the head has.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};

use coho_image::{ImageError, ImageLimits};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::sandbox::SandboxReport;

/// Longest head in bytes: the text of a plan and the names of its watermarks.
const HEAD_BYTES: u32 = 256 * 1024;
/// Longest body in bytes that either side reads.
const BODY_BYTES: u64 = 1 << 30;

/// The first message of a child.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Hello {
    pub(crate) sandbox: SandboxReport,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RequestHead {
    /// The normal text of the plan.
    pub(crate) plan: String,
    pub(crate) limits: ImageLimits,
    pub(crate) cpu_seconds: u64,
    pub(crate) source_bytes: u64,
    /// Names and lengths of the watermarks' bodies.
    pub(crate) watermarks: Vec<(String, u64)>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum ResponseHead {
    Done {
        content_type: String,
        bytes: u64,
    },
    Refused(ImageError),
    /// A panic, after which the child ends.
    Panicked(String),
}

pub(crate) fn write_head(stream: &mut impl Write, head: &impl Serialize) -> io::Result<()> {
    let text = serde_json::to_vec(head)?;
    let length = u32::try_from(text.len()).ok().filter(|length| *length <= HEAD_BYTES);
    let length = length.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the head is too long"))?;
    stream.write_all(&length.to_le_bytes())?;
    stream.write_all(&text)
}

/// Nothing at the end of the stream.
pub(crate) fn read_head<T: DeserializeOwned>(stream: &mut impl Read) -> io::Result<Option<T>> {
    let mut length = [0; 4];
    match stream.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let length = u32::from_le_bytes(length);
    if length > HEAD_BYTES {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the head is too long"));
    }
    let mut text = vec![0; length as usize];
    stream.read_exact(&mut text)?;
    Ok(Some(serde_json::from_slice(&text)?))
}

/// Grows with what arrives: a length is a claim.
pub(crate) fn read_body(stream: &mut impl Read, bytes: u64) -> io::Result<Vec<u8>> {
    if bytes > BODY_BYTES {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the body is too long"));
    }
    let mut body = Vec::new();
    stream.take(bytes).read_to_end(&mut body)?;
    if body.len() as u64 != bytes {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(body)
}

pub(crate) fn read_bodies(
    stream: &mut impl Read,
    watermarks: Vec<(String, u64)>,
) -> io::Result<BTreeMap<String, Vec<u8>>> {
    watermarks.into_iter().map(|(name, bytes)| Ok((name, read_body(stream, bytes)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_and_bodies_are_read_as_they_were_written() {
        let mut stream = Vec::new();
        write_head(&mut stream, &("plan", 3)).unwrap();
        stream.extend(b"abcd");
        let mut reader = &stream[..];
        assert_eq!(read_head::<(String, u32)>(&mut reader).unwrap(), Some(("plan".to_owned(), 3)));
        assert_eq!(read_body(&mut reader, 3).unwrap(), b"abc");
        assert_eq!(read_body(&mut reader, 2).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(read_head::<(String, u32)>(&mut reader).unwrap(), None);
    }

    #[test]
    fn claims_and_broken_heads_are_refused() {
        for stream in [&b"\xff\xff\xff\xff"[..], b"\x02\0\0\0{", b"\x02\0\0\0{]"] {
            assert!(read_head::<String>(&mut &stream[..]).is_err(), "{stream:?}");
        }
        assert_eq!(read_body(&mut &b""[..], BODY_BYTES + 1).unwrap_err().kind(), io::ErrorKind::InvalidData);
        let long = "x".repeat(HEAD_BYTES as usize);
        assert!(write_head(&mut Vec::new(), &long).is_err());
    }
}
