//! Bodies in frames: AES-256-GCM over 64 KiB of plain bytes each, so that a range costs the frames that it touches.
//!
//! The key of a blob is HKDF-SHA256 of the data key and the blob's id. Ids of blobs are never used again and a blob is written once, so
//! the number of the frame is a nonce. The nonce also says whether the frame is the last one: a body that lost its end, or whose frames
//! were exchanged, does not open (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015).

use crate::{DataKey, KeyError};
use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf::{HKDF_SHA256, Salt},
};
use bytes::{Bytes, BytesMut};
use coho_model::BlobId;
use std::fmt;

/// Plain bytes of a frame; the last one of a body has fewer, and never none.
pub const FRAME_BYTES: usize = 64 * 1024;
/// Bytes of a tag.
const TAG_BYTES: usize = 16;
/// Stored bytes of a whole frame.
pub const STORED_FRAME_BYTES: usize = FRAME_BYTES + TAG_BYTES;
/// The purpose of a derived key.
const BODY_CONTEXT: &[u8] = b"coho body 1";

/// Stored length in bytes of a body of this many plain bytes; one without bytes has no frame.
pub fn stored_bytes(plain: u64) -> u64 {
    plain.saturating_add(plain.div_ceil(FRAME_BYTES as u64).saturating_mul(TAG_BYTES as u64))
}

/// The key of one blob.
pub struct FrameCipher(LessSafeKey);

impl fmt::Debug for FrameCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FrameCipher(…)")
    }
}

impl FrameCipher {
    /// Derives it.
    pub fn new(key: &DataKey, blob: BlobId) -> Result<Self, KeyError> {
        let blob = blob.to_bytes();
        let info = [BODY_CONTEXT, &blob];
        let secret = Salt::new(HKDF_SHA256, &key.id.0).extract(&key.bytes[..]);
        let derived = secret.expand(&info, &AES_256_GCM).map_err(|_| KeyError::Library)?;
        Ok(Self(LessSafeKey::new(UnboundKey::from(derived))))
    }

    /// Appends the frame of these plain bytes, at most [`FRAME_BYTES`]. Each number is sealed once.
    pub fn seal(&self, number: u64, is_last: bool, plain: &[u8], out: &mut BytesMut) -> Result<(), KeyError> {
        let start = out.len();
        out.resize(start + plain.len() + TAG_BYTES, 0);
        let (body, tag) = out[start..].split_at_mut(plain.len());
        let sealed = self.0.seal_out_of_place_scatter(nonce(number, is_last), Aad::empty(), plain, body, &[], tag);
        sealed.map_err(|_| KeyError::Library)
    }

    /// Opens a frame in place and gives the number of its plain bytes, which come first.
    ///
    /// # Errors
    /// [`KeyError::Damaged`] if it is not the frame with this number, or it is the last one against what is said.
    pub fn open(&self, number: u64, is_last: bool, frame: &mut [u8]) -> Result<usize, KeyError> {
        let opened = self.0.open_in_place(nonce(number, is_last), Aad::empty(), frame);
        Ok(opened.map_err(|_| KeyError::Damaged)?.len())
    }

    /// A whole body at once.
    pub fn seal_all(&self, plain: &[u8]) -> Result<Bytes, KeyError> {
        let mut out = BytesMut::with_capacity(stored_bytes(plain.len() as u64) as usize);
        let mut frames = plain.chunks(FRAME_BYTES).enumerate().peekable();
        while let Some((number, frame)) = frames.next() {
            self.seal(number as u64, frames.peek().is_none(), frame, &mut out)?;
        }
        Ok(out.freeze())
    }

    /// The plain bytes of a whole body.
    ///
    /// # Errors
    /// [`KeyError::Damaged`] as [`Self::open`], and for a body of another length.
    pub fn open_all(&self, stored: &[u8], plain: u64) -> Result<Bytes, KeyError> {
        if stored.len() as u64 != stored_bytes(plain) {
            return Err(KeyError::Damaged);
        }
        let mut out = BytesMut::with_capacity(stored.len());
        let mut frames = stored.chunks(STORED_FRAME_BYTES).enumerate().peekable();
        while let Some((number, frame)) = frames.next() {
            let start = out.len();
            out.extend_from_slice(frame);
            let opened = self.open(number as u64, frames.peek().is_none(), &mut out[start..])?;
            out.truncate(start + opened);
        }
        Ok(out.freeze())
    }
}

fn nonce(number: u64, is_last: bool) -> Nonce {
    let mut bytes = [0; NONCE_LEN];
    bytes[0] = is_last.into();
    bytes[NONCE_LEN - 8..].copy_from_slice(&number.to_be_bytes());
    Nonce::assume_unique_for_key(bytes)
}

/// Seals a body that arrives in pieces of any size. A frame is held back until more bytes come, since only the end tells the last one.
#[derive(Debug)]
pub struct BodySealer {
    cipher: FrameCipher,
    /// The next frame's number.
    number: u64,
    held: BytesMut,
}

impl BodySealer {
    /// Begins the body of a blob.
    pub fn new(cipher: FrameCipher) -> Self {
        Self { cipher, number: 0, held: BytesMut::new() }
    }

    /// Takes the next bytes, and gives the frames that are complete.
    pub fn push(&mut self, mut plain: &[u8]) -> Result<Bytes, KeyError> {
        let mut out = BytesMut::with_capacity(stored_bytes((self.held.len() + plain.len()) as u64) as usize);
        if !self.held.is_empty() && self.held.len() + plain.len() > FRAME_BYTES {
            let (rest, after) = plain.split_at(FRAME_BYTES - self.held.len());
            self.held.extend_from_slice(rest);
            plain = after;
            self.cipher.seal(self.number, false, &self.held, &mut out)?;
            self.held.clear();
            self.number += 1;
        }
        while plain.len() > FRAME_BYTES {
            let (frame, after) = plain.split_at(FRAME_BYTES);
            self.cipher.seal(self.number, false, frame, &mut out)?;
            self.number += 1;
            plain = after;
        }
        self.held.extend_from_slice(plain);
        Ok(out.freeze())
    }

    /// The last frame; nothing for a body without bytes.
    pub fn finish(self) -> Result<Bytes, KeyError> {
        let mut out = BytesMut::new();
        if !self.held.is_empty() {
            self.cipher.seal(self.number, true, &self.held, &mut out)?;
        }
        Ok(out.freeze())
    }
}

#[cfg(test)]
mod tests;
